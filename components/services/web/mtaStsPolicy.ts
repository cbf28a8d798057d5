import type { DnsMachine, MtaSts } from "../../model";

/** The policy that a domain's mail goes to these machines only, and by TLS only (RFC 8461 section 3.2). */
export function mtaStsPolicy(machines: Pick<DnsMachine, "hostname">[], { mode, maxAge }: MtaSts): string {
  return ["version: STSv1", `mode: ${mode}`, ...machines.map(({ hostname }) => `mx: ${hostname}`), `max_age: ${maxAge}`]
    .map((line) => `${line}\r\n`)
    .join("");
}
