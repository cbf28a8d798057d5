import { dnsRecords } from "../dnsRecords";
import type { Rule } from "../rule";

/** What receivers are asked to do with forged mail, the weakest first. */
const strengths = ["none", "quarantine", "reject"];

/** DMARC asks for at least what the policy's configuration says: `{ "dmarc-strength": { "weakest": "reject" } }`. */
export const dmarc: Rule = {
  name: "dmarc-strength",
  description: "A weaker DMARC policy lets others write in the domain's name (RFC 9989)",
  severity: "medium",
  configSchema: { properties: { weakest: { type: "string", enum: strengths, default: "quarantine" } } },
  judgeAll: (resources, { weakest = "quarantine" }) =>
    dnsRecords(resources)
      .filter(({ type, name, value }) => type === "TXT" && name.startsWith("_dmarc.") && value.includes("p="))
      .flatMap(({ urn, name, value }) =>
        weaknesses(tags(value), String(weakest)).map((weakness) => ({
          urn,
          message: `${name}: ${weakness}, weaker than ${weakest}; strengthen domains[].dmarc, or say in the policy configuration that weaker is meant`,
        })),
      ),
};

/** Tags as they stand in a record. */
function tags(record: string): Map<string, string> {
  return new Map(
    record.split(";").map((tag): [string, string] => {
      const [name = "", value = ""] = tag.split("=");
      return [name.trim().toLowerCase(), value.trim().toLowerCase()];
    }),
  );
}

/** `p` holds for the domain, `sp` for its subdomains, `np` for those that do not exist; while testing, receivers do one step less. */
function weaknesses(record: Map<string, string>, weakest: string): string[] {
  const isTesting = record.get("t") === "y";
  return ["p", "sp", "np"].flatMap((tag) => {
    const value = record.get(tag);
    const strength = value === undefined ? undefined : Math.max(0, strengths.indexOf(value) - (isTesting ? 1 : 0));
    if (strength === undefined || strength >= strengths.indexOf(weakest)) return [];
    return [`${tag}=${value}${isTesting ? " with t=y" : ""}`];
  });
}
