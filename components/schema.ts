import { Buffer } from "node:buffer";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parseAccountUrl, parseCertificateKey } from "./activation/reported";
import { type Parsed, parseIpv4, parseIpv6 } from "./addresses";
import { DmarcAlignment, DmarcPolicy, MtaStsMode, OperatingSystem, SpfAll } from "./args";
import { dnsSchema, reverseDnsSchema } from "./dns/providers";
import { meantHash, passwordHashProblem, passwordProblem } from "./passwords";
import {
  address,
  addressBlock,
  clientBlock,
  domainName,
  input,
  localAddress,
  matching,
  port,
  read,
  reportAddress,
  secretInput,
} from "./schemaFields";

/**
 * The shape of {@link MailServerArgs} with every default filled in and every name in its canonical form. What concerns more than
 * one member (a mailbox outside every domain, an alias loop) is judged in `validate.ts`.
 */
export type ValidArgs = z.output<typeof mailServerSchema>;

/** As {@link ValidArgs}, for what DNS needs to know. */
export type ValidDnsArgs = z.output<typeof mailDnsSchema>;

/** Whose records are kept where. */
export type KeptRecords = Pick<
  ValidDnsArgs,
  "hostname" | "domains" | "dns" | "reverseDns" | "requireReverseDns" | "reapply"
>;

/** RFC 6376 section 3.1: one or more labels. */
const selector = matching(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
  "is not a DKIM selector; allowed are lower-case letters, digits and inner hyphens, such as mail or s2026",
);

const user = matching(
  /^[a-z_][a-z0-9_-]{0,31}$/,
  "is not a user name; allowed are lower-case letters, digits, _ and -",
);

/** How SSH gets in, wherever the machine is. */
const sshAccess = {
  port: port.default(22),
  privateKey: secretInput((text) =>
    /^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\r?\n[\s\S]+-----END [A-Z0-9 ]*PRIVATE KEY-----\s*$/.test(text)
      ? undefined
      : "is not a private key in PEM or OpenSSH format; give the content of the file, not its path",
  ).optional(),
  privateKeyPassword: secretInput(() => undefined).optional(),
  agentSocketPath: matching(/^\/[^\0\n]*$/, "is not an absolute path").optional(),
};

const sshHost = z.strictObject({
  address: input(parseIpv4),
  addressV6: input(parseIpv6).optional(),
  ...sshAccess,
  user: user.default("root"),
  hostKey: input(parseHostKey),
});

const ovhVpsOrder = z.strictObject({
  planCode: matching(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "is not a plan code such as vps-2025-model1"),
  datacentre: matching(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "is not a datacentre such as GRA"),
  image: matching(/^[A-Za-z0-9][A-Za-z0-9 ._()+-]*$/, "is not the name of an image such as Debian 13"),
  ovhSubsidiary: matching(/^[A-Z]{2,4}$/, "is not an OVH subsidiary; allowed is a country code such as FR, DE or WE"),
  displayName: z.string().min(1, "must have a character, or be left out").optional(),
});

const ovhVps = z.strictObject({
  serviceName: matching(
    /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/,
    "is not the service name of a VPS such as vps-0a1b2c3d.vps.ovh.net; `GET /vps` of OVH's API lists them",
  ).optional(),
  order: ovhVpsOrder.optional(),
  ipv6: z.boolean().default(true),
  address: read(parseIpv4).optional(),
  addressV6: read(parseIpv6).optional(),
  ...sshAccess,
  user: user.default("debian"),
  hostKey: read(parseHostKey).optional(),
  trustOnFirstUse: z.boolean().optional(),
  edgeFirewall: z.boolean().default(false),
});

/**
 * One public key in the form of authorized_keys; a comment is dropped. Pulumi's command plugin (golang.org/x/crypto/ssh) asks the machine for the one
 * signature algorithm that is called like the key's type: of RSA keys that is `ssh-rsa`, with SHA-1, which OpenSSH has not had since 8.8.
 */
