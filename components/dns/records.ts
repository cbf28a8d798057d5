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
    ...model.parkedDomains.flatMap(parkedRecords),
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
      return facts.ipv4Address;
    case "ipv6":
      return facts.ipv6Address ?? "";
    case "reverseIpv4":
      return reverseName(facts.ipv4Address);
    case "reverseIpv6":
      return reverseName(facts.ipv6Address ?? "");
    case "certificateSpkiSha256":
      return facts.certificateSpkiSha256 ?? "";
    case "acmeAccountUri":
      return facts.acmeAccountUri ?? "";
    case "dkimKey":
      return keyInBase64(facts.dkimPublicKeys[fact.record] ?? "");
  }
}

function hostRecords(model: DnsModel): PlannedRecord[] {
  const name = model.hostname;
  // Receivers check the name of the greeting where a bounce has no sender (RFC 7208 section 2.4); a domain has its own record.
  const isDomain = model.domains.some((domain) => domain.name === name);
  const greeting: PlannedRecord = {
    id: `${name}-SPF`,
    purpose: RecordPurpose.Sender,
    name,
    type: "TXT",
    value: "v=spf1 a -all",
    explanation: "SPF: the server alone may greet by this name and send bounces from it.",
  };
  return [
    ...addressRecords(name, "A", "ipv4", ["reverse-v4", "reverseIpv4"]),
    ...(model.ipv6 ? addressRecords(name, "AAAA", "ipv6", ["reverse-v6", "reverseIpv6"]) : []),
    ...(isDomain ? [] : [greeting]),
    ...(model.hostDkim ? dkimRecords(name, model.hostDkim) : []),
    ...(model.dane ? [daneRecord(name)] : []),
  ];
}

/** An address of the server, and the name of that address. */
function addressRecords(
  name: string,
  type: "A" | "AAAA",
  from: "ipv4" | "ipv6",
  [id, reverse]: ["reverse-v4", "reverseIpv4"] | ["reverse-v6", "reverseIpv6"],
): PlannedRecord[] {
  return [
    {
      id: `${name}-${type}`,
      purpose: RecordPurpose.Address,
      name,
      type,
      value: [{ from }],
      explanation: "Where the mail server is.",
    },
    {
      id,
      purpose: RecordPurpose.Reverse,
      name: [{ from: reverse }],
      type: "PTR",
      value: name,
      explanation: "Name of the mail server's address; receivers demand that it leads to the server and back.",
    },
  ];
}

/** The keys of a name that mail is signed for, and what is left of those that were revoked. */
function dkimRecords(name: string, dkim: Dkim): PlannedRecord[] {
  const key = (selector: string, value: RecordText, explanation: string): PlannedRecord => ({
    explanation,
    id: `${name}-DKIM-${selector}`,
    purpose: RecordPurpose.Sender,
    name: dkimName(selector, name),
    type: "TXT",
    value,
    dkimDomain: name,
  });
  return [
    ...keyedSelectors(dkim).map((each) =>
      key(
        each,
        dkimRecord(dkimName(each, name), dkim),
        `DKIM: the key by which receivers verify signatures of ${name}.`,
      ),
    ),
    ...dkim.revokedSelectors.map((each) => key(each, revokedDkimRecord, "DKIM: the key of this selector is revoked.")),
  ];
}

function domainRecords(model: DnsModel, domain: DnsModel["domains"][number]): PlannedRecord[] {
  const { name, dkim, dmarc } = domain;
  const text = (id: string, at: string, value: RecordText, explanation: string): PlannedRecord => ({
    explanation,
    id: `${name}-${id}`,
    purpose: RecordPurpose.Sender,
    name: at,
    type: "TXT",
    value,
  });
  return [
    {
      id: `${name}-MX`,
      purpose: RecordPurpose.Mail,
      name,
      type: "MX",
      value: model.hostname,
      priority: 10,
      explanation: `Mail to ${name} goes to the server.`,
    },
    text("SPF", name, spfRecord(model, domain.spf), `SPF: which servers may send mail from ${name}.`),
    ...dkimRecords(name, dkim),
    text(
      "DMARC",
      `_dmarc.${name}`,
      dmarcRecord(dmarc),
      `DMARC: what receivers do with mail from ${name} that neither SPF nor DKIM vouches for.`,
    ),
    ...dmarcReportAuthorisations(name, model.domains).map((reporter) =>
      text(
        `DMARC-reports-of-${reporter}`,
        `${reporter}._report._dmarc.${name}`,
        "v=DMARC1",
        `DMARC: ${name} receives the reports about ${reporter}.`,
      ),
    ),
    ...domain.webNames.map(
      (web): PlannedRecord => ({
        id: `${web}-CNAME`,
        purpose: RecordPurpose.Address,
        name: web,
        type: "CNAME",
        value: model.hostname,
        explanation: `The server answers here by HTTPS for ${name}.`,
      }),
    ),
    ...mtaStsRecord(model, domain),
    ...tlsReportRecord(domain),
    ...clientRecords(model, domain),
  ];
}
