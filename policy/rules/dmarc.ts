import { dnsRecords, repeated } from "../dnsRecords";
import type { Rule } from "../rule";

/** What receivers are asked to do with forged mail, the weakest first. */
const strengths = ["none", "quarantine", "reject"];

/** DMARC asks for at least what the policy's configuration says: `{ "dmarc-strength": { "weakest": "reject" } }`. */
export const dmarc: Rule = {
  name: "dmarc-strength",
  description: "A weaker DMARC policy lets others write in the domain's name (RFC 9989)",
  severity: "medium",
  configSchema: { properties: { weakest: { type: "string", enum: strengths, default: "quarantine" } } },
  checkStack: (resources, { weakest = "quarantine" }) => {
    const records = dnsRecords(resources).filter(
      ({ type, name, value }) => type === "TXT" && name.startsWith("_dmarc.") && /^v\s*=\s*DMARC1\s*(;|$)/i.test(value),
    );
    return [
      ...records.flatMap(({ urn, name, value }) =>
        weaknesses(tags(value), String(weakest)).map((weakness) => ({
          urn,
          message: `${name}: ${weakness}, weaker than ${weakest}; strengthen domains[].dmarc, or say in the policy configuration that weaker is meant`,
        })),
      ),
      ...repeated(records).map(({ urn, name }) => ({
        urn,
        message: `${name} has another DMARC record already, and of two neither counts; leave one (domains[].dmarc)`,
      })),
    ];
  },
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

/**
 * `p` holds for the domain and is none where it is missing, `sp` for its subdomains, `np` for those that do not exist. While testing, receivers do one
 * step less, and so they do for the rest where `pct` names a share (RFC 7489 section 6.6.4).
 */
function weaknesses(record: Map<string, string>, weakest: string): string[] {
  const softenings = [
    ...(record.get("t") === "y" ? ["t=y"] : []),
    ...(Number(record.get("pct") ?? 100) < 100 ? [`pct=${record.get("pct")}`] : []),
  ];
  return ["p", "sp", "np"].flatMap((tag) => {
    const value = record.get(tag) ?? (tag === "p" ? "none" : undefined);
    if (value === undefined) return [];
    const strength = Math.max(0, strengths.indexOf(value) - (softenings.length > 0 ? 1 : 0));
    if (strength >= strengths.indexOf(weakest)) return [];
    return [[record.has(tag) ? `${tag}=${value}` : `no ${tag}`, ...softenings].join(" with ")];
  });
}
