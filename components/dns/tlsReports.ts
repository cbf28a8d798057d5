import { mailto } from "../addresses";
import type { MailDomain } from "../model";
import { type DnsRecord, RecordPurpose } from "./record";

/** Where senders report what went wrong with TLS (RFC 8460 section 3). */
export function tlsReportRecord({ name, tlsRpt }: MailDomain): DnsRecord[] {
  if (tlsRpt === undefined) return [];
  return [
    {
      id: `${name}-TLS-RPT`,
      purpose: RecordPurpose.Announcement,
      name: `_smtp._tls.${name}`,
      type: "TXT",
      value: `v=TLSRPTv1; rua=${tlsRpt.rua.map(mailto).join(",")}`,
      explanation: `TLS-RPT: who receives reports of failed TLS to ${name}.`,
    },
  ];
}
