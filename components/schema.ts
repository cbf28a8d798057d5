import type * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import { parseAccountUrl, parseCertificateKey } from "./activation/reported";
import { parseIpv4, parseIpv6 } from "./addresses";
import { argsObject, objectsIn, secretsOf } from "./declaration";
import { dnsAccountSchema, dnsSchema, reverseDnsSchema } from "./dns/providers";
import { OperatingSystem } from "./enums";
import { dkimSchema, dnsDomainSchema, domainSchema, hostDomainSchema } from "./schemaDomains";
import { domainName, input } from "./schemaFields";
import { hostSchema, outboundProbeSchema } from "./schemaHost";
import { mailboxMembers } from "./schemaMailboxes";
import { serviceMembers } from "./services";

/**
 * The args with every default filled in and every name in its canonical form. What concerns more than one member (a mailbox outside every domain, an
 * alias loop) is judged in `validate.ts`. What people know as interfaces follows from here: `npm run args` writes `args.ts`.
 */
export type ValidArgs = z.output<typeof mailServerSchema>;

/** As {@link ValidArgs}, for what DNS needs to know. */
export type ValidDnsArgs = z.output<typeof mailDnsSchema>;

/** Whose records are kept where. */
export type KeptRecords = Pick<
  ValidDnsArgs,
  "hostname" | "domains" | "dns" | "dnsAccounts" | "reverseDns" | "requireReverseDns" | "triggers"
>;

const domainsOf = <Domain extends z.ZodType>(domain: Domain) =>
  z.array(domain).min(1, "must name at least one domain").meta({ description: "The mail domains. At least one." });

const name = {
  hostname: domainName.meta({
    description:
      "Fully qualified name of the machine: the name in its SMTP greeting, in its certificate, in its reverse DNS and in every MX record. It must not " +
      "be the name of a web site's CNAME.",
    example: "mail.example.org",
  }),
};

const common = {
  ...name,
  hostnameDkim: dkimSchema.optional().meta({
    description:
      "DKIM keys of `hostname`. They sign bounces, delivery reports and what programs of the machine write. Not for a hostname that is one of " +
      "`domains`: there, the keys of that domain sign.",
    default: "one key, at the selector `mail`",
  }),
  ...serviceMembers("common"),
  enableCaa: z
    .boolean()
    .default(true)
    .meta({
      description:
        "Whether only the ACME authority may issue certificates for the hostname, only to the stack's account and only by HTTP-01 (CAA, RFC 8659 and " +
        "8657). No CAA record is published where `certificate.acme` names an authority whose CAA identity is not known. The account's key is kept " +
        "in the stack, so that a machine that is built anew gets its certificates.",
    }),
  triggers: z
    .array(z.string())
    .default([])
    .meta({
      description:
        "Any texts, such as the time of day. When they change, the next `pulumi up` activates the host again and publishes the records of `rfc2136` " +
        "again, although nothing else has changed. This puts right what was changed by hand since; `mailserver drift` says what that is.",
      default: "only changes reach the host",
      example: ["2026-11-28T09:00:00Z"],
    }),
};

const publishing = {
  dns: dnsSchema.meta({ description: "Where the DNS records of the domains are published." }),
  dnsAccounts: z
    .array(dnsAccountSchema)
    .default([])
    .meta({
      description:
        "Accounts at DNS providers, for zones that another account has than the one whose credentials the provider finds by itself, in the " +
        "environment, in the stack's configuration or in the component's option `providers`.",
      default: "none",
    }),
  reverseDns: reverseDnsSchema.optional().meta({
    description: "Where the PTR records of the machine's addresses are published.",
    default: "nowhere: set them at the machine's provider, as the output `reverseRecords` says",
  }),
  requireReverseDns: z
    .boolean()
    .default(true)
    .meta({
      description:
        "Whether the machine's addresses must resolve to the hostname, and the hostname to them (forward-confirmed reverse DNS), before an MX record " +
        "is published that leads to it. The big providers refuse mail of a server where it is not so. Where all MX records are pasted by hand, " +
        "nothing is looked up.",
    }),
  parkedDomains: z.array(domainName).default([]).meta({
    description:
      "Domains that neither send nor receive mail, with records that say so: null MX (RFC 7505), SPF `-all`, DMARC `reject`. None of `domains`.",
  }),
};

