import fc from "fast-check";
import {
  AccessAction,
  type AddressAccessArgs,
  type AddressRewriteArgs,
  type BccArgs,
  CheckAction,
  type ClientAccessArgs,
  ClientCheck,
  ConflictingRecords,
  DmarcAlignment,
  DmarcPolicy,
  DmarcPsd,
  type DnsAccountArgs,
  type DnsArgs,
  type DnsblArgs,
  type DomainArgs,
  FirewallManager,
  type HeloAccessArgs,
  type HostArgs,
  type MailServerArgs,
  MtaStsMode,
  OperatingSystem,
  PatternType,
  RecipientClass,
  RoleAddress,
  SenderClass,
  SpfAll,
  TsigAlgorithm,
} from "../../components/args";
import { hostKey, passwordHash } from "./fixture";

// Args that are valid by the way they are made, with every member and with characters that are odd but allowed.

/** With every kind of name that is taken: hyphens, digits, one letter, letters beyond ASCII, subdomains, many labels. */
const names = [
  ...["example.org", "example.com", "a.example.net", "x--y.example.net", "0.example.org", "1-2-3.example.com"],
  ...["bücher.example", "straße.example.net", "xn--fsqu00a.example", "deep.er.still.example.org", "ExAmple.EDU"],
];
const hostnames = ["mail.example.org", "mx-1.example.net", "a.b.c.example.com", "example.org", "mail.bücher.example"];

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const checks = maybe(
  fc.array(
    fc.record({
      pattern: fc.constantFrom("^X-Note:", "a/b", "[]a]"),
      action: fc.constantFrom(CheckAction.Hold, CheckAction.Reject),
      text: maybe(fc.constantFrom("no", "5.7.1 never")),
    }),
  ),
);
const rewrites = maybe(
  fc.constantFrom<AddressRewriteArgs[]>(
    [{ address: "@old.example.net", to: "@example.net" }],
    [{ pattern: "^(a)", to: "$1@c.example.net" }],
  ),
);
const copies = maybe(fc.constant<BccArgs[]>([{ address: "@example.net", to: "someone@example.net" }]));
const verdicts = [{ action: AccessAction.Ok }, { action: AccessAction.Reject, text: "5.7.1 no" }];
const addressed = maybe(
  fc.constantFrom<AddressAccessArgs[]>(
    ...verdicts.map((verdict) => [
      { address: "x@", ...verdict },
      { address: "example.net", ...verdict },
    ]),
  ),
);
const number = maybe(fc.integer({ min: 0, max: 50 }));
const clientCheck = maybe(fc.constantFrom(...Object.values(ClientCheck)));

/** Members of `postfix` that become tables and restrictions. */
const rules = {
  patternType: maybe(fc.constantFrom(...Object.values(PatternType))),
  headerChecks: checks,
  mimeHeaderChecks: checks,
  bodyChecks: checks,
  senderCanonicalMaps: rewrites,
  senderCanonicalClasses: maybe(fc.constant<SenderClass[]>([SenderClass.Header])),
  recipientCanonicalMaps: rewrites,
  recipientCanonicalClasses: maybe(fc.constant<RecipientClass[]>([RecipientClass.Envelope])),
  smtpGenericMaps: rewrites,
  alwaysBcc: maybe(fc.constant("someone@example.net")),
  senderBccMaps: copies,
  recipientBccMaps: copies,
  clientAccess: maybe(
    fc.constantFrom<ClientAccessArgs[]>(
      ...verdicts.map((verdict) => [
        { address: "203.0.113.1", ...verdict },
        { name: "a.example.net", ...verdict },
      ]),
    ),
  ),
  heloAccess: maybe(
    fc.constantFrom<HeloAccessArgs[]>(...verdicts.map((verdict) => [{ name: "localhost", ...verdict }])),
  ),
  senderAccess: addressed,
  clientLimits: maybe(
    fc.record({
      connectionCount: number,
      connectionRate: number,
      messageRate: number,
      recipientRate: number,
      authRate: number,
    }),
  ),
  unknownClientHostname: clientCheck,
  unknownReverseClientHostname: clientCheck,
  dnsbls: maybe(
    fc.constant<DnsblArgs[]>([{ domain: "dnsbl.example.net", filter: "127.0.0.[2..11]", action: ClientCheck.Warn }]),
  ),
};

