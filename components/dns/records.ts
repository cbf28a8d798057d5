import { reverseName } from "../addresses";
import type { DnsModel } from "../model";
import { caaRecords } from "./caa";
import { clientRecords } from "./clientRecords";
import { dkimName, dkimRecord, keyedSelectors, revokedDkimRecord } from "./dkim";
import { dmarcRecord, dmarcReportAuthorisations } from "./dmarc";
import { parkedRecords } from "./parked";
import { type DnsFacts, type DnsRecord, RecordPurpose } from "./record";
import { spfRecord } from "./spf";
import { daneRecord, mtaStsRecord, tlsReportRecord } from "./transportSecurity";

/** Every record that the world needs to find the server and to believe its mail. */
export function records(model: DnsModel, facts: DnsFacts): DnsRecord[] {
  return [
    ...hostRecords(model, facts),
    ...model.domains.flatMap((domain) => domainRecords(model, facts, domain)),
    ...caaRecords(model, facts.acmeAccount),
    ...model.parkedNames.flatMap(parkedRecords),
  ];
}

/**
 * The ids and kinds of the records, which follow from the model alone: what resources there are must be known before their values
 * are.
 */
export function recordOutline(model: DnsModel): DnsRecord[] {
  return records(model, {
    address: "192.0.2.1",
    addressV6: model.ipv6 ? "2001:db8::1" : undefined,
    dkimPublicKeys: {},
  });
}

function hostRecords(model: DnsModel, facts: DnsFacts): DnsRecord[] {
  const name = model.hostname;
  const { Address, Reverse, Sender } = RecordPurpose;
  const v4: DnsRecord[] = [
    { id: `${name}-A`, purpose: Address, name, type: "A", value: facts.address },
    { id: "reverse-v4", purpose: Reverse, name: reverseName(facts.address), type: "PTR", value: name },
  ];
  const v6: DnsRecord[] =
    facts.addressV6 === undefined
      ? []
      : [
          { id: `${name}-AAAA`, purpose: Address, name, type: "AAAA", value: facts.addressV6 },
          { id: "reverse-v6", purpose: Reverse, name: reverseName(facts.addressV6), type: "PTR", value: name },
        ];
  // Receivers check the name of the greeting where a bounce has no sender (RFC 7208 section 2.4); a domain has its own record.
  const isDomain = model.domains.some((domain) => domain.name === name);
  const greeting: DnsRecord = { id: `${name}-SPF`, purpose: Sender, name, type: "TXT", value: "v=spf1 a -all" };
  return [
    ...v4,
    ...v6,
    ...(isDomain ? [] : [greeting]),
    ...(model.dane ? [daneRecord(name, facts.certificateKey ?? "")] : []),
  ];
}

function domainRecords(model: DnsModel, facts: DnsFacts, domain: DnsModel["domains"][number]): DnsRecord[] {
  const { name, dkim, dmarc } = domain;
  const text = (id: string, at: string, value: string): DnsRecord => ({
    id: `${name}-${id}`,
    purpose: RecordPurpose.Sender,
    name: at,
    type: "TXT",
    value,
  });
  const key = (selector: string, value: string): DnsRecord => ({
    ...text(`DKIM-${selector}`, dkimName(selector, name), value),
    dkimDomain: name,
  });
  return [
    { id: `${name}-MX`, purpose: RecordPurpose.Mail, name, type: "MX", value: model.hostname, priority: 10 },
    text("SPF", name, spfRecord(facts, domain.spf)),
    ...keyedSelectors(dkim).map((selector) =>
      key(selector, dkimRecord(facts.dkimPublicKeys[dkimName(selector, name)] ?? "", dkim)),
    ),
    ...dkim.revoked.map((selector) => key(selector, revokedDkimRecord)),
    text("DMARC", `_dmarc.${name}`, dmarcRecord(dmarc)),
    ...dmarcReportAuthorisations(name, model.domains).map((reporter) =>
      text(`DMARC-reports-of-${reporter}`, `${reporter}._report._dmarc.${name}`, "v=DMARC1"),
    ),
    ...domain.webNames.map(
      (web): DnsRecord => ({
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
