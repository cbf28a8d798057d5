import { dnsRecords } from "../dnsRecords";
import { expanded, parseMainCf } from "../postfix";
import { fileContent, type Rule, type Seen } from "../rule";

/** The PTR records of a machine's addresses say what its Postfix calls itself. */
export const reverseName: Rule = {
  name: "ptr-is-helo",
  description: "Big receivers refuse mail from an address whose name is not the one that the server greets with",
  severity: "high",
  judgeAll: (resources) => {
    const greetings = resources.flatMap(heloName);
    if (greetings.length === 0) return [];
    return dnsRecords(resources)
      .filter(({ type, value }) => type === "PTR" && !greetings.includes(value))
      .map(({ urn, name, value }) => ({
        urn,
        message: `${name} is called ${value}, but the server greets as ${greetings.join(", ")}; make them the same (hostname)`,
      }));
  },
};

/** What a Postfix calls itself when it sends. */
export function heloName(resource: Seen): string[] {
  const text = fileContent(resource, "/etc/postfix/main.cf");
  if (text === undefined) return [];
  const parameters = parseMainCf(text);
  return [(expanded(parameters, "smtp_helo_name") ?? parameters.get("myhostname") ?? "").toLowerCase()];
}