const machine = {
  host: hostSchema.meta({ description: "The machine." }),
  operatingSystem: z.enum(OperatingSystem).meta({
    description: "Operating system of the machine. It is compared with what the machine itself reports.",
  }),
};

const service = {
  ...mailboxMembers,
  outboundProbe: outboundProbeSchema,
  enableDane: z
    .boolean()
    .default(true)
    .meta({
      description:
        "Whether the key of the server's certificate is published for port 25 (DANE, RFC 7672), so that senders insist on it. It counts only where the " +
        "zone is signed with DNSSEC. The key stays the same over renewals.",
    }),
  ...serviceMembers("machine"),
};

/** The machine alone, without all that says where records are kept. */
export const mailHostSchema = argsObject(
  "MailHostArgs",
  "Args of the machine of a mail server. Its DNS records are published by something else.",
  { ...name, ...machine, domains: domainsOf(hostDomainSchema), ...service, ...common },
);

export const mailServerSchema = argsObject(
  "MailServerArgs",
  "Args of a mail server. They are plain nested data: the structure is the same in TypeScript, in other languages and in a stack's configuration file.",
  {
    ...name,
    ...machine,
    domains: domainsOf(domainSchema),
    ...service,
    ...common,
    ...publishing,
    enableProbe: z
      .boolean()
      .default(true)
      .meta({
        description:
          "Whether the new machine must pass a live probe before any MX record leads to it: from where Pulumi runs, SMTP with STARTTLS and a valid " +
          "certificate on 25, greetings on 465, 587 and 993, and the DKIM keys in DNS where they are published. It needs a network that lets connections to port 25 out; homes and many clouds " +
          "do not. With `false`, only the machine's own tests stand before the MX records.",
      }),
  },
);

/** The records alone. */
export const mailDnsSchema = argsObject(
  "MailDnsArgs",
  "Args of the DNS records of a mail server, whatever sets up its machine.",
  {
    ...name,
    domains: domainsOf(dnsDomainSchema),
    ...common,
    ...publishing,
    ipv4Address: input(parseIpv4).meta({ description: "Public IPv4 address of the machine." }),
    ipv6Address: input(parseIpv6).optional().meta({
      description: "Public IPv6 address of the machine, if the server uses IPv6.",
      default: "IPv4 only",
    }),
    dkimPublicKeys: z
      .custom<pulumi.Input<Record<string, pulumi.Input<string>>>>(
        (value) => typeof value === "object" && value !== null && !Array.isArray(value),
        "must be an object with a key for each record's name, or an output that becomes one",
      )
      .optional()
      .meta({
        description:
          "Public DKIM keys in PEM, by the names of their records: one for each selector of `domains[].dkim` and `hostnameDkim` that signs or is " +
          "published. Without one for the hostname at the selector `mail`, no key of the hostname is published.",
        default: "keys are made and kept in the stack; the output `dkimPrivateKeys` has their private halves",
        example: { "mail._domainkey.example.org": "-----BEGIN PUBLIC KEY-----…" },
        type: "Input<Record<string, Input<string>>>",
      }),
    certificateSpkiSha256: input(parseCertificateKey)
      .optional()
      .meta({
        description:
          "SHA-256 of the SubjectPublicKeyInfo of the server's certificate, in hexadecimal digits, for the TLSA record (DANE, RFC 7672). Where it is " +
          "the output of another resource, such as `MailHost`, no record leads mail or mail programs to the machine before that is there.",
        default: "no TLSA record",
      }),
    acmeAccountUri: input(parseAccountUrl).optional().meta({
      description:
        "URI of the ACME account that the certificates are issued to, for the CAA records (`accounturi`, RFC 8657).",
      default: "CAA records name the authority only",
    }),
  },
);

/** Every object of the args. */
export const argsObjects = objectsIn([mailServerSchema, mailHostSchema, mailDnsSchema]);

/** Members that hold secrets, at any depth: their values must not stand in an error text. */
export const secretMembers = new Set(argsObjects.flatMap(secretsOf));