export function parseHostKey(text: string): Parsed {
  const another =
    "give the machine's ed25519 or ecdsa key (`cat /etc/ssh/ssh_host_ed25519_key.pub`; where there is none, `ssh-keygen -A` makes it)";
  const match = /^([a-z0-9.@-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\n\r]*)?\s*$/.exec(text);
  const [, type = "", body = ""] = match ?? [];
  const bytes = Buffer.from(body, "base64");
  const named = bytes.length > 4 && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1");
  if (named !== type || !sshKeyTypes.test(type)) {
    return {
      problem:
        "is not a public host key; allowed is one line such as ssh-ed25519 AAAAC3Nza…, as `cat /etc/ssh/ssh_host_ed25519_key.pub` prints it on the machine",
    };
  }
  if (usableHostKey.test(type)) return { value: `${type} ${body}` };
  if (type === "ssh-rsa")
    return { problem: `is an RSA key, which Pulumi can use with SHA-1 only, and sshd refuses that; ${another}` };
  if (type === "ssh-dss") return { problem: `is a DSA key, which sshd has no more; ${another}` };
  if (type.includes("-cert-")) return { problem: `is a certificate, not a key; ${another}` };
  return { problem: `is a key on a security token, which no sshd has for itself; ${another}` };
}

const usableHostKey = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/;

/** Whatever a line of authorized_keys can begin with. */
const sshKeyTypes = /^(sk-)?(ssh-(ed25519|rsa|dss)|ecdsa-sha2-nistp(256|384|521))(-cert-v0[01])?(@openssh\.com)?$/;

const dkim = z.strictObject({
  selector: selector.default("mail"),
  published: z.array(selector).default([]),
  revoked: z.array(selector).default([]),
  testing: z.boolean().default(false),
});

/** One key, which signs. */
export const oneDkimKey = dkim.parse({});

const dmarc = z
  .strictObject({
    p: z.enum(DmarcPolicy).default(DmarcPolicy.Quarantine),
    sp: z.enum(DmarcPolicy).optional(),
    np: z.enum(DmarcPolicy).optional(),
    adkim: z.enum(DmarcAlignment).optional(),
    aspf: z.enum(DmarcAlignment).optional(),
    rua: z.array(reportAddress).min(1, "must name an address, or be left out").optional(),
    ruf: z.array(reportAddress).min(1, "must name an address, or be left out").optional(),
    fo: matching(
      /^[01ds](:[01ds])*$/,
      "is not a DMARC failure option; allowed are 0, 1, d and s, joined by colons",
    ).optional(),
    t: z.boolean().optional(),
    psd: matching(/^[ynu]$/, "is not allowed; allowed are y, n and u").optional(),
    pct: z.int("must be a whole number").min(0, "must be 0 to 100").max(100, "must be 0 to 100").optional(),
  })
  .prefault({});

const maxAge = "must be 86400 (a day) to 31557600 (a year) seconds";
const mtaSts = z.strictObject({
  mode: z.enum(MtaStsMode),
  maxAge: z.int("must be a whole number of seconds").min(86400, maxAge).max(31557600, maxAge).default(604800),
});

const spf = z.strictObject({
  include: z.array(read(parseSpfDomain)).default([]),
  ip4: z.array(addressBlock(parseIpv4, 32)).default([]),
  ip6: z.array(addressBlock(parseIpv6, 128)).default([]),
  all: z.enum(SpfAll).default(SpfAll.Fail),
});

/**
 * A domain that may have labels with underscores and macros (RFC 7208 section 7.1: `domain-spec`), as the SPF records of services do. It ends in a name or a
 * macro that stands for one.
 */
