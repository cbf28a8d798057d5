import { reverseName } from "../addresses";
import type { Dkim, DnsModel } from "../model";
import { caaRecords } from "./caa";
import { clientRecords } from "./clientRecords";
import { dkimName, dkimRecord, keyedSelectors, revokedDkimRecord } from "./dkim";
import { dmarcRecord, dmarcReportAuthorisations } from "./dmarc";
import { parkedRecords } from "./parked";
import { spfRecord } from "./spf";
import { daneRecord, mtaStsRecord, tlsReportRecord } from "./transportSecurity";

/** A DNS record in no provider's form: names without a dot at the end, texts in one piece and without quotes. */
export interface DnsRecord {
  /** Tells the record from all others of the server and stays the same when its value changes. */
  id: string;
  /** What it is for. */
  purpose: RecordPurpose;
  /** Fully qualified. */
  name: string;
  /** Its type. */
  type: DnsRecordType;
  /**
   * An address, a name, a text, the value of a CAA property, or a TLSA record's hash in lower-case hex. The empty name is the root: nobody takes mail
   * (MX, RFC 7505), the service is not offered (SRV, RFC 2782).
   */
  value: string;
  /** Preference of an MX or SRV record; the smallest is tried first. */
  priority?: number;
  /** What else an SRV record says (RFC 2782). */
  srv?: SrvParameters;
  /** What else a CAA record says (RFC 8659 section 4.1). */
  caa?: CaaParameters;
  /** What else a TLSA record says (RFC 6698 section 2.1). */
  tlsa?: TlsaParameters;
  /** Domain whose DKIM key the value carries or revokes. */
  dkimDomain?: string;
}

/** What an SRV record says besides its preference and name (RFC 2782). */
export interface SrvParameters {
  /** Share of the clients among records of one preference. */
  weight: number;
  /** TCP port. */
  port: number;
}

/** What a CAA record says besides its value (RFC 8659 section 4.1). */
export interface CaaParameters {
  /** 128 where an authority that does not know the property must refuse, else 0. */
  flags: number;
  /** Name of the property. */
  tag: string;
}

/** What a TLSA record says besides the hash (RFC 6698 section 2.1). */
export interface TlsaParameters {
  /** Whose certificate it is: 3, the server's own. */
  usage: number;
  /** Of what the hash is: 1, the key. */
  selector: number;
  /** Which hash it is: 1, SHA-256. */
  matchingType: number;
}

/** Types of DNS records that a mail server has. */
export const DnsRecordType = {
  /** An IPv4 address. */
  A: "A",
  /** An IPv6 address. */
  AAAA: "AAAA",
  /** Another name of a machine. */
  CNAME: "CNAME",
  /** Who takes a name's mail. */
  MX: "MX",
  /** A text. */
  TXT: "TXT",
  /** The name of an address. */
  PTR: "PTR",
  /** Where a service is. */
  SRV: "SRV",
  /** Who may issue certificates. */
  CAA: "CAA",
  /** Which key a server has. */
  TLSA: "TLSA",
} as const;
export type DnsRecordType = (typeof DnsRecordType)[keyof typeof DnsRecordType];

/** What a record is for; decides when it is published. */
export enum RecordPurpose {
  /** Where the machine is: needed before it can prove its name. */
  Address = "address",
  /** Which name the machine's addresses have. */
  Reverse = "reverse",
  /** Who may send for a domain (SPF, DKIM, DMARC). */
  Sender = "sender",
  /** What the machine offers, published when it has proved that it works (TLSA, CAA, SRV, MTA-STS, TLS-RPT). */
  Announcement = "announcement",
  /** Where a domain's mail goes: published last, when the machine has proved that it works. */
  Mail = "mail",
}

/** What is known only when the machine and the keys exist. */
export interface DnsFacts {
  /** The machine's IPv4 address. */
  address: string;
  /** The machine's IPv6 address, if the server uses IPv6. */
  addressV6?: string;
  /** SubjectPublicKeyInfo of each DKIM key in PEM, by the name of its record. */
  dkimPublicKeys: Record<string, string>;
  /** SHA-256 of the SubjectPublicKeyInfo of the server's certificate, in hexadecimal digits. */
  certificateKey?: string;
  /** URL of the ACME account that the certificates are issued to. */
  acmeAccount?: string;
}

/** Every record that the world needs to find the server and to believe its mail. */
export function records(model: DnsModel, facts: DnsFacts): DnsRecord[] {
  return [
    ...hostRecords(model, facts),
    ...model.domains.flatMap((domain) => domainRecords(model, facts, domain)),
    ...caaRecords(model, facts.acmeAccount),
    ...model.parkedNames.flatMap(parkedRecords),
  ];
}

/** Whether what a record says is known only when the machine has its certificate: its key, or the account that it was issued to. */
export function dependsOnCertificate({ type, caa }: Pick<DnsRecord, "type" | "caa">): boolean {
  return type === "TLSA" || caa?.tag === "issue";
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
    ...(model.hostDkim ? dkimRecords(name, model.hostDkim, facts) : []),
    ...(model.dane ? [daneRecord(name, facts.certificateKey ?? "")] : []),
  ];
}

/** The keys of a name that mail is signed for, and what is left of those that were revoked. */
function dkimRecords(name: string, dkim: Dkim, { dkimPublicKeys }: DnsFacts): DnsRecord[] {
  const key = (selector: string, value: string): DnsRecord => ({
    id: `${name}-DKIM-${selector}`,
    purpose: RecordPurpose.Sender,
    name: dkimName(selector, name),
    type: "TXT",
    value,
    dkimDomain: name,
  });
  return [
    ...keyedSelectors(dkim).map((each) => key(each, dkimRecord(dkimPublicKeys[dkimName(each, name)] ?? "", dkim))),
    ...dkim.revoked.map((each) => key(each, revokedDkimRecord)),
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
  return [
    { id: `${name}-MX`, purpose: RecordPurpose.Mail, name, type: "MX", value: model.hostname, priority: 10 },
    text("SPF", name, spfRecord(facts, domain.spf)),
    ...dkimRecords(name, dkim, facts),
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
