import { DmarcPolicy } from "../enums";
import { dmarcRecord } from "./dmarc";
import { type DnsRecord, RecordPurpose } from "./record";

/** What protects a name that neither sends nor receives mail: null MX (RFC 7505), and SPF and DMARC that nobody passes. */
export function parkedRecords(name: string): DnsRecord[] {
  const text = (id: string, at: string, value: string, explanation: string): DnsRecord => ({
    explanation,
    id: `${name}-${id}`,
    purpose: RecordPurpose.Announcement,
    name: at,
    type: "TXT",
    value,
  });
  return [
    {
      id: `${name}-MX`,
      purpose: RecordPurpose.Announcement,
      name,
      type: "MX",
      value: "",
      priority: 0,
      explanation: `${name} takes no mail.`,
    },
    text("SPF", name, "v=spf1 -all", `SPF: nobody sends mail from ${name}.`),
    text(
      "DMARC",
      `_dmarc.${name}`,
      dmarcRecord({ p: DmarcPolicy.Reject }),
      `DMARC: receivers refuse mail from ${name}.`,
    ),
  ];
}
