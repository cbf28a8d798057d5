import { acmeAuthorities } from "../../acmeAuthorities";
import { daneName } from "../../dns/names";
import { type PlannedRecord, RecordPurpose } from "../../dns/record";
import type { RecordText } from "../../dns/recordText";
import type { DnsMachine, DnsModel, MailDomain } from "../../model";

/** The key of the server's certificate, and who may issue it. */
export function certbotRecords(model: DnsModel, machine: DnsMachine): PlannedRecord[] {
  const { dane, caa } = model;
  return [...(dane ? [daneRecord(machine)] : []), ...(caa ? caaRecords(model, machine.hostname) : [])];
}

/** Who may issue certificates for all names of a domain. */
export function certbotDomainRecords(model: DnsModel, { name, enableCaa }: MailDomain): PlannedRecord[] {
  const isThere = model.caa && model.machines.some(({ hostname }) => hostname === name);
  return enableCaa && !isThere ? caaRecords(model, name) : [];
}

/** What tells senders to deliver by TLS: the key of the server's certificate on port 25 (DANE, RFC 7672 section 3.1.1), which counts where the zone is signed. */
function daneRecord({ name, hostname }: DnsMachine): PlannedRecord {
  return {
    id: `${hostname}-TLSA`,
    purpose: RecordPurpose.Announcement,
    name: daneName(hostname),
    type: "TLSA",
    value: [{ from: "certificateSpkiSha256", machine: name }],
    tlsa: { usage: 3, selector: 1, matchingType: 1 },
    explanation: "DANE: the key of the server's certificate; it counts where DNSSEC signs the zone.",
  };
}

/**
 * Who may issue certificates for a name (RFC 8659): the ACME authority, to its account and by the method it uses (RFC 8657), and nobody a wildcard.
 * At the hostname they hold for the domains' web names too, which are CNAMEs that lead there; at a domain they hold for everything below it. None where
 * the authority's name is not known: a wrong one would stop the renewals.
 */
function caaRecords({ acme, namesAccount }: DnsModel, name: string): PlannedRecord[] {
  const authority = acmeAuthorities[acme.directoryUrl];
  const identity = acme.caaIdentity ?? authority?.caaIdentity;
  if (identity === undefined) return [];
  const binds = acme.caaIdentity !== undefined || authority?.readsParameters === true;
  const account: RecordText = namesAccount ? ["; accounturi=", { from: "acmeAccountUri" }] : [];
  const issuer = binds ? [identity, ...account, "; validationmethods=http-01"] : identity;
  return [
    property(name, "issue", issuer, `CAA: who may issue certificates for ${name}.`),
    property(name, "issuewild", ";", `CAA: nobody may issue wildcard certificates for ${name}.`),
  ];
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
