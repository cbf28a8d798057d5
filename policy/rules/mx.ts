import { dnsRecords } from "../dnsRecords";
import { mailMachines } from "../mailMachines";
import type { Resource, Rule } from "../rule";

/** An MX record that leads to a machine of the stack waits until that machine is a mail server. */
export const mxAfterHost: Rule = {
  name: "mx-after-host",
  description: "Mail that is led to a machine before it works there is refused or lost",
  severity: "critical",
  checkStack: (resources) => {
    const machines = mailMachines(resources);
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    return dnsRecords(resources)
      .filter(({ type }) => type === "MX")
      .filter(({ urn, value }) => {
        const awaited = transitiveDependencies(urn, byUrn);
        return machines
          .filter(({ names }) => names.includes(value))
          .some(({ activation }) => !activation.some((each) => awaited.has(each)));
      })
      .map(({ urn, name, value }) => ({
        urn,
        message: `the mail of ${name} would go to ${value} before anything runs there; let the record depend on the MailServer (dependsOn)`,
      }));
  },
};

/** All that a resource waits for, directly or not. */
export function transitiveDependencies(
  urn: string,
  byUrn: Map<string, Pick<Resource, "dependencies">>,
  found = new Set<string>(),
): Set<string> {
  for (const next of byUrn.get(urn)?.dependencies ?? []) {
    if (found.has(next)) continue;
    found.add(next);
    transitiveDependencies(next, byUrn, found);
  }
  return found;
}