function parseSpfDomain(text: string): Parsed {
  const macro = /%\{([slodiphv])[0-9]{0,3}r?[.+,/_=-]*\}|%[%_-]/gi;
  const plain = text.replace(macro, "x");
  if (/[%{}]/.test(plain))
    return {
      problem:
        "has a macro that is none; allowed are %{LETTER}, the letter one of s, l, o, d, i, p, v and h, behind it digits, r and delimiters, and %%, %_ and %- (RFC 7208 section 7.1)",
    };
  if (!/^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)+$/i.test(plain) || text.length > 253)
    return { problem: "is not a domain with an SPF record, such as _spf.example.com, macros included" };
  // Outside of macros, capitals mean the same; within, they have the value escaped.
  const kept: string[] = text.match(macro) ?? [];
  return {
    value: text
      .replace(macro, "\0")
      .toLowerCase()
      .replaceAll("\0", () => kept.shift() ?? ""),
  };
}

export const domainSchema = z.strictObject({
  name: domainName,
  catchAll: address.optional(),
  catchAllSends: z.boolean().optional(),
  aliasOf: domainName.optional(),
  dkim: dkim.prefault({}),
  dmarc,
  mtaSts: mtaSts.optional(),
  autoconfig: z.boolean().default(false),
  spf: spf.optional(),
  tlsReports: z.array(reportAddress).min(1, "must name an address, or be left out").optional(),
  clientRecords: z.boolean().default(true),
  caa: z.boolean().default(false),
  dns: dnsSchema.optional(),
});

function parseRecipientDelimiter(text: string): Parsed {
  const allowed = "up to four of + = _ . ~ # -";
  if (/[%!]/.test(text))
    return { problem: `has % or !, which Postfix takes for a route through another server; allowed are ${allowed}` };
  return /^[+=_.~#-]{0,4}$/.test(text) ? { value: text } : { problem: `is not a delimiter; allowed are ${allowed}` };
}

export const mailboxSchema = z.strictObject({
  address: localAddress,
  password: secretInput(passwordProblem).optional(),
  passwordHash: secretInput((text) => passwordHashProblem(text), meantHash).optional(),
  weakPasswordHash: secretInput((text) => passwordHashProblem(text, { weak: true }), meantHash).optional(),
});

export const aliasSchema = z.strictObject({
  address: localAddress,
  destinations: z.array(address).min(1, "must name at least one address"),
});

const acme = z.strictObject({
  directoryUrl: matching(
    /^https:\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[A-Za-z0-9._~/-]*)?$/,
    "is not the URL of an ACME directory; allowed is https://HOST/PATH",
  ).default("https://acme-v02.api.letsencrypt.org/directory"),
  email: address.optional(),
  caaIdentity: domainName.optional(),
  externalAccount: z
    .strictObject({
      keyId: matching(/^[!-~]+$/, "is not a key identifier; give the one that the authority gave (EAB KID)"),
      hmacKey: secretInput((text) =>
        /^[A-Za-z0-9_-]{16,}={0,2}$/.test(text)
          ? undefined
          : "must be base64url of 12 bytes or more, as the authority gave it (EAB HMAC key)",
      ),
    })
    .optional(),
});

const relayHost = z.strictObject({
  hostname: domainName,
  port: port.default(587),
  user: matching(/^[^\s:\0]+$/, "is not a name to log in with; a space or a colon cannot be part of it").optional(),
  password: secretInput((text) =>
    /^(?!\s)[^\r\n\0]+(?<!\s)$/.test(text) ? undefined : "must be one line, not empty, without spaces at its ends",
  ).optional(),
});

/** Lines of a configuration file, with a line end after the last. */
const fragment = z
  .string()
  .regex(/^[^\0\r]*$/, "must be text with plain line ends")
  .transform((text) => text && `${text.trimEnd()}\n`)
  .default("");

const mainCf = z
  .record(
    z.string().regex(/^[A-Za-z0-9_-]+$/, "is not the name of a parameter of main.cf"),
    z.string().regex(/^[^\0\r\n]*$/, "must be one line"),
  )
  .default({});

