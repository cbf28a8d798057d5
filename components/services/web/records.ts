import { createHash } from "node:crypto";
import { type PlannedRecord, RecordPurpose } from "../../dns/record";
import type { DnsModel, MailDomain } from "../../model";
import { mtaStsPolicy } from "./mtaStsPolicy";

/** The names of a domain's web server, and that it has an MTA-STS policy. */
export function webRecords({ hostname, machines }: DnsModel, { name, webNames, mtaSts }: MailDomain): PlannedRecord[] {
  const aliases = webNames.map(
    (web): PlannedRecord => ({
      id: `${web}-CNAME`,
      purpose: RecordPurpose.Address,
      name: web,
      type: "CNAME",
      value: hostname,
      explanation: `The server answers here by HTTPS for ${name}.`,
    }),
  );
  return [...aliases, ...(mtaSts ? [mtaStsRecord(name, mtaStsPolicy(machines, mtaSts))] : [])];
}

/** That a domain has an MTA-STS policy (RFC 8461 section 3.1); the id is another whenever the policy is another. */
function mtaStsRecord(domain: string, policy: string): PlannedRecord {
  const id = createHash("sha256").update(policy).digest("hex").slice(0, 16);
  return {
    id: `${domain}-MTA-STS`,
    purpose: RecordPurpose.Announcement,
    name: `_mta-sts.${domain}`,
    type: "TXT",
    value: `v=STSv1; id=${id}`,
    explanation: `MTA-STS: ${domain} demands TLS by a policy.`,
  };
}
