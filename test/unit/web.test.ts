import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { type DomainArgs, type MailServerArgs, MtaStsMode } from "../../components/args";
import { clientSettings } from "../../components/clientSettings";
import type { MachineModel } from "../../components/model";
import { openPorts } from "../../components/services/openPorts";
import { roles } from "../../components/services/wantedHost";
import { appleProfile, uuid5 } from "../../components/services/web/apple";
import { mtaStsPolicy } from "../../components/services/web/mtaStsPolicy";
import { outlookXml } from "../../components/services/web/outlook";
import { thunderbirdXml } from "../../components/services/web/thunderbird";
import { element, xmlDocument } from "../../components/services/web/xml";
import { validate } from "../../components/validate";
import { exampleArgs, hostKey, modelFor } from "./fixture";

const full: Partial<DomainArgs> = { mtaSts: { mode: MtaStsMode.Enforce }, enableAutoconfig: true };
const modelOf = (domain: Partial<DomainArgs>, changes: Partial<MailServerArgs> = {}): MachineModel => {
  const args = exampleArgs(changes);
  const [first, ...rest] = args.domains;
  return modelFor(validate({ ...args, domains: first ? [{ ...first, ...domain }, ...rest] : [] }));
};
const roleOf = (model: MachineModel, name: string) => roles(model).find((role) => role.name === name);
const contentOf = (model: MachineModel, path: string) =>
  roles(model)
    .flatMap(({ files }) => files)
    .find((file) => file.path === path)?.content ?? "";
const settings = clientSettings(modelOf(full));

describe("the web server", () => {
  it("the web server is not there where no domain wants it, nor is its port", () => {
    const model = modelOf({});
    expect(roleOf(model, "web")).toBeUndefined();
    expect(openPorts(model).map(({ number }) => number)).not.toContain(443);
    expect(roleOf(model, "certbot")?.certificates?.map(({ name }) => name)).toEqual(["mail.example.org"]);
  });

  it("the web server has the names that the domain's features need, on one certificate whose name never changes", () => {
    const names = (domain: Partial<DomainArgs>) => {
      const certificates = roleOf(modelOf(domain), "certbot")?.certificates ?? [];
      return certificates.slice(1).map((each) => [each.name, ...each.names]);
    };
    expect(names({ mtaSts: { mode: MtaStsMode.None } })).toEqual([["example.org_web", "mta-sts.example.org"]]);
    expect(names(full)).toEqual([
      ["example.org_web", "autoconfig.example.org", "autodiscover.example.org", "mta-sts.example.org"],
    ]);
  });

  it("the web server serves nothing but these files, each name with its domain's certificate, and turns all others away", () => {
    expect(contentOf(modelOf(full), "/etc/nginx/nginx.conf")).toMatchSnapshot();
    expect(roleOf(modelOf(full), "web")?.files.map(({ path }) => path)).toEqual([
      "/etc/nginx/nginx.conf",
      "/var/www/pulumi-mailserver/example.org/mta-sts.txt",
      "/var/www/pulumi-mailserver/example.org/config-v1.1.xml",
      "/var/www/pulumi-mailserver/example.org/autodiscover.xml",
      "/var/www/pulumi-mailserver/example.org/email.mobileconfig",
    ]);
  });

  it("the web server listens on IPv6 only where the server does, and asks Outlook's questions only where they are answered", () => {
    const v4 = contentOf(
      modelOf({ mtaSts: { mode: MtaStsMode.Testing } }, { host: { ssh: { ipv4Address: "198.51.100.7", hostKey } } }),
      "/etc/nginx/nginx.conf",
    );
    expect(v4.match(/listen .*/g)).toEqual(["listen 443 ssl default_server;", "listen 443 ssl;"]);
    expect(v4).not.toContain("map ");
  });

  it("the web server reads a renewed certificate, and the mail services theirs", () => {
    const script = contentOf(modelOf(full), "/usr/local/lib/pulumi-mailserver/deploy-certificate");
    expect(script).toContain("  mail.example.org) pem=/etc/ssl/mailserver/server.pem readers='postfix dovecot' ;;\n");
    expect(script).toContain("  example.org_web) pem=/etc/ssl/mailserver/example.org.pem readers='nginx' ;;\n");
  });
});

