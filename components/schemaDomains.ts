import * as z from "zod";
import { type Parsed, parseIpv4, parseIpv6 } from "./addresses";
import { argsObject } from "./declaration";
import { dnsSchema } from "./dns/providers";
import { DmarcAlignment, DmarcPolicy, DmarcPsd, MtaStsMode, SpfAll } from "./enums";
import { address, addressBlock, domainName, matching, read, reportAddress } from "./schemaFields";

/** RFC 6376 section 3.1: one or more labels. */
const selector = matching(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/,
  "is not a DKIM selector; allowed are lower-case letters, digits and inner hyphens, such as mail or s2026",
);

/** Bits of an RSA key: less is weak, and receivers need not take more (RFC 8301 section 3.2). */
const dkimKeySizes = [2048, 3072, 4096];

export const dkimSchema = argsObject(
  "DkimArgs",
  "DKIM signing (RFC 6376) with RSA keys, one for each selector. The keys are made and kept in the stack.",
  {
    selector: selector.default("mail").meta({
      description: "Selector of the key that signs. Its record is at `SELECTOR._domainkey.DOMAIN`.",
    }),
    standbySelectors: z
      .array(selector)
      .default([])
      .meta({
        description:
          "Further selectors. Their keys are kept and published, but do not sign: the next key until resolvers can see it, the previous key until " +
          "all mail that it signed has arrived.",
      }),
    revokedSelectors: z.array(selector).default([]).meta({
      description:
        "Selectors whose keys are deleted, and which are published as revoked: with an empty `p=` (RFC 6376 section 3.6.1).",
    }),
    testMode: z.boolean().default(false).meta({
      description:
        "Whether the record says that the domain is testing DKIM (`t=y`). Receivers then treat its mail no worse than unsigned mail.",
    }),
    exactDomain: z.boolean().default(false).meta({
      description:
        "Whether the keys are for addresses of the domain alone, and not for those of its subdomains (`t=s`, RFC 6376 section 3.6.1).",
    }),
    keySize: z
      .number()
      .refine((bits) => dkimKeySizes.includes(bits), {
        error: ({ input }) =>
          `is ${input}; allowed are ${dkimKeySizes.join(", ")} (bits; RFC 8301 takes no more than 4096)`,
      })
      .default(2048)
      .meta({
        description:
          "Bits of the RSA keys that are made from now on: 2048, 3072 or 4096. A key that is there keeps its size; one of another size is made under a new selector.",
      }),
  },
);

/** One key, which signs. */
export const oneDkimKey = dkimSchema.parse({});

const reportAddresses = z.array(reportAddress).min(1, "must name an address, or be left out");
const reports = reportAddresses.optional();

const dmarc = argsObject("DmarcArgs", "The tags of a DMARC record (RFC 9989 section 4.7; `pct` from RFC 7489).", {
  p: z.enum(DmarcPolicy).default(DmarcPolicy.Quarantine).meta({ description: "Policy of the domain." }),
  sp: z.enum(DmarcPolicy).optional().meta({ description: "Policy of subdomains.", default: "as `p`" }),
  np: z
    .enum(DmarcPolicy)
    .optional()
    .meta({ description: "Policy of subdomains that do not exist.", default: "as `sp`" }),
  adkim: z
    .enum(DmarcAlignment)
    .optional()
    .meta({ description: "How exactly the DKIM domain must match.", default: "relaxed" }),
  aspf: z
    .enum(DmarcAlignment)
    .optional()
    .meta({ description: "How exactly the SPF domain must match.", default: "relaxed" }),
  rua: reports.meta({ description: "Addresses that receive aggregate reports.", default: "no reports" }),
  ruf: reports.meta({ description: "Addresses that receive failure reports.", default: "no reports" }),
  fo: matching(/^[01ds](:[01ds])*$/, "is not a DMARC failure option; allowed are 0, 1, d and s, joined by colons")
    .optional()
    .meta({
      description: "When failure reports are made: any of `0`, `1`, `d`, `s`, separated by colons.",
      default: "`0`",
    }),
  t: z.boolean().optional().meta({
    description: "Test mode: receivers apply the next weaker policy.",
    default: "`false`",
  }),
  psd: z
    .enum(DmarcPsd)
    .optional()
    .meta({ description: "Whether the domain is a public suffix.", default: "`DmarcPsd.Unknown`" }),
  pct: z.int("must be a whole number").min(0, "must be 0 to 100").max(100, "must be 0 to 100").optional().meta({
    description:
      "Share of mail that the policy applies to, in percent. RFC 9989 no longer has it; older receivers still read it.",
    default: "`100`",
  }),
});