/** The first character is a letter or digit; no dot is at the end or beside another. */
const local = fc.oneof(
  fc.constantFrom("anna", "a.b", "0", "x_y", "a--b", "o-", "a_", "1.2.3", "a.-b", `${"l".repeat(64)}`),
  fc.stringMatching(/^[a-z0-9]([.]?[a-z0-9_-]){0,12}$/),
);
const elsewhere = fc.constantFrom(
  ..."someone@example.net o'brien@example.net a+b@example.net #1!$%&'*=?^_`{|}~-x@example.net".split(" "),
  ..."Mixed.Case@Example.NET x@sub.bücher.example a/b=c@example.net".split(" "),
);
const weakPasswordHash = passwordHash.replace("$10$", "$05$");
const flag = maybe(fc.boolean());
const seconds = maybe(fc.constantFrom(30, 60, 3600, 604800));
const selectors = ["mail", "next", "s2026", "a.b-c", "0"];
const ports = [22, 2222, 8025, 65535];

const rfc2136 = fc.record(
  {
    server: fc.constantFrom("192.0.2.53", "2001:db8::53", "ns1.example.net"),
    port: maybe(fc.constantFrom(53, 5353)),
    keyName: fc.constantFrom("key", "a.b-c_d."),
    keyAlgorithm: maybe(fc.constantFrom(...Object.values(TsigAlgorithm))),
    keySecret: fc.constant("dG9wLXNlY3JldC1rZXk="),
    ttl: seconds,
    conflictingRecords: maybe(fc.constantFrom(...Object.values(ConflictingRecords))),
  },
  { requiredKeys: ["server", "keyName", "keySecret"] },
);
/** An account at each provider, by the names that zones have them by. */
const accounts: fc.Arbitrary<DnsAccountArgs[]> = fc.tuple(
  fc.record({
    name: fc.constant("at-ovh"),
    ovh: fc.oneof(
      fc.constant({ applicationKey: "key", applicationSecret: "secret", consumerKey: "granted" }),
      fc.record({
        endpoint: maybe(fc.constant("ovh-ca")),
        clientId: fc.constant("id"),
        clientSecret: fc.constant("s"),
      }),
      fc.constant({ accessToken: "a token" }),
    ),
  }),
  fc.constant({ name: "cf2", cloudflare: { apiToken: "token" } }),
  fc.constant({ name: "3", hetzner: { token: "0".repeat(64) } }),
);
const at = (name: string) => maybe(fc.constant(name));
const known = maybe(fc.constantFrom(ConflictingRecords.Fail, ConflictingRecords.Keep));
const dns: fc.Arbitrary<DnsArgs> = fc.oneof(
  fc.record({ rfc2136 }),
  fc.record({ zoneFile: fc.record({ ttl: seconds }) }),
  fc.record({
    ovh: fc.record({
      ttl: maybe(fc.constantFrom(0, 60, 3600)),
      conflictingRecords: known,
      account: at("at-ovh"),
    }),
  }),
  fc.record({ hetzner: fc.record({ conflictingRecords: known, account: at("3") }) }),
  fc.record({
    cloudflare: fc.record({
      zoneId: fc.constantFrom("0".repeat(32), "0123456789abcdef0123456789abcdef"),
      ttl: maybe(fc.constantFrom(1, 60, 86400)),
      conflictingRecords: known,
      account: at("cf2"),
    }),
  }),
);

