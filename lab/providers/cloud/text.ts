/** Most bytes that one character-string of a TXT record holds (RFC 1035 section 3.3). */
const LONGEST = 255;

/** The text of one or more quoted character-strings, as a zone file writes them; undefined where it is not that. */
export function unquoted(content: string): string | undefined {
  const piece = /^\s*"((?:[^"\\]|\\.)*)"/;
  let [rest, text] = [content, ""];
  if (!piece.test(rest)) return undefined;
  for (let found = piece.exec(rest); found !== null; found = piece.exec(rest)) {
    text += (found[1] ?? "").replace(/\\(.)/g, "$1");
    rest = rest.slice(found[0].length);
  }
  return rest.trim() === "" ? text : undefined;
}

/** A text as quoted character-strings that are as long as they can be. */
export function quoted(text: string): string {
  const pieces = text.match(new RegExp(`[^]{1,${LONGEST}}`, "g")) ?? [""];
  return pieces.map((piece) => `"${piece.replace(/[\\"]/g, "\\$&")}"`).join(" ");
}
