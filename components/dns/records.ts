import { reverseName } from "../addresses";
import { type DnsMachine, type DnsModel, firstMachine, type MailDomain } from "../model";
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
  machine(machine: DnsMachine): PlannedRecord[];
  domain(domain: MailDomain): PlannedRecord[];
}

/** Every record that the world needs to find the server and to believe its mail: those of its machines, then those of each domain. */
export function zoneRecords(model: DnsModel, services: ServiceRecords): PlannedRecord[] {
  return [
    ...model.machines.flatMap((machine) => [
      ...machineRecords(model, machine),
      ...sendersFirst(services.machine(machine)),
    ]),
    ...model.domains.flatMap((domain) => domainRecords(model, domain, services.domain(domain))),
    ...model.parkedDomains.flatMap(parkedRecords),
  ];
}

/** The ID of a record of which each machine has one. */
function idOn({ name }: DnsMachine, id: string): string {
  return name === firstMachine ? id : `${id}-${name}`;
}

const isOfSender = ({ purpose }: PlannedRecord) => purpose === RecordPurpose.Sender;

function sendersFirst(records: PlannedRecord[]): PlannedRecord[] {
  return [...records.filter(isOfSender), ...records.filter((each) => !isOfSender(each))];
}

/** What a fact is; the empty text where it is not known. */
export function factOf(fact: Fact, { machines, dkimPublicKeys, acmeAccountUri = "" }: DnsFacts): string {
  if (fact.from === "acmeAccountUri") return acmeAccountUri;
  if (fact.from === "dkimKey") return keyInBase64(dkimPublicKeys[fact.record] ?? "");
  const { ipv4Address = "", ipv6Address = "", certificateSpkiSha256 = "" } = machines[fact.machine] ?? {};
  switch (fact.from) {
    case "ipv4":
      return ipv4Address;
    case "ipv6":
      return ipv6Address;
    case "reverseIpv4":
      return reverseName(ipv4Address);
    case "reverseIpv6":
      return reverseName(ipv6Address);
    case "certificateSpkiSha256":
      return certificateSpkiSha256;
  }
}

function machineRecords(model: DnsModel, machine: DnsMachine): PlannedRecord[] {
  const name = machine.hostname;
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
    ...addressRecords(machine, "A", "ipv4", ["reverse-v4", "reverseIpv4"]),
    ...(machine.ipv6 ? addressRecords(machine, "AAAA", "ipv6", ["reverse-v6", "reverseIpv6"]) : []),
    ...(isDomain ? [] : [greeting]),
  ];
}

/** An address of a machine, and the name of that address. */
function addressRecords(
  machine: DnsMachine,
  type: "A" | "AAAA",
  from: "ipv4" | "ipv6",
  [id, reverse]: ["reverse-v4", "reverseIpv4"] | ["reverse-v6", "reverseIpv6"],
): PlannedRecord[] {
  const { name, hostname } = machine;
  return [
    {
      id: `${hostname}-${type}`,
      purpose: RecordPurpose.Address,
      name: hostname,
      type,
      value: [{ from, machine: name }],
      explanation: "Where the mail server is.",
    },
    {
      id: idOn(machine, id),
      purpose: RecordPurpose.Reverse,
      name: [{ from: reverse, machine: name }],
      type: "PTR",
      value: hostname,
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
    ...model.machines.map(
      (machine): PlannedRecord => ({
        id: idOn(machine, `${name}-MX`),
        purpose: RecordPurpose.Mail,
        name,
        type: "MX",
        value: machine.hostname,
        priority: 10,
        explanation: `Mail to ${name} goes to the server.`,
      }),
    ),
    text("SPF", name, spfRecord(model.machines, domain.spf), `SPF: which servers may send mail from ${name}.`),
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
