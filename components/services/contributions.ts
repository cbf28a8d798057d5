import type { ClientProtocol } from "../enums";
import type { DovecotFeatures } from "../platforms/platform";
import type { Certificate } from "../role";

/** A TCP port on which a service serves the world. Whatever says something about a port reads it here. */
export interface ServicePort {
  number: number;
  /** Its name in the IANA registry, which SRV records have, too. */
  name: string;
  /** How TLS begins: with the first byte, by a command of the protocol, or never. */
  tls: "implicit" | "starttls" | "none";
  /** Whether this server offers it; where not, nothing listens, and SRV records say so. */
  offered: boolean;
  /** What mail programs use it for. @default - they do not */
  client?: ClientPort;
  /** What its service says first, and how a client leaves. @default - its service's role knows */
  dialogue?: PortDialogue;
  /** Whether it is asked from where Pulumi runs before MX records lead there: by SMTP where its name says so, else by its `dialogue` within TLS. @default false */
  probed?: boolean;
}

/** How little has to be said to a service to see it alive. */
export interface PortDialogue {
  /** How the first line of the server begins. */
  greeting: string;
  /** The line with which a client leaves. */
  farewell: string;
}

/** A port of mail programs. */
export interface ClientPort {
  /** Whether mail is read there, handed in, or filtered. */
  use: "incoming" | "outgoing" | "filters";
  protocol: ClientProtocol;
  /** The smaller, the better, over all ports of a kind (RFC 6186 section 3.4). TLS from the first byte comes before STARTTLS (RFC 8314 section 5.1). */
  priority: number;
  /** Whether it is one more port of a service that SRV records name at another. @default false */
  additional?: boolean;
}

/** What a service adds to Postfix's configuration. */
export interface PostfixContribution {
  /** Filters of messages, as `smtpd_milters` names them; asked in the order of the list of services. */
  milters?: string[];
  /** Restrictions of smtpd(8) on each recipient, whoever sends but the machine itself. */
  recipientChecks?: string[];
  /** What is asked about each recipient of strangers' mail, after all that costs less. */
  policyServices?: PolicyService[];
}

/** A policy service (SMTPD_POLICY_README). */
export interface PolicyService {
  /** As `check_policy_service` names it. */
  endpoint: string;
  /** Parameters of main.cf that belong to it. */
  mainCf: Record<string, string>;
  /** Lines of its entry in master.cf, where Postfix starts it. */
  masterCf: string[];
}

/** What a service adds to Dovecot's configuration. */
export interface DovecotContribution {
  /** What Dovecot serves by it, as `protocols` of dovecot.conf names it. */
  protocols: string[];
  /** Whole lines of dovecot.conf, in each of Dovecot's languages. */
  conf: Record<DovecotFeatures["dialect"], string>;
}

/** A certificate, and the units that read it anew when it was renewed. */
export type ServedCertificate = Pick<Certificate, "name" | "names" | "pemPath"> & { readers: string[] };

/** What all services of a server add. */
export interface Contributions {
  milters: string[];
  recipientChecks: string[];
  policyServices: PolicyService[];
  dovecot: DovecotContribution[];
  /** Units that read the server's certificate. */
  certificateReaders: string[];
  /** Certificates besides the server's. */
  certificates: ServedCertificate[];
}
