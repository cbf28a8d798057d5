import { type Fact, knownPart, type RecordText, textWith } from "./recordText";

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
  /** What it is there for, in one sentence. */
  explanation: string;
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

/** What is known only when the machines and the keys exist. */
export interface DnsFacts {
  /** By the names of the machines. */
  machines: Record<string, MachineFacts>;
  /** SubjectPublicKeyInfo of each DKIM key in PEM, by the name of its record. */
  dkimPublicKeys: Record<string, string>;
  /** URI of the ACME account that the certificates are issued to. */
  acmeAccountUri?: string;
}

/** What is known only when a machine exists. */
export interface MachineFacts {
  ipv4Address?: string;
  /** If the server uses IPv6. */
  ipv6Address?: string;
  /** SHA-256 of the SubjectPublicKeyInfo of its certificate, in hexadecimal digits. */
  certificateSpkiSha256?: string;
}

/** A record of which parts may be known later; all else follows from the model. */
export type PlannedRecord = Omit<DnsRecord, "name" | "value"> & {
  /** As in `DnsRecord`; that of a PTR record follows from the machine's address. */
  name: RecordText;
  value: RecordText;
};

/** The record, once each of its facts is known. */
export function recordWith(planned: PlannedRecord, known: (fact: Fact) => string): DnsRecord {
  return { ...planned, name: textWith(planned.name, known), value: textWith(planned.value, known) };
}

/** The record as far as the model alone tells it: texts end before the first fact. Which resources there are follows from this. */
export function outlineOf(planned: PlannedRecord): DnsRecord {
  return { ...planned, name: knownPart(planned.name), value: knownPart(planned.value) };
}
