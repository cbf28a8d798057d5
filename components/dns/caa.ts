import { acmeAuthorities } from "../acmeAuthorities";
import type { DnsModel } from "../model";
import { type PlannedRecord, RecordPurpose } from "./record";
import type { RecordText } from "./recordText";

/**
 * Who may issue certificates for the server (RFC 8659): its ACME authority, to its account and by the method it uses (RFC 8657), and nobody a wildcard.
 * At the hostname they hold for the domains' web names too, which are CNAMEs that lead there; at a domain they hold for everything below it. None where
 * the authority's name is not known: a wrong one would stop the renewals.
 */
export function caaRecords({ hostname, acme, caa, domains, namesAccount }: DnsModel): PlannedRecord[] {
  const authority = acmeAuthorities[acme.directoryUrl];
  const identity = acme.caaIdentity ?? authority?.caaIdentity;
  if (identity === undefined) return [];
  const binds = acme.caaIdentity !== undefined || authority?.readsParameters === true;
  const account: RecordText = namesAccount ? ["; accounturi=", { from: "acmeAccountUri" }] : [];
  const issuer = binds ? [identity, ...account, "; validationmethods=http-01"] : identity;
  const names = new Set([
    ...(caa ? [hostname] : []),
    ...domains.filter((each) => each.enableCaa).map(({ name }) => name),
  ]);
  return [...names].flatMap((name) => [
    property(name, "issue", issuer, `CAA: who may issue certificates for ${name}.`),
    property(name, "issuewild", ";", `CAA: nobody may issue wildcard certificates for ${name}.`),
  ]);
}

function property(name: string, tag: string, value: RecordText, explanation: string): PlannedRecord {
  return {
    explanation,
    id: `${name}-CAA-${tag}`,
    purpose: RecordPurpose.Announcement,
    name,
    type: "CAA",
    value,
    caa: { flags: 0, tag },
  };
}