const access = {
  port: maybe(fc.constantFrom(...ports)),
  user: maybe(fc.constantFrom("root", "debian", "_x-1")),
  privateKey: maybe(fc.constant("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")),
  privateKeyPassword: maybe(fc.constant("over hill")),
  agentSocketPath: maybe(fc.constant("/run/agent.sock")),
};
const order = fc.record({
  planCode: fc.constantFrom("vps-2025-model1", "vps-2025-model2"),
  datacenter: fc.constantFrom("GRA", "SBG"),
  image: fc.constantFrom("Debian 13", "Debian 12"),
  ovhSubsidiary: fc.constantFrom("FR", "WE"),
  displayName: maybe(fc.constantFrom("mail", "mäil")),
});
const host: fc.Arbitrary<HostArgs> = fc.oneof(
  fc.record({
    ssh: fc.record({
      ...access,
      ipv4Address: fc.constantFrom("198.51.100.7", "198.51.100.8"),
      ipv6Address: maybe(fc.constantFrom("2001:db8:51::7", "2001:DB8:51:0::8")),
      hostKey: fc.constantFrom(hostKey, `${hostKey} root@machine`),
    }),
  }),
  fc
    .record({
      ...access,
      bought: fc.boolean(),
      order,
      enableIpv6: flag,
      ipv4Address: maybe(fc.constant("198.51.100.7")),
      ipv6Address: maybe(fc.constant("2001:db8:51::7")),
      trusted: fc.boolean(),
      enableEdgeFirewall: flag,
    })
    .map(({ bought, order, trusted, ipv6Address, ...rest }) => ({
      ovhVps: {
        ...rest,
        ...(rest.enableIpv6 === false ? {} : { ipv6Address }),
        ...(bought ? { order } : { serviceName: "vps-1.vps.ovh.net" }),
        ...(trusted ? { trustOnFirstUse: true } : { hostKey }),
      },
    })),
);

/** Selectors, each of one use. */
const dkim = fc
  .record({
    drawn: fc.shuffledSubarray(selectors, { minLength: 1 }),
    cut: fc.nat(3),
    testMode: flag,
    exactDomain: flag,
    keySize: maybe(fc.constantFrom(2048, 3072, 4096)),
  })
  .map(({ drawn: [selector, ...rest], cut, ...others }) => ({
    ...{ selector, standbySelectors: rest.slice(0, cut), revokedSelectors: rest.slice(cut), ...others },
  }));

const reports = maybe(fc.uniqueArray(elsewhere, { minLength: 1, maxLength: 2 }));
const policy = maybe(fc.constantFrom(...Object.values(DmarcPolicy)));
const alignment = maybe(fc.constantFrom(...Object.values(DmarcAlignment)));
const dmarc = fc.record({
  ...{ p: policy, sp: policy, np: policy, adkim: alignment, aspf: alignment, rua: reports, ruf: reports },
  fo: maybe(fc.constantFrom("0", "1:d:s")),
  t: flag,
  psd: maybe(fc.constantFrom(...Object.values(DmarcPsd))),
  pct: maybe(fc.integer({ min: 0, max: 100 })),
});
const spf = fc.record({
  include: maybe(fc.uniqueArray(fc.constantFrom("_spf.example.net", "%{i}._ip.%{h}.example.com"), { maxLength: 2 })),
  ip4: maybe(fc.constantFrom<string[]>(["203.0.113.9", "203.0.113.0/24"])),
  ip6: maybe(fc.constantFrom<string[]>(["2001:db8::/32"])),
  all: maybe(fc.constantFrom(...Object.values(SpfAll))),
});

/** A domain, but for what names addresses of the server. */
const domain = (name: string): fc.Arbitrary<DomainArgs> =>
  fc.record({
    name: fc.constant(name),
    dkim: maybe(dkim),
    dmarc: maybe(dmarc),
    mtaSts: maybe(
      fc.record({ mode: fc.constantFrom(...Object.values(MtaStsMode)), maxAge: maybe(fc.constant(86400)) }),
    ),
    enableAutoconfig: flag,
    spf: maybe(spf),
    tlsRpt: maybe(reports.map((rua) => rua && { rua })),
    enableSrvRecords: flag,
    enableCaa: flag,
    dns: maybe(dns),
  });

const size = fc.constantFrom("1M", "20g", "999999T", "unlimited");