describe("the MTA-STS policy", () => {
  it("the MTA-STS policy has the lines of RFC 8461 section 3.2, and a week where no age is given", () => {
    const [domain] = modelOf(full).domains.filter(({ mtaSts }) => mtaSts);
    expect(domain?.mtaSts && mtaStsPolicy([{ hostname: "mail.example.org" }], domain.mtaSts)).toBe(
      "version: STSv1\r\nmode: enforce\r\nmx: mail.example.org\r\nmax_age: 604800\r\n",
    );
  });

  it("the MTA-STS policy is refused with an age or a mode that no sender understands", () => {
    const refusal = (mtaSts: unknown) => () => modelOf({ mtaSts: mtaSts as NonNullable<DomainArgs["mtaSts"]> });
    expect(refusal({ mode: "enforce", maxAge: 60 })).toThrow(/domains\[0\]\.mtaSts\.maxAge: must be 86400.*got 60/);
    expect(refusal({ mode: "strict" })).toThrow(
      /domains\[0\]\.mtaSts\.mode: "strict" is not allowed; allowed are "none"/,
    );
    expect(refusal({})).toThrow(/domains\[0\]\.mtaSts\.mode: is missing/);
  });
});

describe("names that cannot be", () => {
  it("a web name cannot be the hostname, a domain, or too long", () => {
    expect(() => modelOf(full, { hostname: "mta-sts.example.org" })).toThrow(
      /domains\[0\]\.mtaSts: needs the name "mta-sts\.example\.org", which is hostname already/,
    );
    const domains = [{ name: "example.org" }, { name: "autoconfig.example.org" }, { name: "example.com" }];
    expect(() => modelOf({ enableAutoconfig: true }, { domains })).toThrow(
      /domains\[0\]\.enableAutoconfig: .* is domains\[1\]\.name/,
    );
    const name = `${"a".repeat(61)}.${"b".repeat(61)}.${"c".repeat(61)}.${"d".repeat(57)}.org`;
    const mailboxes = [{ address: `anna@${name}`, passwordHash: `$2y$10$${"a".repeat(53)}` }];
    expect(() => modelOf(full, { domains: [{ name }], mailboxes, aliases: [] })).toThrow(/longer than 253 characters/);
  });

  it("443 is no port for sshd while the web server has it", () => {
    expect(() => modelOf(full, { firewall: { sshPorts: [443] } })).toThrow(/443 is a port of the mail server/);
  });
});

