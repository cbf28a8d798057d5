import { clientPorts } from "../clientPorts";
import type { DnsModel, MailDomain } from "../model";
import { type DnsRecord, RecordPurpose } from "./record";

/**
 * Where mail programs find the servers of a domain (RFC 6186, RFC 8314, RFC 5804 section 1.8); a service that is not offered is said not to be. None is for Outlook: it asks at
 * `autodiscover.DOMAIN` before it looks for `_autodiscover._tcp`, whose target could not be that name, an alias (RFC 2782), and no other has a certificate.
 */
export function clientRecords(model: DnsModel, domain: MailDomain): DnsRecord[] {
  if (!domain.enableSrvRecords) return [];
  const srv = (service: string, priority: number, weight: number, port: number, value: string): DnsRecord => ({
    id: `${domain.name}-SRV-${service}`,
    purpose: RecordPurpose.Announcement,
    name: `_${service}._tcp.${domain.name}`,
    type: "SRV",
    value,
    priority,
    srv: { weight, port },
    explanation:
      value === ""
        ? `Mail programs find no ${service} for ${domain.name}.`
        : `Where mail programs find ${service} for ${domain.name}.`,
  });
  const { outgoing, incoming, filters } = clientPorts(model.ports.filter(({ client }) => !client?.additional));
  return [...outgoing, ...incoming, ...filters].map(({ name, client, number, offered }) =>
    offered ? srv(name, client.priority, 1, number, model.hostname) : srv(name, 0, 0, 0, ""),
  );
}
