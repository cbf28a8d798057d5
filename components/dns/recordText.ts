/** What is known only when the machine or a key exists. */
export type Fact =
  /** A machine's address, or the name that PTR records of it have. */
  | { from: "ipv4" | "ipv6" | "reverseIpv4" | "reverseIpv6"; machine: string }
  /** SHA-256 of the SubjectPublicKeyInfo of a machine's certificate, in hexadecimal digits. */
  | { from: "certificateSpkiSha256"; machine: string }
  /** URI of the ACME account that the certificates are issued to. */
  | { from: "acmeAccountUri" }
  /** The public DKIM key that a record of this name publishes, in Base64. */
  | { from: "dkimKey"; record: string };

/** A text, or its pieces, of which facts become known later. */
export type RecordText = string | readonly (string | Fact)[];

/** What a text says, once each of its facts is known. */
export function textWith(text: RecordText, known: (fact: Fact) => string): string {
  return typeof text === "string"
    ? text
    : text.map((piece) => (typeof piece === "string" ? piece : known(piece))).join("");
}

/** A text up to its first fact. */
export function knownPart(text: RecordText): string {
  if (typeof text === "string") return text;
  const first = text.findIndex((piece) => typeof piece !== "string");
  return (first < 0 ? text : text.slice(0, first)).join("");
}

/** The facts of a text. */
export function factsIn(text: RecordText): Fact[] {
  return typeof text === "string" ? [] : text.filter((piece): piece is Fact => typeof piece !== "string");
}
