import { reverseName } from "../addresses";
import type { Dkim, DnsModel } from "../model";
import { caaRecords } from "./caa";
import { clientRecords } from "./clientRecords";
import { dkimName, dkimRecord, keyedSelectors, keyInBase64, revokedDkimRecord } from "./dkim";
import { dmarcRecord, dmarcReportAuthorisations } from "./dmarc";
import { parkedRecords } from "./parked";
import { type DnsFacts, type DnsRecord, type PlannedRecord, RecordPurpose, recordWith } from "./record";
import type { Fact, RecordText } from "./recordText";
import { spfRecord } from "./spf";
import { daneRecord, mtaStsRecord, tlsReportRecord } from "./transportSecurity";

/** Every record that the world needs to find the server and to believe its mail. */
export function plannedRecords(model: DnsModel): PlannedRecord[] {
  return [
    ...hostRecords(model),
    ...model.domains.flatMap((domain) => domainRecords(model, domain)),
    ...caaRecords(model),
    ...model.parkedNames.flatMap(parkedRecords),
  ];
}

/** The same, once all is known. */
export function records(model: DnsModel, facts: DnsFacts): DnsRecord[] {
  return plannedRecords(model).map((planned) => recordWith(planned, (fact) => factOf(fact, facts)));
}

/** What a fact is; the empty text where it is not known. */
export function factOf(fact: Fact, facts: DnsFacts): string {
  switch (fact.from) {
    case "ipv4":
      return facts.address;
    case "ipv6":
      return facts.addressV6 ?? "";
    case "reverseIpv4":
      return reverseName(facts.address);
    case "reverseIpv6":
      return reverseName(facts.addressV6 ?? "");
    case "certificateKey":
      return facts.certificateKey ?? "";
    case "acmeAccount":
      return facts.acmeAccount ?? "";
    case "dkimKey":
      return keyInBase64(facts.dkimPublicKeys[fact.record] ?? "");
  }
}

function hostRecords(model: DnsModel): PlannedRecord[] {
  const name = model.hostname;
  const { Address, Reverse, Sender } = RecordPurpose;
  const v4: PlannedRecord[] = [
    { id: `${name}-A`, purpose: Address, name, type: "A", value: [{ from: "ipv4" }] },
    { id: "reverse-v4", purpose: Reverse, name: [{ from: "reverseIpv4" }], type: "PTR", value: name },
  ];
  const v6: PlannedRecord[] = model.ipv6
    ? [
        { id: `${name}-AAAA`, purpose: Address, name, type: "AAAA", value: [{ from: "ipv6" }] },
        { id: "reverse-v6", purpose: Reverse, name: [{ from: "reverseIpv6" }], type: "PTR", value: name },
      ]
    : [];
  // Receivers check the name of the greeting where a bounce has no sender (RFC 7208 section 2.4); a domain has its own record.
  const isDomain = model.domains.some((domain) => domain.name === name);
  const greeting: PlannedRecord = { id: `${name}-SPF`, purpose: Sender, name, type: "TXT", value: "v=spf1 a -all" };
  return [
    ...v4,
    ...v6,
    ...(isDomain ? [] : [greeting]),
    ...(model.hostDkim ? dkimRecords(name, model.hostDkim) : []),
    ...(model.dane ? [daneRecord(name)] : []),
  ];
}

/** The keys of a name that mail is signed for, and what is left of those that were revoked. */
function dkimRecords(name: string, dkim: Dkim): PlannedRecord[] {
  const key = (selector: string, value: RecordText): PlannedRecord => ({
    id: `${name}-DKIM-${selector}`,
    purpose: RecordPurpose.Sender,
    name: dkimName(selector, name),
    type: "TXT",
    value,
    dkimDomain: name,
  });
  return [
    ...keyedSelectors(dkim).map((each) => key(each, dkimRecord(dkimName(each, name), dkim))),
    ...dkim.revoked.map((each) => key(each, revokedDkimRecord)),
  ];
}

function domainRecords(model: DnsModel, domain: DnsModel["domains"][number]): PlannedRecord[] {
  const { name, dkim, dmarc } = domain;
  const text = (id: string, at: string, value: RecordText): PlannedRecord => ({
    id: `${name}-${id}`,
    purpose: RecordPurpose.Sender,
    name: at,
    type: "TXT",
    value,
  });
  return [
    { id: `${name}-MX`, purpose: RecordPurpose.Mail, name, type: "MX", value: model.hostname, priority: 10 },
    text("SPF", name, spfRecord(model, domain.spf)),
    ...dkimRecords(name, dkim),
    text("DMARC", `_dmarc.${name}`, dmarcRecord(dmarc)),
    ...dmarcReportAuthorisations(name, model.domains).map((reporter) =>
      text(`DMARC-reports-of-${reporter}`, `${reporter}._report._dmarc.${name}`, "v=DMARC1"),
    ),
    ...domain.webNames.map(
      (web): PlannedRecord => ({
        id: `${web}-CNAME`,
        purpose: RecordPurpose.Address,
        name: web,
        type: "CNAME",
        value: model.hostname,
      }),
    ),
    ...mtaStsRecord(model, domain),
    ...tlsReportRecord(domain),
    ...clientRecords(model, domain),
  ];
}