/** The servers of each answer as `type host port`. */
describe("what mail programs are told", () => {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    isArray: (name) => name === "Protocol",
  });

  it("Thunderbird is told every server in the order of preference, the user name being the address", () => {
    const { clientConfig } = parser.parse(
      thunderbirdXml("example.org", clientSettings(modelOf(full, { enablePop3: true }))),
    );
    expect(clientConfig.version).toBe("1.1");
    const { id, domain, incomingServer, outgoingServer } = clientConfig.emailProvider;
    expect([id, domain]).toEqual(["example.org", "example.org"]);
    const shown = [...incomingServer, ...outgoingServer].map((each) => {
      expect(each).toMatchObject({ username: "%EMAILADDRESS%", authentication: "password-cleartext" });
      return [each.type, each.hostname, each.port, each.socketType].join(" ");
    });
    expect(shown).toEqual([
      "imap mail.example.org 993 SSL",
      "imap mail.example.org 143 STARTTLS",
      "pop3 mail.example.org 995 SSL",
      "pop3 mail.example.org 110 STARTTLS",
      "smtp mail.example.org 465 SSL",
      "smtp mail.example.org 587 STARTTLS",
    ]);
  });

  it("Outlook is told one server a protocol, with a mark for the name to log in with", () => {
    const text = outlookXml(settings);
    const { Response } = parser.parse(text).Autodiscover;
    expect(Response.xmlns).toBe("http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a");
    expect(Response.Account).toMatchObject({ AccountType: "email", Action: "settings" });
    const shown = Response.Account.Protocol.map(
      (each: Record<string, unknown>) => `${each.Type} ${each.Server} ${each.Port}`,
    );
    expect(shown).toEqual(["IMAP mail.example.org 993", "SMTP mail.example.org 465"]);
    expect(text.match(/<LoginName\/>/g)).toHaveLength(2);
    expect(contentOf(modelOf(full), "/etc/nginx/nginx.conf")).toContain("sub_filter '<LoginName/>' $login_element;");
  });

  it("Apple's Mail is told a profile without anybody's address, the same each time that it is made", () => {
    const text = appleProfile("example.org", settings);
    expect(appleProfile("example.org", settings)).toBe(text);
    expect(appleProfile("example.com", settings)).not.toBe(text);
    expect(text).not.toMatch(/@|<key>EmailAddress|UserName|EmailAccountName/);
    for (const pair of [
      ["IncomingMailServerHostName", "<string>mail.example.org</string>"],
      ["IncomingMailServerPortNumber", "<integer>993</integer>"],
      ["OutgoingMailServerPortNumber", "<integer>465</integer>"],
      ["PayloadIdentifier", "<string>org.example.mail</string>"],
      ["OutgoingMailServerUseSSL", "<true/>"],
    ])
      expect(text.replace(/\n\s*/g, "")).toContain(`<key>${pair[0]}</key>${pair[1]}`);
    expect(new Set(text.match(/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/g)).size).toBe(2);
  });

  it("UUIDs of version 5 are those that others compute", () => {
    expect(uuid5("python.org")).toBe("886313E1-3B8A-5372-9B90-0C9AEE199E5D");
  });

  it("the output tells people where mail programs are told", () => {
    expect(settings.autoconfig).toEqual([
      {
        domain: "example.org",
        thunderbird: "https://autoconfig.example.org/mail/config-v1.1.xml",
        outlook: "https://autodiscover.example.org/autodiscover/autodiscover.xml",
        apple: "https://autoconfig.example.org/email.mobileconfig",
      },
    ]);
    expect(clientSettings(modelOf({})).autoconfig).toEqual([]);
  });
});

describe("whatever the names are", () => {
  const label = fc.oneof(
    fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$/),
    fc.constantFrom(
      "xn--bcher-kva",
      "bücher",
      "if",
      "include",
      "cdata",
      "--x",
      "a&b",
      "<b>",
      "$host",
      "`id`",
      "a;b",
      "a b",
      '"',
      "server_name",
    ),
  );

  const nobody: Partial<MailServerArgs> = { aliases: [], mailboxes: [], postmaster: "p@example.net" };
  const isAccepted = (changes: Partial<MailServerArgs>) => {
    try {
      return Boolean(validate(exampleArgs(changes)));
    } catch {
      return false;
    }
  };

  it("documents for mail programs are well-formed, tell their names unchanged, and nginx.conf has the same lines for all", () => {
    const shapeOf = (name: string, model: MachineModel) =>
      contentOf(model, "/etc/nginx/nginx.conf").replaceAll(name, "DOMAIN").replaceAll(model.hostname, "HOST");
    const expected = shapeOf("example.org", modelOf(full, { domains: [{ name: "example.org" }], ...nobody }));
    fc.assert(
      fc.property(label, (word) => {
        const changes = {
          hostname: `mail.${word}.example.net`,
          domains: [{ name: `${word}.example.org` }],
          ...nobody,
        };
        fc.pre(isAccepted(changes));
        const model = modelOf(full, changes);
        const [{ name } = { name: "" }] = model.domains;
        const told = clientSettings(model);
        const documents = [thunderbirdXml(name, told), outlookXml(told), appleProfile(name, told)];
        for (const text of documents) {
          expect(XMLValidator.validate(text)).toBe(true);
          expect(text).toContain(`>${model.hostname}<`);
        }
        expect(shapeOf(name, model)).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("text comes back from an XML parser as it went into a document", () => {
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "",
      parseTagValue: false,
      trimValues: false,
    });
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*[!-~]$/), (text) => {
        const document = xmlDocument(element("a", [element("b", text), element("c", [], { d: text })]));
        const { a } = parser.parse(document);
        expect([a.b, a.c.d]).toEqual([text, text]);
      }),
    );
  });
});
