import type { MtaSts } from "../../model";

/** The policy that a domain's mail goes to this server only, and by TLS only (RFC 8461 section 3.2). */
export function mtaStsPolicy(hostname: string, { mode, maxAge }: MtaSts): string {
  return ["version: STSv1", `mode: ${mode}`, `mx: ${hostname}`, `max_age: ${maxAge}`]
    .map((line) => `${line}\r\n`)
    .join("");
}