/** master(5): a service line of eight fields or more, then lines that begin with a space. */
const masterCfEntry = matching(
  /^\S+[ \t]+(inet|unix|unix-dgram|fifo|pass)([ \t]+\S+){6,}[ \t]*(\n[ \t]+\S.*)*\n?$/,
  "is not an entry of master.cf; allowed is a service line such as 2525 inet n - y - - smtpd, and below it its options, indented",
);

export const mailServerSchema = z.strictObject({
  hostname: domainName,
  host: z.strictObject({ ssh: sshHost.optional(), ovhVps: ovhVps.optional() }),
  operatingSystem: z.enum(OperatingSystem),
  domains: z.array(domainSchema).min(1, "must name at least one domain"),
  hostnameDkim: dkim.optional(),
  mailboxes: z.array(mailboxSchema).default([]),
  aliases: z.array(aliasSchema).default([]),
  postmaster: address.optional(),
  recipientDelimiter: read(parseRecipientDelimiter).default("+"),
  trustedClients: z.array(clientBlock).default([]),
  messageSizeLimit: z
    .int("must be a whole number of bytes")
    .min(65536, "must be 65536 (64 KiB) or more")
    .max(1073741824, "must be 1073741824 (1 GiB) or less")
    .default(52428800),
  enablePop3: z.boolean().default(false),
  submission: z
    .strictObject({ keepClientHeaders: z.boolean().default(false), freeSenders: z.array(localAddress).default([]) })
    .prefault({}),
  relayHost: relayHost.optional(),
  certificate: z.strictObject({ acme: acme.optional() }).prefault({ acme: {} }),
  dns: dnsSchema,
  dane: z.boolean().default(true),
  caa: z.boolean().default(true),
  parkedNames: z.array(domainName).default([]),
  reverseDns: reverseDnsSchema.optional(),
  requireReverseDns: z.boolean().default(true),
  firewall: z
    .strictObject({
      enabled: z.boolean().default(true),
      sshPorts: z.array(port).min(1, "must name at least one port").optional(),
      morePorts: z.array(port).default([]),
    })
    .prefault({}),
  postfix: z.strictObject({ mainCf, masterCf: z.array(masterCfEntry).default([]) }).prefault({}),
  dovecot: z.strictObject({ conf: fragment }).prefault({}),
  opendkim: z.strictObject({ conf: fragment }).prefault({}),
  probe: z.boolean().default(true),
  reapply: z.string().optional(),
});

/** The machine alone: all that says where records are kept is somebody else's affair. */
export const mailHostSchema = mailServerSchema
  .omit({ dns: true, reverseDns: true, requireReverseDns: true, parkedNames: true, probe: true })
  .extend({ domains: z.array(domainSchema.omit({ dns: true })).min(1, "must name at least one domain") });

/** The records alone. */
export const mailDnsSchema = mailServerSchema
  .pick({
    hostname: true,
    hostnameDkim: true,
    enablePop3: true,
    certificate: true,
    dns: true,
    caa: true,
    parkedNames: true,
    reverseDns: true,
    requireReverseDns: true,
    reapply: true,
  })
  .extend({
    domains: z
      .array(domainSchema.omit({ catchAll: true, catchAllSends: true, aliasOf: true }))
      .min(1, "must name at least one domain"),
    address: input(parseIpv4),
    addressV6: input(parseIpv6).optional(),
    dkimPublicKeys: z
      .custom<pulumi.Input<Record<string, pulumi.Input<string>>>>(
        (value) => typeof value === "object" && value !== null && !Array.isArray(value),
        "must be an object with a key for each record's name, or an output that becomes one",
      )
      .optional(),
    certificateKey: input(parseCertificateKey).optional(),
    acmeAccount: input(parseAccountUrl).optional(),
  });

/** Members that hold secrets, at any depth: their values must not stand in an error text. */
export const secretMembers = new Set([
  ...["password", "passwordHash", "weakPasswordHash"],
  ...["privateKey", "privateKeyPassword", "keySecret"],
  "hmacKey",
]);
