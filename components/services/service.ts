import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { DkimKeys } from "../dns/dkimKeys";
import type { PlannedRecord } from "../dns/record";
import type { DnsMachine, DnsModel, MachineModel, MailDomain } from "../model";
import type { Role } from "../role";
import type { mailboxMembers } from "../schemaMailboxes";
import type {
  Contributions,
  DovecotContribution,
  PostfixContribution,
  ServedCertificate,
  ServicePort,
} from "./contributions";

/**
 * A service of the mail server: a folder beside this file, and one entry in the list of `index.ts`. Whatever else asks which ports are open, which
 * records there are, which filters Postfix has or who reads a certificate asks the list.
 *
 * `Secrets` is what the service's secret files are made of, `Settings` its members of the args, `Own` what it makes of them.
 */
export interface Service<Secrets = unknown, Settings extends ServiceSettings = ServiceSettings, Own = unknown> {
  /** Name of its role, unique on the host. */
  name: string;
  /** Its members of the args. @default - it has none */
  settings?: Settings;
  /** What it alone needs to know of its members: plain data without a secret. @default - nothing */
  decide?(args: OwnMembers<Settings> & WithMailboxes): Own;
  /** Whether a server has it. @default - every server has */
  enabled?(choices: Choices, own: Own): boolean;
  /** MiB of memory that its processes take at rest, rounded up (`docs/measured.md`). @default 0 */
  memory?: number;
  /** TCP ports on which it serves the world, those too that this server does not offer. @default - none */
  ports?(choices: Choices): ServicePort[];
  /** DNS records at the hostname of a machine that are there for its sake, whatever sets up the machine. @default - none */
  records?(model: DnsModel, machine: DnsMachine): PlannedRecord[];
  /** The same of a domain. @default - none */
  domainRecords?(model: DnsModel, domain: MailDomain): PlannedRecord[];
  /** Unit that reads the server's certificate, and must read it anew when it was renewed. @default - it does not */
  certificateReader?: string;
  /** Certificates of its own. @default - none */
  certificates?(model: MachineModel): ServedCertificate[];
  /** What it adds to Postfix. @default - nothing */
  postfix?(model: MachineModel): PostfixContribution;
  /** What it adds to Dovecot. @default - nothing */
  dovecot?(own: Own): DovecotContribution;
  /** What only the stack knows and only its daemon may read; made by resources where nobody gave it. @default - it has no secrets */
  secrets?(sources: SecretSources<Settings>): pulumi.Output<Secrets>;
  /** What it wants of the host. Without `secrets`, as far as anybody may see it: secret files have no content. */
  role(model: MachineModel, secrets: Secrets | undefined, all: Contributions, own: Own): Role;
}

/** What decides which services and ports there are; known of args, too, of which not all could be read. */
export interface Choices {
  pop3: boolean;
  sieve: boolean;
  /** Whether IMAP is served on 143, too. */
  imapStartTls: boolean;
  /** Whether mail is submitted on 587, too. */
  submissionStartTls: boolean;
  /** Further ports on which mail is submitted as on 587. */
  additionalSubmissionPorts: number[];
  firewall: boolean;
  domains: Pick<MailDomain, "name" | "mtaSts" | "enableAutoconfig">[];
  /** What the services have decided, by their names. */
  own: Record<string, unknown>;
}

/** Members of the args that a service declares, each with what people read about it (`components/declaration.ts`). */
export interface ServiceSettings {
  /** Those that DNS records follow from, too. */
  common?: z.ZodRawShape;
  /** Those that only the machine follows from. */
  machine?: z.ZodRawShape;
}

/** The members of one kind. */
type Members<Settings, Kind extends keyof ServiceSettings> =
  Settings extends Record<Kind, infer Shape extends z.ZodRawShape> ? Shape : unknown;

/** The members of the args that a service declares, with every default filled in. */
type OwnMembers<Settings> = ServiceSettings extends Settings
  ? object
  : z.output<z.ZodObject<Record<never, never> & Members<Settings, "common"> & Members<Settings, "machine">>>;

/** The mailboxes, which a service may know, too. */
export type WithMailboxes = z.output<z.ZodObject<Pick<typeof mailboxMembers, "mailboxes">>>;

/** What secrets are made of. */
export interface SecretSources<Settings extends ServiceSettings = ServiceSettings> {
  /** Name of the component, with which the names of resources begin. */
  name: string;
  /** The service's own members and the mailboxes. */
  args: z.output<
    z.ZodObject<Pick<typeof mailboxMembers, "mailboxes"> & Members<Settings, "common"> & Members<Settings, "machine">>
  >;
  dkimKeys: DkimKeys;
  parent: pulumi.Resource;
}
