import { zoneOf } from "../../../components/dns/names";
import { toOvh } from "../../../components/dns/providers/ovh/record";
import { edgeRules } from "../../../components/host/edgeRules";
import { records } from "../../../components/plannedRecords";
import { openPorts } from "../../../components/services/openPorts";
import { roles } from "../../../components/services/wantedHost";
import { validate } from "../../../components/validate";
import type { MailServerArgs } from "../../../index";
import type { Resource, Rule } from "../../../policy/rule";
import { exampleArgs, factsOf, modelFor } from "../fixture";

/** A resource as policies see it. */
export function resource(
  type: string,
  name: string,
  inputs: Resource["inputs"],
  dependencies: string[] = [],
): Resource {
  return { urn: name, type, name, inputs, secretOutputs: [], dependencies };
}

/** A file on the host. */
export function file(path: string, content: string, server = "mail"): Resource {
  return resource("mailserver:index:HostFile", `${server}${path}`, { content });
}

/** A record at OVH. */
export function ovhRecord(name: string, fieldtype: string, target: string, dependencies: string[] = []): Resource {
  const inputs = { zone: "example.org", subdomain: name, fieldtype, target };
  return resource("ovh:Domain/zoneRecord:ZoneRecord", `${name || "@"}-${fieldtype}`, inputs, dependencies);
}

/** The command that makes a machine a mail server. */
export function hostCommand(inputs: Resource["inputs"], server = "mail"): Resource {
  const name = `${server}-host-command`;
  const urn = `urn:pulumi:production::test::mailserver:index:MailServer$mailserver:index:Activation$command:remote:Command::${name}`;
  return { ...resource("command:remote:Command", name, inputs), urn };
}

/** All that the pack looks at in a stack that the component made: files, records at OVH, keys, rules, the host's command. */
export function serverResources(changes: Partial<MailServerArgs> = {}): Resource[] {
  const model = modelFor(validate(exampleArgs(changes)));
  const { address, ipv6Address } = { address: "198.51.100.7", ipv6Address: "2001:db8:51::7" };
  const files = roles(model).flatMap((role) => role.files.filter(({ secret }) => !secret));
  const published = records(model, factsOf({ ipv4Address: address, ipv6Address, dkimPublicKeys: {} }));
  const command = hostCommand({ connection: { host: address, port: 22 }, stdin: "{BLF-CRYPT}$2y$10$a" });
  const at = { ip: `${address}/32`, ipOnFirewall: address };
  return [
    ...files.map(({ path, content }) => file(path, content)),
    ...published.map((record) =>
      record.type === "PTR"
        ? resource("ovh:Ip/reverse:Reverse", record.id, {
            ReverseIp: record.id === "reverse-v4" ? address : ipv6Address,
            ReverseValue: `${record.value}.`,
          })
        : resource("ovh:Domain/zoneRecord:ZoneRecord", record.id, toOvh(record, zoneOf(record.name), 300), [
            command.urn,
          ]),
    ),
    ...edgeRules(openPorts(model), 22).map((rule) =>
      resource("ovh:Ip/firewallRule:FirewallRule", `edge-${rule.sequence}`, { ...at, ...rule }),
    ),
    resource("tls:index/privateKey:PrivateKey", "mail-dkim-mail-example.org", { algorithm: "RSA", rsaBits: 2048 }),
    { ...command, secretOutputs: ["stdout", "stderr"] },
  ];
}

/** What a rule says of resources, of each alone and of all together. */
export function said(rule: Rule, resources: Resource[], chosen: Record<string, unknown> = {}): string[] {
  const alone = resources.flatMap((each) => rule.checkResource?.(each, chosen) ?? []);
  const together = rule.checkStack?.(resources, chosen) ?? [];
  return [...alone, ...together.map(({ urn, message }) => `${urn}: ${message}`)];
}
