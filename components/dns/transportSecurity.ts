import { createHash } from "node:crypto";
import { mailto } from "../addresses";
import type { DnsModel, MailDomain } from "../model";
import { mtaStsPolicy } from "./mtaStsPolicy";
import { daneName } from "./names";
import { type DnsRecord, type PlannedRecord, RecordPurpose } from "./record";

/** What tells senders to deliver by TLS: the key of the server's certificate on port 25 (DANE, RFC 7672 section 3.1.1), which counts where the zone is signed. */
export function daneRecord(hostname: string): PlannedRecord {
  return {
    id: `${hostname}-TLSA`,
    purpose: RecordPurpose.Announcement,
    name: daneName(hostname),
    type: "TLSA",
    value: [{ from: "certificateSpkiSha256" }],
    tlsa: { usage: 3, selector: 1, matchingType: 1 },
    explanation: "DANE: the key of the server's certificate; it counts where DNSSEC signs the zone.",
  };
}

/** That a domain has an MTA-STS policy (RFC 8461 section 3.1); the id is another whenever the policy is another. */
export function mtaStsRecord(model: DnsModel, { name, mtaSts }: MailDomain): DnsRecord[] {
  if (mtaSts === undefined) return [];
  const policy = createHash("sha256").update(mtaStsPolicy(model.hostname, mtaSts));
  const value = `v=STSv1; id=${policy.digest("hex").slice(0, 16)}`;
  return [announcement(`${name}-MTA-STS`, `_mta-sts.${name}`, value, `MTA-STS: ${name} demands TLS by a policy.`)];
}

/** Where senders report what went wrong with TLS (RFC 8460 section 3). */
export function tlsReportRecord({ name, tlsRpt }: MailDomain): DnsRecord[] {
  if (tlsRpt === undefined) return [];
  const value = `v=TLSRPTv1; rua=${tlsRpt.rua.map(mailto).join(",")}`;
  return [
    announcement(
      `${name}-TLS-RPT`,
      `_smtp._tls.${name}`,
      value,
      `TLS-RPT: who receives reports of failed TLS to ${name}.`,
    ),
  ];
}

function announcement(id: string, name: string, value: string, explanation: string): DnsRecord {
  return { explanation, id, purpose: RecordPurpose.Announcement, name, type: "TXT", value };
}
