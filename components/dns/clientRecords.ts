import type { DnsModel, MailDomain } from "../model";
import { type DnsRecord, RecordPurpose } from "./record";

interface Service {
  name: string;
  /** The smaller, the better, over all services of a kind (RFC 6186 section 3.4). */
  priority: number;
  port: number;
  offered: boolean;
}

/** TLS from the first byte before STARTTLS (RFC 8314 section 5.1), IMAP before POP3. */
function services({ pop3 }: DnsModel): Service[] {
  return [
    { name: "submissions", priority: 0, port: 465, offered: true },
    { name: "submission", priority: 10, port: 587, offered: true },
    { name: "imaps", priority: 0, port: 993, offered: true },
    { name: "imap", priority: 10, port: 143, offered: true },
    { name: "pop3s", priority: 20, port: 995, offered: pop3 },
    { name: "pop3", priority: 30, port: 110, offered: pop3 },
  ];
}

/**
 * Where mail programs find the servers of a domain (RFC 6186, RFC 8314); a service that is not offered is said not to be. None is for Outlook: it asks at
 * `autodiscover.DOMAIN` before it looks for `_autodiscover._tcp`, whose target could not be that name, an alias (RFC 2782), and no other has a certificate.
 */
export function clientRecords(model: DnsModel, domain: MailDomain): DnsRecord[] {
  if (!domain.clientRecords) return [];
  const srv = (service: string, priority: number, weight: number, port: number, value: string): DnsRecord => ({
    id: `${domain.name}-SRV-${service}`,
    purpose: RecordPurpose.Announcement,
    name: `_${service}._tcp.${domain.name}`,
    type: "SRV",
    value,
    priority,
    srv: { weight, port },
  });
  return services(model).map(({ name, priority, port, offered }) =>
    offered ? srv(name, priority, 1, port, model.hostname) : srv(name, 0, 0, 0, ""),
  );
}