/** Args of a whole server. Whatever the generators draw is valid; `validArgs.test.ts` sees to that, and that each member is drawn. */
export const validArgs: fc.Arbitrary<MailServerArgs> = fc
  .tuple(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }), fc.constantFrom("+", "", "+=", "~"))
  .chain(([chosen, recipientDelimiter]) => {
    const first = chosen[0] ?? "";
    return fc
      .record({
        hostname: fc.constantFrom(...hostnames),
        operatingSystem: fc.constantFrom(...Object.values(OperatingSystem)),
        host,
        domains: fc.tuple(...chosen.map(domain)),
        caught: fc.uniqueArray(fc.constantFrom(...chosen)),
        catchAllSends: flag,
        aliasDomain: fc.boolean(),
        locals: fc.uniqueArray(local, { minLength: 1, maxLength: 4 }),
        homes: fc.array(fc.constantFrom(...chosen), { minLength: 4, maxLength: 4 }),
        secret: fc.constantFrom({ password: "a walk by the sea" }, { passwordHash }, { weakPasswordHash }),
        others: fc.uniqueArray(local, { maxLength: 3 }),
        destinations: fc.uniqueArray(elsewhere, { minLength: 1, maxLength: 3 }),
        postmaster: maybe(fc.oneof(elsewhere, fc.constant("first"))),
        trustedClients: maybe(fc.constantFrom<string[]>([], ["203.0.113.0/24", "2001:db8::9"])),
        quota: maybe(
          fc.record({ storageSize: maybe(size), warningPercentage: maybe(fc.integer({ min: 50, max: 99 })) }),
        ),
        limits: fc.array(maybe(size), { minLength: 4, maxLength: 4 }),
        roleAddresses: maybe(fc.uniqueArray(fc.constantFrom(...Object.values(RoleAddress)))),
        accounts: fc.uniqueArray(fc.constantFrom("xaver", "zoe9"), { maxLength: 2 }),
        enableForwardFiles: flag,
        contacts: fc.uniqueArray(fc.constantFrom("contact", "a.b"), { maxLength: 2 }),
        mailStore: maybe(fc.constantFrom("/var/vmail", "/srv/mail_2/a.b")),
        queueMinFree: maybe(fc.integer({ min: 1610612736, max: 1099511627776 })),
        messageSizeLimit: maybe(fc.integer({ min: 65536, max: 1073741824 })),
        enablePop3: flag,
        enableSieve: flag,
        script: fc.constantFrom("", "keep;", 'require "fileinto";\nfileinto "Junk";\n'),
        enableImapStartTls: flag,
        enableSubmissionStartTls: flag,
        additionalSubmissionPorts: maybe(fc.constantFrom<number[]>([], [2526])),
        enableFail2ban: flag,
        setHostname: flag,
        outboundProbe: maybe(fc.record({ enabled: flag, hostname: maybe(fc.constant("mx.example.net")) })),
        unattendedUpgrades: maybe(fc.record({ automaticRebootTime: maybe(fc.constantFrom("00:00", "23:59")) })),
        tools: maybe(
          fc.record({
            enableMailx: flag,
            enableMailLog: flag,
            pflogsumm: maybe(fc.record({ enableDailyReport: flag })),
          }),
        ),
        neverBanned: maybe(fc.constantFrom<string[]>([], ["203.0.113.0/24", "2001:db8::9"])),
        hostnameDkim: maybe(dkim),
        requireReverseDns: flag,
        keepClientHeaders: flag,
        withFreeSender: fc.boolean(),
        relayHost: maybe(
          fc.oneof(
            fc.record({ hostname: fc.constant("smtp.example.net"), port: maybe(fc.constantFrom(25, 465)) }),
            fc.record({
              hostname: fc.constant("smtp.example.net"),
              user: fc.constantFrom("anna", "a@b", "x\\y"),
              password: fc.constant("over: hill"),
            }),
          ),
        ),
        acme: fc.oneof(
          fc.record({
            directoryUrl: maybe(fc.constant("https://acme.example.net/directory")),
            email: maybe(elsewhere),
            caaIdentity: maybe(fc.constant("example.net")),
          }),
          fc.record({
            directoryUrl: fc.constant("https://acme.zerossl.com/v2/DV90"),
            externalAccount: fc.constant({ keyId: "kid-1", hmacKey: "QSBrZXkgb2YgbW9yZSB0aGFuIHR3ZWx2ZQ" }),
          }),
        ),
        dns,
        dnsAccounts: accounts,
        reverseDns: maybe(
          fc.oneof(
            fc.record({ rfc2136 }),
            fc.record({ hetzner: fc.record({ serverId: fc.constantFrom(1, 42_110_110), account: at("3") }) }),
            fc.record({
              ovh: fc.record({
                blockV4: maybe(fc.constant("198.51.100.0/28")),
                blockV6: maybe(fc.constant("2001:db8::/32")),
                account: at("at-ovh"),
              }),
            }),
          ),
        ),
        enableDane: flag,
        enableCaa: flag,
        parkedDomains: maybe(fc.uniqueArray(fc.constantFrom("parked.example.edu", "www.example.edu"))),
        firewall: maybe(
          fc.record({
            enabled: flag,
            manager: maybe(fc.constantFrom(...Object.values(FirewallManager))),
            sshPorts: maybe(fc.uniqueArray(fc.constantFrom(22, 2222), { minLength: 1, maxLength: 2 })),
            additionalTcpPorts: maybe(fc.constantFrom<number[]>([], [8443])),
          }),
        ),
        postfix: maybe(
          fc
            .record({
              ...rules,
              strict: fc.oneof(
                fc.record({ recipientAccess: addressed }),
                fc.record({ rejectAllRecipients: fc.boolean() }),
              ),
              mainCf: maybe(fc.constant({ bounce_queue_lifetime: "2d" })),
              masterCf: maybe(fc.constantFrom<string[]>(["2525 inet n - y - - smtpd\n  -o syslog_name=postfix/2525"])),
            })
            .map(({ strict, ...rest }) => ({ ...rest, ...strict })),
        ),
        dovecot: maybe(fc.record({ conf: maybe(fc.constantFrom("", "mail_debug = yes")) })),
        opendkim: maybe(fc.record({ conf: maybe(fc.constantFrom("", "LogWhy yes\n\n")) })),
        enableProbe: flag,
        triggers: maybe(fc.array(fc.constantFrom("again", ""), { maxLength: 2 })),
      })
      .map(
        ({
          caught,
          catchAllSends,
          aliasDomain,
          locals,
          homes,
          secret,
          limits,
          accounts,
          enableForwardFiles,
          contacts,
          others,
          destinations,
          postmaster,
          acme,
          domains,
          ...more
        }) => {
          const { keepClientHeaders, withFreeSender, hostnameDkim, script, ...rest } = more;
          const sieve = rest.enableSieve ? script : undefined;
          const free = (text: string) => ![...recipientDelimiter].some((character) => text.includes(character));
          const mailboxes = locals.filter(free).map((each, index) => ({
            address: `${each}@${homes[index]}`,
            ...secret,
            sieve,
            quota: limits[index],
          }));
          const box = mailboxes[0]?.address;
          const targets = [...destinations, ...(box === undefined ? [] : [box])];
          const aliases = others
            .filter((each) => free(each) && !locals.includes(each))
            .map((each) => ({ address: `${each}@${first}`, destinations: targets }));
          const catching = domains.map((each, index) => {
            if (index > 0 && aliasDomain) return { ...each, aliasOf: first };
            return box !== undefined && caught.includes(each.name) ? { ...each, catchAll: box, catchAllSends } : each;
          });
          const receiver = postmaster === "first" || box === undefined ? (box ?? "someone@example.net") : postmaster;
          return {
            ...{ ...rest, recipientDelimiter, domains: catching, mailboxes, aliases, certificate: { acme } },
            localAliases: contacts.map((name) => ({ name, destinations: targets })),
            ...(receiver === undefined ? {} : { postmaster: receiver }),
            ...(chosen.includes(rest.hostname) || accounts.length === 0
              ? {}
              : { systemAccounts: { names: accounts, enableForwardFiles } }),
            ...(chosen.includes(rest.hostname) ? {} : { hostnameDkim }),
            ...(sieve === undefined || accounts.length > 0 ? {} : { sieve: { before: sieve, after: sieve } }),
            submission: { keepClientHeaders, freeSenders: withFreeSender && box !== undefined ? [box] : undefined },
          };
        },
      );
  });
