/** An XML element: its content is text or other elements. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  content: string | Element[];
}

/** An element; without content it is empty (`<name/>`). */
export function element(
  name: string,
  content: string | number | Element[] = [],
  attributes: Record<string, string> = {},
): Element {
  return { name, attributes, content: typeof content === "number" ? String(content) : content };
}

/** A whole document, one element a line. Text and attributes are escaped here and nowhere else. */
export function xmlDocument(root: Element, doctype?: string): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', ...(doctype ? [doctype] : []), ...render(root, "")];
  return `${lines.join("\n")}\n`;
}

function render({ name, attributes, content }: Element, indent: string): string[] {
  const start = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(value)}"`)].join(" ");
  if (content.length === 0) return [`${indent}<${start}/>`];
  if (typeof content === "string") return [`${indent}<${start}>${escaped(content)}</${name}>`];
  return [`${indent}<${start}>`, ...content.flatMap((each) => render(each, `${indent}  `)), `${indent}</${name}>`];
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
