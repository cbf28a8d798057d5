import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { MailServerArgs } from "../../components/args";
import { parseHostKey } from "../../components/hostKey";
import { passwordProblem, withScheme } from "../../components/passwords";
import { validate } from "../../components/validate";
import { exampleArgs, hostKey, passwordHash } from "./fixture";
import { known } from "./host/mocked";

/** The problems that are found in args, as `path: reason`. */
function problems(args: unknown): string[] {
  try {
    validate(args as MailServerArgs);
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    return error.errors.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`);
  }
  return [];
}

describe("validation", () => {
  it("validation takes a complete server and fills in the defaults", () => {
    const valid = validate(exampleArgs());
    expect(valid.recipientDelimiter).toBe("+");
    expect(valid.messageSizeLimit).toBe(52428800);
    expect(valid.enablePop3).toBe(false);
    expect(valid.domains[0]).toMatchObject({ dkim: { selector: "mail" }, dmarc: { p: "quarantine" } });
    expect(valid.host.ssh).toMatchObject({ port: 22, user: "root" });
    expect(valid.certificate.acme?.directoryUrl).toBe("https://acme-v02.api.letsencrypt.org/directory");
  });

  it("validation finds everything at once, malformed and contradictory, each with its path", () => {
    const found = problems({
      ...exampleArgs(),
      hostname: "mail",
      operatingSystem: "plan-9",
      dns: {},
      domains: [{ name: "example.org" }, { name: "example.org" }, { name: 7 }],
      mailboxes: [
        { address: "anna@example.org", passwordHash },
        { address: "anna@example.org", passwordHash },
        { address: "x y@example.org", passwordHash },
      ],
      colour: "red",
    });
    expect(found.map((each) => each.split(": ")[0])).toEqual(
      expect.arrayContaining([
        "hostname",
        "operatingSystem",
        "dns",
        "domains[1].name",
        "domains[2].name",
        "mailboxes[1].address",
        "mailboxes[2].address",
        "colour",
      ]),
    );
  });

  it("validation says nothing of what could only be wrong because something else could not be read", () => {
    const found = problems({
      ...exampleArgs(),
      domains: [{ name: "example.org" }, { name: 7 }],
      mailboxes: [
        { address: "anna@example.org", passwordHash: "none" },
        { address: "ben@example.com", passwordHash },
      ],
      aliases: [{ address: "anna@example.org", destinations: ["anna@example.org", "carla@example.org"] }],
      postmaster: "nobody",
      host: { ssh: {} },
      dns: { ovh: { zone: "example.net", ttl: 1 } },
      recipientDelimiter: 7,
    });
    expect(found.map((each) => each.split(": ")[0])).toEqual([
      ...["host.ssh.ipv4Address", "host.ssh.hostKey", "domains[1].name", "mailboxes[0].passwordHash"],
      ...["postmaster", "recipientDelimiter", "dns.ovh.ttl"],
    ]);
  });

  it.each<[string, Partial<Record<keyof MailServerArgs, unknown>>, RegExp]>([
    [
      "a password for a relay host without a user",
      { relayHost: { hostname: "smtp.example.net", password: "hill" } },
      /^relayHost\.password: is given alone; give user and password, or neither/,
    ],
    [
      "a password of two lines, and says not which",
      { relayHost: { hostname: "smtp.example.net", user: "anna", password: "two\nlines" } },
      /^relayHost\.password: must be one line, not empty, without spaces at its ends$/,
    ],
    [
      "an authority that demands an external account, and none is given",
      { certificate: { acme: { directoryUrl: "https://acme.zerossl.com/v2/DV90" } } },
      /^certificate\.acme\.externalAccount: is missing, and ZeroSSL opens .*give \{ keyId, hmacKey \}/,
    ],
    [
      "an HMAC key in ordinary base64, and says not which",
      { certificate: { acme: { externalAccount: { keyId: "kid-1", hmacKey: "a+b/c+d/e+f/g+h/i+j/" } } } },
      /^certificate\.acme\.externalAccount\.hmacKey: must be base64url of 12 bytes or more, .*$/,
    ],
    [
      "a key identifier with a space",
      { certificate: { acme: { externalAccount: { keyId: "kid 1", hmacKey: "A".repeat(64) } } } },
      /^certificate\.acme\.externalAccount\.keyId: "kid 1" is not a key identifier; give the one that the authority gave \(EAB KID\)$/,
    ],
    [
      "a server that relays to itself",
      { relayHost: { hostname: "mail.example.org" } },
      /^relayHost\.hostname: "mail\.example\.org" is this server itself/,
    ],
    [
      "a mailbox outside every domain",
      { domains: [{ name: "example.org" }], mailboxes: [{ address: "a@example.net", passwordHash }] },
      /^mailboxes\[0\]\.address: .*outside.*add example\.net to domains/,
    ],
    [
      "no password",
      { mailboxes: [{ address: "anna@example.org" }] },
      /^mailboxes\[0\]: must have exactly one of .*got none/,
    ],
    [
      "two passwords",
      { mailboxes: [{ address: "anna@example.org", password: "long enough", passwordHash }] },
      /^mailboxes\[0\]: must have exactly one/,
    ],
    [
      "an alias loop",
      {
        aliases: [
          { address: "a@example.org", destinations: ["b@example.org"] },
          { address: "b@example.org", destinations: ["a@example.org"] },
        ],
      },
      /^aliases\[0\]: leads back to itself \(a@example\.org -> b@example\.org -> a@example\.org\)/,
    ],
    [
      "an alias loop by a sub-address",
      { aliases: [{ address: "a@example.org", destinations: ["a+x@example.org"] }] },
      /^aliases\[0\]: leads back to itself/,
    ],
    [
      "a mailbox that is an alias for a sub-address of itself",
      { aliases: [{ address: "anna@example.org", destinations: ["anna+x@example.org", "ben@example.com"] }] },
      /^aliases\[0\]: leads back to itself/,
    ],
    [
      "an alias to nobody",
      { aliases: [{ address: "a@example.org", destinations: ["nobody@example.org"] }] },
      /^aliases\[0\]\.destinations\[0\]: "nobody@example\.org" is neither/,
    ],
    [
      "a catch-all to nobody",
      { domains: [{ name: "example.org", catchAll: "x@example.org" }, { name: "example.com" }] },
      /^domains\[0\]\.catchAll: .*is neither/,
    ],
    [
      "an address for the authority that nobody receives",
      { certificate: { acme: { email: "hostmaster@example.org" } } },
      /^certificate\.acme\.email: "hostmaster@example\.org" is neither a mailbox nor an alias of this server/,
    ],
    [
      "an address for reports that nobody receives",
      {
        domains: [
          {
            name: "example.org",
            dmarc: { rua: ["dmarc@example.org", "abuse@example.org"] },
            tlsRpt: { rua: ["a@example.net"] },
          },
          { name: "example.com" },
        ],
      },
      /^domains\[0\]\.dmarc\.rua\[0\]: "dmarc@example\.org" is neither/,
    ],
    ["no domain", { domains: [] }, /^domains: must name at least one domain/],
    [
      "no mailbox and no postmaster",
      { mailboxes: [], aliases: [], domains: [{ name: "example.org" }] },
      /^postmaster: is missing/,
    ],
    [
      "the delimiter in an address",
      {
        domains: [{ name: "example.org" }],
        recipientDelimiter: "-",
        mailboxes: [{ address: "a-b@example.org", passwordHash }],
      },
      /recipientDelimiter "-"/,
    ],
    [
      "a delimiter that Postfix takes for a route",
      { recipientDelimiter: "+%" },
      /^recipientDelimiter: .*has % or !, which/,
    ],
    [
      "a delimiter that is a letter",
      { recipientDelimiter: "x" },
      /^recipientDelimiter: .*is not a delimiter; allowed are/,
    ],
    [
      "an address that is too long for SMTP",
      { postmaster: `${"x".repeat(64)}@${"label-of-twenty-two.".repeat(10)}example.org` },
      /^postmaster: .*has 276 characters; allowed are 254/,
    ],
    ["a message size below reason", { messageSizeLimit: 1 }, /^messageSizeLimit: must be 65536/],
    [
      "a queue without room for a message and a half",
      { queueMinFree: 98304 },
      /^queueMinFree: 98304 is less than 1\.5 times messageSizeLimit \(78643200\); give that/,
    ],
    [
      "a size without a unit",
      { quota: { storageSize: "5000" } },
      /^quota\.storageSize: "5000" is no size of a mailbox/,
    ],
    [
      "a size of a mailbox with another unit",
      { mailboxes: [{ address: "anna@example.org", passwordHash, quota: "5 GB" }] },
      /^mailboxes\[0\]\.quota: "5 GB" is no size of a mailbox; allowed are .* such as 500M or 5G, and unlimited$/,
    ],
    [
      "a warning about a mailbox that is full",
      { quota: { warningPercentage: 100 } },
      /^quota\.warningPercentage: must be 50 to 99; got 100$/,
    ],
    ["a mail store that is relative", { mailStore: "vmail" }, /^mailStore: "vmail" is no path that is taken here/],
    ["a mail store with a way up", { mailStore: "/srv/../etc" }, /^mailStore: .* is no path that is taken here/],
    ["a mail store in the root", { mailStore: "/" }, /^mailStore: "\/" is no path that is taken here/],
    [
      "a mail store in the system",
      { mailStore: "/var/lib/vmail" },
      /^mailStore: .* is in \/var\/lib, which is the system's/,
    ],
    ["a home as the mail store", { mailStore: "/home/anna" }, /^mailStore: .* is in \/home, which is the system's/],
    ["a folder of the system as the mail store", { mailStore: "/lib64" }, /^mailStore: .* is in \/lib64, which/],
    [
      "a mail store that others use, too",
      { mailStore: "/var/mail" },
      /^mailStore: "\/var\/mail" is a folder that others use, too; give one within it, as \/var\/mail\/vmail$/,
    ],
    [
      "an account with capitals",
      { systemAccounts: { names: ["Anna"] } },
      /^systemAccounts\.names\[0\]: "Anna" is not the name of a person's account; .*\(useradd\(8\)\)$/,
    ],
    ["no account", { systemAccounts: { names: [] } }, /^systemAccounts\.names: must name at least one account/],
    [
      "an account twice",
      { systemAccounts: { names: ["anna", "anna"] } },
      /^systemAccounts\.names\[1\]: "anna" is there already, as systemAccounts\.names\[0\]/,
    ],
    [
      "root as a person",
      { systemAccounts: { names: ["root"] } },
      /^systemAccounts\.names\[0\]: "root" is a name of the machine whose mail goes elsewhere/,
    ],
    [
      "an account with the delimiter in its name",
      { systemAccounts: { names: ["anna-b"] }, recipientDelimiter: "-" },
      /^systemAccounts\.names\[0\]: "anna-b" contains the recipientDelimiter "-"/,
    ],
    [
      "accounts at a domain of mailboxes",
      { hostname: "example.org", systemAccounts: { names: ["carl"] } },
      /^systemAccounts: have addresses at the hostname "example\.org", which is domains\[0\]\.name/,
    ],
    [
      "a name of the machine with a domain",
      { localAliases: [{ name: "contact@localhost", destinations: ["anna@example.org"] }] },
      /^localAliases\[0\]\.name: "contact@localhost" is not a name that can be an alias here/,
    ],
    [
      "a name of the machine that runs something",
      { localAliases: [{ name: "contact", destinations: ["|/bin/sh@example.net"] }] },
      /^localAliases\[0\]\.destinations\[0\]: .* has a local part that Postfix would take for a command/,
    ],
    [
      "a name of the machine that goes nowhere",
      { localAliases: [{ name: "contact", destinations: ["nobody@mail.example.org"] }] },
      /^localAliases\[0\]\.destinations\[0\]: "nobody@mail\.example\.org" is neither a mailbox nor an alias/,
    ],
    [
      "names of the machine that lead to each other",
      {
        localAliases: [
          { name: "contact", destinations: ["info@mail.example.org"] },
          { name: "info", destinations: ["contact@mail.example.org"] },
        ],
      },
      /^localAliases\[0\]: leads back to itself \(contact@mail\.example\.org -> info@mail\.example\.org -> contact/,
    ],
    [
      "the machine's mail to the machine",
      { postmaster: "root@mail.example.org" },
      /^postmaster: leads back to itself \(root@mail\.example\.org -> root@mail\.example\.org\)/,
    ],
    [
      "an unknown role",
      { roleAddresses: ["info"] },
      /^roleAddresses\[0\]: "info" is not allowed; allowed are "hostmaster"/,
    ],
    ["a message size in words", { messageSizeLimit: "50 MB" }, /^messageSizeLimit: must be a number; got "50 MB"/],
    [
      "two DNS adapters",
      { dns: { zoneFile: {}, rfc2136: { server: "192.0.2.1", keyName: "k", keySecret: "c2VjcmV0c2VjcmV0" } } },
      /^dns: must have exactly one of dns\.rfc2136, dns\.zoneFile, dns\.ovh, dns\.cloudflare and dns\.hetzner; got rfc2136 and zoneFile/,
    ],
    [
      "a domain outside the OVH zone",
      { dns: { ovh: { zone: "example.org" } } },
      /^domains\[1\]\.name: "example\.com" is outside the zone "example\.org" of dns\.ovh; leave ovh\.zone out/,
    ],
    [
      "a domain outside its own OVH zone",
      {
        domains: [{ name: "example.org" }, { name: "example.com", dns: { ovh: { zone: "example.net" } } }],
      },
      /^domains\[1\]\.name: "example\.com" is outside the zone "example\.net" of domains\[1\]\.dns\.ovh/,
    ],
    [
      "a hostname outside the OVH zone",
      {
        hostname: "mail.example.net",
        domains: [{ name: "example.org" }],
        dns: { ovh: { zone: "example.org" } },
        mailboxes: [],
        postmaster: "someone@example.net",
      },
      /^hostname: "mail\.example\.net" is outside the zone/,
    ],
    [
      "a domain with no DNS of its kind",
      { domains: [{ name: "example.org", dns: {} }, { name: "example.com" }] },
      /^domains\[0\]\.dns: must have exactly one of .*got none/,
    ],
    ["a ttl that OVH refuses", { dns: { ovh: { ttl: 59 } } }, /^dns\.ovh\.ttl: 59 must be 0 or 60 to 604800 seconds/],
    [
      "a ttl that Cloudflare refuses",
      { dns: { cloudflare: { zoneId: "0".repeat(32), ttl: 0 } } },
      /^dns\.cloudflare\.ttl: 0 must be 1 or 60 to 86400 seconds/,
    ],
    [
      "records to be replaced where no provider does it",
      { dns: { ovh: { conflictingRecords: "replace" } } },
      /^dns\.ovh\.conflictingRecords: "replace" is possible for rfc2136 only; delete the records/,
    ],
    [
      "a zone name as Cloudflare's zone ID",
      { dns: { cloudflare: { zoneId: "example.org" } } },
      /^dns\.cloudflare\.zoneId: "example\.org" is not a zone ID/,
    ],
    [
      "an account that is not there",
      {
        dns: { cloudflare: { zoneId: "0".repeat(32), account: "other" } },
        dnsAccounts: [
          { name: "spare", cloudflare: { apiToken: "token" } },
          { name: "other", hetzner: { token: "token" } },
        ],
      },
      /^dns\.cloudflare\.account: "other" is no account of dnsAccounts that has a member cloudflare; there: "spare"$/,
    ],
    [
      "an account of PTR records that is not there",
      { reverseDns: { ovh: { account: "other" } } },
      /^reverseDns\.ovh\.account: "other" is no account of dnsAccounts that has a member ovh; there: none/,
    ],
    [
      "two accounts of one name",
      {
        dnsAccounts: [
          { name: "other", hetzner: { token: "token" } },
          { name: "other", cloudflare: { apiToken: "token" } },
        ],
      },
      /^dnsAccounts\[1\]\.name: "other" is dnsAccounts\[0\]\.name already/,
    ],
    [
      "an account at two providers",
      { dnsAccounts: [{ name: "other", hetzner: { token: "token" }, cloudflare: { apiToken: "token" } }] },
      /^dnsAccounts\[0\]: must have exactly one of dnsAccounts\[0\]\.ovh, .*; got cloudflare and hetzner/,
    ],
    [
      "an account with a name that no resource has",
      { dnsAccounts: [{ name: "Other one", hetzner: { token: "token" } }] },
      /^dnsAccounts\[0\]\.name: "Other one" is not a name for an account; allowed are up to 32/,
    ],
    [
      "half of what logs in at OVH",
      { dnsAccounts: [{ name: "other", ovh: { clientId: "an-id", consumerKey: "a-key" } }] },
      /^dnsAccounts\[0\]\.ovh: \{.*\} must have applicationKey, applicationSecret and consumerKey, or clientId and clientSecret, or accessToken; got consumerKey, clientId$/,
    ],
    [
      "a token of two lines, without a word of it",
      { dnsAccounts: [{ name: "other", cloudflare: { apiToken: "of\ntwo lines" } }] },
      /^dnsAccounts\[0\]\.cloudflare\.apiToken: must be one line of printable ASCII characters/,
    ],
    [
      "a parked domain that is in use",
      { parkedDomains: ["www.example.org", "example.com"] },
      /^parkedDomains\[1\]: "example\.com" is domains\[1\]\.name already/,
    ],
    [
      "a parked domain that is a web name",
      {
        domains: [{ name: "example.org", enableAutoconfig: true }, { name: "example.com" }],
        parkedDomains: ["autoconfig.example.org"],
      },
      /^parkedDomains\[0\]: "autoconfig\.example\.org" is a web name of domains\[0\] already/,
    ],
    [
      "a parked domain outside the OVH zone",
      {
        dns: { ovh: { zone: "example.org" } },
        domains: [{ name: "example.org" }, { name: "example.com", dns: { zoneFile: {} } }],
        parkedDomains: ["example.net"],
      },
      /^parkedDomains\[0\]: "example\.net" is outside the zone/,
    ],
    [
      "an SPF record that costs too many look-ups",
      {
        domains: [
          { name: "example.org", spf: { include: Array.from({ length: 10 }, (_, index) => `s${index}.example.net`) } },
          { name: "example.com" },
        ],
      },
      /^domains\[0\]\.spf\.include: makes receivers look up 11 names; allowed are 10/,
    ],
    [
      "an SPF address block that is none",
      { domains: [{ name: "example.org", spf: { ip4: ["203.0.113.0/33"] } }, { name: "example.com" }] },
      /^domains\[0\]\.spf\.ip4\[0\]: "203\.0\.113\.0\/33" has no prefix length of 1 to 32/,
    ],
    [
      "an SPF mechanism where a domain should be",
      { domains: [{ name: "example.org", spf: { include: ["include:x.example all"] } }, { name: "example.com" }] },
      /^domains\[0\]\.spf\.include\[0\]: /,
    ],
    [
      "SSH on a mail port",
      { firewall: { sshPorts: [25] } },
      /^firewall\.sshPorts\[0\]: 25 is a port of the mail server/,
    ],
    [
      "an ACME directory without TLS",
      { certificate: { acme: { directoryUrl: "http://acme.example" } } },
      /directoryUrl: "http:/,
    ],
    ["no SSH host", { host: {} }, /^host: must have exactly one of host\.ssh and host\.ovhVps; got none/],
  ])("validation fails on %s", (_what, changes, message) => {
    expect(problems({ ...exampleArgs(), aliases: [], ...changes })).toEqual([expect.stringMatching(message)]);
  });

  it.each([
    ["nothing", undefined],
    ["a path", "/etc/ssh/ssh_host_ed25519_key.pub"],
    ["a fingerprint", "SHA256:uNiVztksCsDhcc0u9e8BrwJXeSCQLwnXTnTtl5eSnZs"],
    ["two keys", `${hostKey}\n${hostKey}`],
    ["a type that its body denies", hostKey.replace("ssh-ed25519", "ssh-rsa")],
    ["a known_hosts line", `198.51.100.7 ${hostKey}`],
    ["options", `command="x" ${hostKey}`],
    ["a body that is no base64", "ssh-ed25519 $(id)"],
  ])("validation fails on a host key that is %s", (_what, key) => {
    const args = exampleArgs();
    const found = problems({ ...args, host: { ssh: { ...args.host.ssh, hostKey: key } } });
    expect(found).toEqual([expect.stringMatching(/^host\.ssh\.hostKey: /)]);
  });

  it.each([
    "_spf.example.com",
    "_SPF.Example.com",
    "%{i}._ip.%{h}._ehlo.%{d}._spf.vendor.example",
    "%{ir}.%{v}.%{d2r}.spf.example.net",
    "spf.example.net.%{D}",
    "%{l1r-}.a%_b.%{o}",
  ])("validation takes the SPF include %s", (include) => {
    const { domains } = validate(
      exampleArgs({ domains: [{ name: "example.org", spf: { include: [include] } }, { name: "example.com" }] }),
    );
    expect(domains[0]?.spf?.include).toEqual([include.replace("_SPF.Example", "_spf.example")]);
  });

  it.each([
    "%{x}.example.net",
    "%{i.example.net",
    "%i.example.net",
    "100%.example.net",
    "%{c}.example.net",
    "{i}.example.net",
  ])("validation refuses the SPF include %s, whose macro is none", (include) => {
    expect(
      problems(
        exampleArgs({ domains: [{ name: "example.org", spf: { include: [include] } }, { name: "example.com" }] }),
      ),
    ).toEqual([expect.stringContaining("has a macro that is none; allowed are %{LETTER}")]);
  });

  it("validation takes addresses for reports as records have them", () => {
    const domains = [
      {
        name: "example.org",
        dmarc: { rua: ["mailto:someone@example.net"] },
        tlsRpt: { rua: ["MAILTO:someone@example.net"] },
      },
      { name: "example.com" },
    ];
    const [domain] = validate(exampleArgs({ domains })).domains;
    expect([domain?.dmarc.rua, domain?.tlsRpt?.rua]).toEqual([["someone@example.net"], ["someone@example.net"]]);
  });

  it("validation reads trusted clients as Postfix's tables want them, and takes no great part of the Internet", () => {
    const trustedClients = ["203.0.113.9", "203.0.113.9/24", "2001:DB8::1/32", "2001:db8::5"];
    expect(validate(exampleArgs({ trustedClients })).trustedClients).toEqual([
      ...["203.0.113.9", "203.0.113.0/24", "2001:db8::/32", "2001:db8::5"],
    ]);
    for (const block of ["203.0.113.0/33", "1.0.0.0/4", "::/0", "mx.example.net", "2001:db8::/129"])
      expect(problems(exampleArgs({ trustedClients: [block] }))).toEqual([
        expect.stringMatching(/^trustedClients\[0\]: /),
      ]);
  });

  it.each<[string, Partial<MailServerArgs["domains"][number]>, RegExp]>([
    ["of itself", { aliasOf: "example.net" }, /aliasOf: "example\.net" is the domain itself/],
    ["of none of the domains", { aliasOf: "example.edu" }, /aliasOf: "example\.edu" is none of domains/],
    ["with a catch-all", { aliasOf: "example.org", catchAll: "anna@example.org" }, /catchAll: is given beside aliasOf/],
    ["of an alias", { aliasOf: "example.com" }, /aliasOf: "example\.com" is an alias of another domain itself/],
  ])("validation refuses an alias domain %s", (_what, change, message) => {
    const domains = [
      { name: "example.org" },
      { name: "example.com", aliasOf: "example.org" },
      { name: "example.net", ...change },
    ];
    const mailboxes = [{ address: "anna@example.org", passwordHash }];
    expect(problems(exampleArgs({ domains, mailboxes, aliases: [] }))).toEqual([expect.stringMatching(message)]);
  });

  const keyLine = (type: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(type.length);
    return `${type} ${Buffer.concat([length, Buffer.from(type), Buffer.alloc(40)]).toString("base64")} root@machine`;
  };

  it.each(["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"])(
    "validation takes a host key of type %s, without its comment",
    (type) => {
      expect(parseHostKey(`${keyLine(type)}\n`)).toEqual({ value: keyLine(type).replace(" root@machine", "") });
    },
  );

  it.each([
    ["ssh-rsa", "RSA key, which Pulumi can use with SHA-1 only"],
    ["ssh-dss", "DSA key"],
    ["ssh-ed25519-cert-v01@openssh.com", "certificate"],
    ["ssh-rsa-cert-v01@openssh.com", "certificate"],
    ["sk-ssh-ed25519@openssh.com", "security token"],
    ["sk-ecdsa-sha2-nistp256@openssh.com", "security token"],
  ])("validation refuses a host key of type %s and says which to give", (type, what) => {
    const { problem } = parseHostKey(keyLine(type)) as { problem: string };
    expect(problem).toContain(what);
    expect(problem).toContain("give the machine's ed25519 or ecdsa key");
  });

  const bcrypt = (cost: string) => `$2y$${cost}$${"a".repeat(53)}`;
  const argon2 = (work: string) => `$argon2id$v=19$${work}$${"a".repeat(22)}$${"b".repeat(43)}`;
  const sha512 = (rounds: string) => `$6$${rounds}saltsalt$${"a".repeat(86)}`;
  const yescrypt = (work: string) => `$y$${work}$${"a".repeat(22)}$${"b".repeat(43)}`;
  const withHash = (hash: string, member = "passwordHash") =>
    problems(exampleArgs({ mailboxes: [{ address: "anna@example.org", [member]: hash } as never], aliases: [] }));

  it.each([
    ...[
      "{PLAIN}secret",
      "{MD5}abc",
      "hunter2",
      "{BLF-CRYPT}$2y$10$short",
      `${passwordHash}\nroot:x`,
      `${passwordHash}:0:0`,
    ],
    ...["", "{SHA512-CRYPT}$6$", `{SHA512-CRYPT}${bcrypt("10")}`, "$1$abcdefgh$AAAAAAAAAAAAAAAAAAAAA/"],
  ])("validation fails on the password hash %j and does not repeat it", (hash) => {
    for (const member of ["passwordHash", "weakPasswordHash"]) {
      const [found, ...others] = withHash(hash, member);
      expect(others).toEqual([]);
      expect(found).toMatch(new RegExp(`^mailboxes\\[0\\]\\.${member}: is not a password hash that is taken here`));
      if (hash) expect(found).not.toContain(hash);
    }
  });

  it.each([
    ...[bcrypt("10"), bcrypt("12"), sha512(""), sha512("rounds=5000$"), sha512("rounds=500000$")],
    ...[argon2("m=7168,t=5,p=1"), argon2("m=65536,t=3,p=1"), argon2("m=131072,t=4,p=8")],
    ...[yescrypt("j9T"), yescrypt("jBT")],
  ])("validation takes the hash %s, and as weak, too", (hash) => {
    expect(withHash(hash)).toEqual([]);
    expect(withHash(hash, "weakPasswordHash")).toEqual([]);
  });

  it.each([
    ...[bcrypt("04"), bcrypt("09"), sha512("rounds=4999$"), sha512("rounds=1000$")],
    ...[argon2("m=8,t=1,p=1"), argon2("m=7168,t=4,p=1"), argon2("m=7167,t=9,p=1"), yescrypt("j8T"), yescrypt("j75")],
  ])("validation takes the hash %s only as one that is called weak", (hash) => {
    expect(withHash(hash)).toEqual([expect.stringMatching(/passwordHash: is not strong enough: .* weakPasswordHash/)]);
    expect(withHash(hash, "weakPasswordHash")).toEqual([]);
  });

  it.each([
    ...[bcrypt("13"), bcrypt("31"), sha512("rounds=500001$"), sha512("rounds=999999999$"), yescrypt("jFT")],
    ...[argon2("m=131073,t=1,p=1"), argon2("m=65536,t=9,p=1"), argon2("m=65536,t=3,p=9")],
  ])("validation takes the hash %s in no way, as a log-in would hold up all others", (hash) => {
    for (const member of ["passwordHash", "weakPasswordHash"])
      expect(withHash(hash, member)).toEqual([expect.stringContaining("would hold up all others")]);
  });

  it("validation takes a hash as it is meant: with the line end of its file, a scheme in small letters, or none", async () => {
    const read = async (text: string) => {
      const [mailbox] = validate(
        exampleArgs({ mailboxes: [{ address: "anna@example.org", passwordHash: text }], aliases: [] }),
      ).mailboxes;
      return withScheme((await known(mailbox?.passwordHash as pulumi.Output<string>)) ?? "");
    };
    expect(await read(`{blf-crypt}${bcrypt("10")}\r\n`)).toBe(`{BLF-CRYPT}${bcrypt("10")}`);
    expect(await read(` ${sha512("")}\n`)).toBe(`{SHA512-CRYPT}${sha512("")}`);
    expect(await read(argon2("m=65536,t=3,p=1"))).toBe(`{ARGON2ID}${argon2("m=65536,t=3,p=1")}`);
    expect(await read(yescrypt("j9T"))).toBe(`{CRYPT}${yescrypt("j9T")}`);
  });

  it.each([
    ...[
      "password",
      "aaaaaaaaaaaa",
      "1234567890",
      "12345678901234",
      "Password123!",
      "P@ssw0rd2026",
      "qwertyuiop",
      "1q2w3e4r5t6z",
    ],
    ...["passwordpassword", "iloveyou!!", "Administrator1", "admin-2026-01", "ababababab", "2026-01-01!"],
  ])("validation refuses the password %s, which is tried first", (password) => {
    expect(passwordProblem(password)).toMatch(/is one of those that are tried first|give 10 or more/);
  });

  it.each([
    ...[
      "a walk by the sea",
      "correct-horse-battery",
      "rehearsal-anna@example.org",
      "never typed",
      "iAa7ZpQ2xW",
      "пароль для почты",
    ],
    ...['anna-Zq81vK \'"$(id)" \\ %u & ß', "passwordless in Seattle", "admin of seven seas"],
  ])("validation takes the password %s", (password) => {
    expect(passwordProblem(password)).toBeUndefined();
  });

  it("validation never repeats a secret, whatever is wrong with it or around it", () => {
    const secret = "S3cret!";
    const found = problems({
      ...exampleArgs(),
      mailboxes: { 0: { address: "anna@example.org", password: secret } },
      host: { ssh: { ipv4Address: "198.51.100.7", hostKey, privateKey: secret, privateKeyPassword: 1234567 } },
      dns: { rfc2136: { server: "192.0.2.1", keyName: "k", keySecret: secret } },
    }).join("\n");
    expect(found).toContain("mailboxes: must be a list");
    expect(found).toContain("host.ssh.privateKey: ");
    expect(found).not.toContain(secret);
    expect(found).not.toContain("1234567");
  });

  it.each([null, undefined, [], "text", 7])("validation fails on %j as args", (args) => {
    expect(problems(args).length).toBeGreaterThan(0);
  });

  it("validation takes a mailbox that also forwards, and an alias chain that ends", () => {
    expect(
      problems(
        exampleArgs({
          aliases: [{ address: "anna@example.org", destinations: ["anna@example.org", "someone@example.net"] }],
        }),
      ),
    ).toEqual([]);
  });

  it("validation takes several thousand mailboxes", () => {
    const mailboxes = Array.from({ length: 5000 }, (_, index) => ({
      address: `user${index}@example.org`,
      passwordHash,
    }));
    expect(
      validate(exampleArgs({ mailboxes, aliases: [], domains: [{ name: "example.org" }] })).mailboxes,
    ).toHaveLength(5000);
  });
});
