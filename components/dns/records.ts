import { reverseName } from "../addresses";
import type { DnsModel, MailDomain } from "../model";
import { clientRecords } from "./clientRecords";
import { keyInBase64 } from "./dkim";
import { dmarcRecord, dmarcReportAuthorisations } from "./dmarc";
import { parkedRecords } from "./parked";
import { type DnsFacts, type PlannedRecord, RecordPurpose } from "./record";
import type { Fact, RecordText } from "./recordText";
import { spfRecord } from "./spf";
import { tlsReportRecord } from "./tlsReports";

/** Records that services have. */
export interface ServiceRecords {
  /** Those at the hostname. */
  server: PlannedRecord[];
  domain(domain: MailDomain): PlannedRecord[];
}

/** Every record that the world needs to find the server and to believe its mail: those of the server, then those of each domain. */
export function zoneRecords(model: DnsModel, services: ServiceRecords): PlannedRecord[] {
  return [
    ...hostRecords(model),
    ...sendersFirst(services.server),
    ...model.domains.flatMap((domain) => domainRecords(model, domain, sendersFirst(services.domain(domain)))),
    ...model.parkedDomains.flatMap(parkedRecords),
  ];
}

const isOfSender = ({ purpose }: PlannedRecord) => purpose === RecordPurpose.Sender;

function sendersFirst(records: PlannedRecord[]): PlannedRecord[] {
  return [...records.filter(isOfSender), ...records.filter((each) => !isOfSender(each))];
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

function domainRecords(model: DnsModel, domain: MailDomain, ofServices: PlannedRecord[]): PlannedRecord[] {
  const { name, dmarc } = domain;
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
    ...ofServices.filter(isOfSender),
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
    ...ofServices.filter((each) => !isOfSender(each)),
    ...tlsReportRecord(domain),
    ...clientRecords(model, domain),
  ];
}