const maxAge = "must be 86400 (a day) to 31557600 (a year) seconds";
const mtaSts = argsObject("MtaStsArgs", "MTA-STS (RFC 8461).", {
  mode: z.enum(MtaStsMode).meta({
    description:
      "What senders do when they cannot reach the server by TLS with a valid certificate. Start with `MtaStsMode.Testing`.",
  }),
  maxAge: z
    .int("must be a whole number of seconds")
    .min(86400, maxAge)
    .max(31557600, maxAge)
    .default(604800)
    .meta({
      description:
        "How long senders remember the policy, in seconds: 86400 (a day) to 31557600 (a year). To leave MTA-STS, first publish `MtaStsMode.None` " +
        "for that long.",
    }),
});

const tlsRpt = argsObject("TlsRptArgs", "TLS-RPT (RFC 8460).", {
  rua: reportAddresses.meta({ description: "Addresses that receive the reports." }),
});

const spf = argsObject("SpfArgs", "Senders of a domain besides this server (SPF, RFC 7208).", {
  include: z
    .array(read(parseSpfDomain))
    .default([])
    .meta({
      description:
        "Domains whose SPF records name further senders for this domain, such as the domain of a newsletter service. Macros (RFC 7208 section 7) " +
        "are allowed.",
      example: ["_spf.example.net", "%{i}._ip.%{h}._ehlo.%{d}._spf.vendor.example"],
    }),
  ip4: z
    .array(addressBlock(parseIpv4, 32))
    .default([])
    .meta({ description: "IPv4 addresses, or blocks such as `203.0.113.0/24`." }),
  ip6: z
    .array(addressBlock(parseIpv6, 128))
    .default([])
    .meta({ description: "IPv6 addresses, or blocks such as `2001:db8::/32`." }),
  all: z.enum(SpfAll).default(SpfAll.Fail).meta({ description: "What receivers should think of all others." }),
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

const common = {
  name: domainName.meta({
    description: "The part after the `@`. Unicode names are accepted, and published in their ASCII form (RFC 5891).",
  }),
  dkim: dkimSchema.prefault({}).meta({ description: "DKIM signing (RFC 6376).", default: "one key, which signs" }),
  dmarc: dmarc.prefault({}).meta({
    description: "Policy for mail that claims to come from the domain but does not (RFC 9989).",
    default: "`p=quarantine`",
  }),
  mtaSts: mtaSts.optional().meta({
    description:
      "MTA-STS (RFC 8461): senders deliver to this server by TLS, or not at all. It needs a web server: nginx answers at " +
      "`https://mta-sts.DOMAIN` on port 443.",
    default: "none",
  }),
  enableAutoconfig: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether mail programs find their settings by themselves. nginx answers on port 443 at `autoconfig.DOMAIN` (Thunderbird, and a profile for " +
        "Apple's Mail) and at `autodiscover.DOMAIN` (Outlook, which asks there before it looks for an SRV record).",
    }),
  spf: spf.optional().meta({
    description: "Who else may send for the domain (SPF, RFC 7208).",
    default: "nobody but this server",
  }),
  tlsRpt: tlsRpt.optional().meta({
    description: "Reports of failed TLS deliveries (TLS-RPT, RFC 8460).",
    default: "no reports",
  }),
  enableSrvRecords: z.boolean().default(true).meta({
    description: "Whether SRV records tell mail programs where the servers are (RFC 6186, RFC 8314).",
  }),
  enableCaa: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether the CAA records of the hostname are published for the whole domain, too. All other certificates in the domain, such as those of " +
        "its web site, can then only be issued to the ACME account of the mail server.",
    }),
};

const ofHost = {
  catchAll: address.optional().meta({
    description: "Address that receives what is sent to any unknown address of the domain.",
    default: "unknown addresses are refused",
  }),
  catchAllSends: z
    .boolean()
    .optional()
    .meta({
      description:
        "Whether the mailbox of `catchAll` may also send as any address of the domain that belongs to nobody else, so that it can answer from the " +
        "address that was written to.",
      default: "`false`",
    }),
  aliasOf: domainName.optional().meta({
    description:
      "Another of the domains. This one then has each of its addresses, too: mail to `anna@` of this domain goes where mail to `anna@` of the " +
      "other goes, and whoever may send as the one may send as the other. Addresses that the other has not are refused. An alias of the same " +
      "name takes precedence.",
    default: "the domain has mailboxes and aliases of its own",
  }),
};

const ofDns = {
  dns: dnsSchema.optional().meta({
    description:
      "Where the DNS records of this domain are published. The same holds for those of the server's hostname, if it lies in the domain.",
    default: "where the server's `dns` says",
  }),
};

export const hostDomainSchema = argsObject("MailHostDomainArgs", "A mail domain of `MailHost`.", {
  ...common,
  ...ofHost,
});

export const dnsDomainSchema = argsObject("MailDnsDomainArgs", "A mail domain of `MailDns`.", { ...common, ...ofDns });

export const domainSchema = argsObject("DomainArgs", "A mail domain of `MailServer`.", {
  ...common,
  ...ofHost,
  ...ofDns,
});
