import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { MailDnsArgs, MailHostArgs, MailServerArgs } from "./args";
import { dkimName, keyedSelectors } from "./dns/dkim";
import { keepers } from "./dns/keeper";
import { isWithin } from "./dns/names";
import { mostSpfLookups, spfLookups, spfRecord } from "./dns/spf";
import { edgeRules, mostEdgeRules } from "./host/edgeRules";
import { domainOf, explicitAliases, ports, postmasterOf, sshPort, webNames } from "./model";
import {
  aliasSchema,
  domainSchema,
  mailboxSchema,
  mailDnsSchema,
  mailHostSchema,
  mailServerSchema,
  type ValidArgs,
  type ValidDnsArgs,
} from "./schema";

type Problem = pulumi.InputPropertyErrorDetails;

/**
 * Checks args and fills in every default.
 *
 * @throws InputPropertiesError that lists every problem at once, each with the path of the member, what was got, what is allowed
 * and how to fix it. Values of secrets never stand in it.
 */
export function validate(args: MailServerArgs): ValidArgs {
  return judge(mailServerSchema, args, (valid) => ({ ...valid, complete: true }), contradictions);
}

/** As {@link validate}, for a machine whose records are kept by something else. */
export function validateMailHost(args: MailHostArgs): ValidArgs {
  const alone = { dns: { zoneFile: { ttl: 3600 } }, parkedNames: [], probe: false };
  const known = (valid: z.output<typeof mailHostSchema>) => ({ ...valid, ...alone, complete: true });
  return { ...judge(mailHostSchema, args, known, contradictions), ...alone };
}

/** As {@link validate}, for the records alone. */
export function validateMailDns(args: MailDnsArgs): ValidDnsArgs {
  const known = (valid: ValidDnsArgs) => ({ ...understood({}), ...valid, complete: true });
  return judge(mailDnsSchema, args, known, (given) => [
    ...dnsContradictions(given),
    ...dkimKeyProblems(given, args?.dkimPublicKeys),
  ]);
}

/** Reads args by their schema and judges them as a whole. `known` is what is judged together where nothing is malformed. */
function judge<Valid>(
  schema: z.ZodType<Valid>,
  args: object,
  known: (valid: Valid) => Understood,
  contradictions: (args: Understood) => Problem[],
): Valid {
  const parsed = schema.safeParse(args);
  const malformed = parsed.error?.issues.flatMap((issue) => describe(issue, args)) ?? [];
  const problems = [...malformed, ...contradictions(parsed.success ? known(parsed.data) : understood(args))];
  if (!parsed.success || problems.length > 0) throw inputError(problems);
  return parsed.data;
}

function inputError(errors: Problem[]): Error {
  const lines = errors.map(({ propertyPath, reason }) => `  ${propertyPath || "args"}: ${reason}`);
  const count = errors.length === 1 ? "one problem" : `${errors.length} problems`;
  return new pulumi.InputPropertiesError({
    message: `The mail server's args have ${count}:\n${lines.join("\n")}`,
    errors,
  });
}

/** Turns a zod issue into a path and a reason that a person can act on. */
function describe(issue: z.core.$ZodIssue, args: unknown): Problem[] {
  const propertyPath = pathText(issue.path);
  const got = valueAt(args, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        propertyPath: pathText([...issue.path, key]),
        reason: "is not known here; check the spelling, or leave it out",
      }));
    case "invalid_type":
      if (got === undefined) return [{ propertyPath, reason: `is missing; give ${article(issue.expected)}` }];
      return [{ propertyPath, reason: `must be ${article(issue.expected)}; got ${show(got)}` }];
    case "invalid_value":
      if (got === undefined)
        return [{ propertyPath, reason: `is missing; give one of ${issue.values.map(show).join(", ")}` }];
      return [
        { propertyPath, reason: `${show(got)} is not allowed; allowed are ${issue.values.map(show).join(", ")}` },
      ];
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ propertyPath, reason: `${show(issue.path.at(-1))} ${message}` }));
    case "too_small":
    case "too_big":
      return [{ propertyPath, reason: `${issue.message}; got ${show(got)}` }];
    default:
      if (secretMembers.has(String(issue.path.at(-1)))) return [{ propertyPath, reason: issue.message }];
      return [{ propertyPath, reason: got === undefined ? "is missing" : `${show(got)} ${issue.message}` }];
  }
}

/** Args as far as they could be read. */
type Understood = Omit<ValidArgs, "hostname" | "operatingSystem"> & {
  /** Left out where it could not be read. */
  hostname?: string;
  /** Whether every domain, mailbox and alias could be read, so that a missing one is really missing. */
  complete: boolean;
};

/**
 * Malformed args, with a stand-in for each domain, mailbox and alias that could not be read, so that what contradicts each other
 * is found in the same run as what is malformed.
 */
function understood(args: object): Understood {
  const { shape } = mailServerSchema;
  let complete = true;
  const each = <T>(list: unknown, schema: z.ZodType<T>, standIn: (index: number) => T): T[] =>
    (Array.isArray(list) ? list : []).map((element, index) => {
      const parsed = schema.safeParse(element);
      complete &&= parsed.success;
      return parsed.data ?? standIn(index);
    });
  const read = <T>(schema: z.ZodType<T>, value: unknown, otherwise: T): T => schema.safeParse(value).data ?? otherwise;
  const given = (typeof args === "object" && args !== null ? args : {}) as Partial<MailServerArgs>;
  const domains = each(given.domains, domainSchema, (index) => domainSchema.parse({ name: `unread-${index}.example` }));
  const standInAddress = (index: number) => `unread-${index}@${domains[0]?.name ?? "unread.example"}`;
  const mailboxes = each(given.mailboxes, mailboxSchema, (index) => ({
    address: standInAddress(index),
    password: pulumi.secret(""),
  }));
  const aliases = each(given.aliases, aliasSchema, (index) => ({
    address: `alias-${standInAddress(index)}`,
    destinations: ["unread@unread.example"],
  }));
  return {
    hostname: shape.hostname.safeParse(given.hostname).data,
    domains,
    mailboxes,
    aliases,
    complete: complete && domains.length > 0,
    host: read(shape.host, given.host, { ssh: sshStandIn }),
    certificate: read(shape.certificate, given.certificate, { acme: { directoryUrl: "" } }),
    dns: read(shape.dns, given.dns, { zoneFile: { ttl: 3600 } }),
    firewall: read(shape.firewall, given.firewall, { enabled: true, morePorts: [] }),
    reverseDns: read(shape.reverseDns, given.reverseDns, undefined),
    parkedNames: read(shape.parkedNames, given.parkedNames, []),
    dane: true,
    caa: true,
    relayHost: read(shape.relayHost, given.relayHost, undefined),
    postmaster: read(shape.postmaster, given.postmaster, "unread@unread.example"),
    recipientDelimiter: read(shape.recipientDelimiter, given.recipientDelimiter, ""),
    messageSizeLimit: 0,
    postfix: { mainCf: {}, masterCf: [] },
    dovecot: { conf: "" },
    opendkim: { conf: "" },
    enablePop3: given.enablePop3 === true,
    probe: true,
  };
}

const sshStandIn = { address: "", port: 22, user: "root", hostKey: "" };

/** Members whose values must not stand in an error text. */
export const secretMembers = new Set(["password", "passwordHash", "privateKey", "privateKeyPassword", "keySecret"]);

/** What concerns several members together. */
function contradictions(args: Understood): Problem[] {
  return [
    ...oneOf("host", args.host, ["ssh", "ovhVps"]),
    ...ovhVpsProblems(args),
    ...relayHostProblems(args),
    ...dnsContradictions(args),
    ...(args.complete ? recipientProblems(args) : []),
    ...aliasLoops(args),
    ...firewallProblems(args),
  ];
}

/** As {@link contradictions}, as far as it shows in the records. */
function dnsContradictions(args: Understood): Problem[] {
  return [
    ...oneOf("certificate", args.certificate, ["acme"]),
    ...dnsProblems(args),
    ...parkedProblems(args),
    ...spfProblems(args),
    ...dkimProblems(args),
    ...(args.reverseDns ? oneOf("reverseDns", args.reverseDns, ["rfc2136", "ovh"]) : []),
    ...addressProblems(args),
    ...webNameProblems(args),
  ];
}

const dnsMembers = ["rfc2136", "zoneFile", "ovh", "cloudflare"];

/** Each DNS is one of the kinds, and a zone that is named holds every name that would go there. */
function dnsProblems(args: Understood): Problem[] {
  const problems = [
    ...oneOf("dns", args.dns, dnsMembers),
    ...args.domains.flatMap(({ dns }, index) => (dns ? oneOf(`domains[${index}].dns`, dns, dnsMembers) : [])),
  ];
  const paths = new Map(args.domains.map(({ dns }, index) => [dns, `domains[${index}].dns`]));
  paths.set(args.dns, "dns");
  const keeperOf = keepers(args);
  for (const { name, path } of args.complete ? publishedNames(args) : []) {
    const keeper = keeperOf(name);
    const zone = keeper.ovh?.zone;
    if (zone === undefined || isWithin(name, zone)) continue;
    problems.push({
      propertyPath: path,
      reason: `${show(name)} is outside the zone ${show(zone)} of ${paths.get(keeper)}.ovh; leave ovh.zone out so that each name's registrable domain is its zone, or give the domain a dns of its own (domains[].dns)`,
    });
  }
  return problems;
}

/** Names that get records, and where they were written. */
function publishedNames(args: Understood): { name: string; path: string }[] {
  return [
    ...(args.hostname ? [{ name: args.hostname, path: "hostname" }] : []),
    ...args.domains.map(({ name }, index) => ({ name, path: `domains[${index}].name` })),
    ...args.parkedNames.map((name, index) => ({ name, path: `parkedNames[${index}]` })),
  ];
}

/** A parked name has no other use in mail, and no CNAME, beside which nothing else can stand (RFC 1034 section 3.6.2). */
function parkedProblems(args: Understood): Problem[] {
  const used = new Map<string, string>();
  if (args.hostname !== undefined) used.set(args.hostname, "hostname");
  args.domains.forEach((domain, index) => {
    used.set(domain.name, `domains[${index}].name`);
    for (const web of webNames(domain)) used.set(web, `a web name of domains[${index}]`);
  });
  return args.parkedNames.flatMap((name, index) => {
    const propertyPath = `parkedNames[${index}]`;
    const earlier = used.get(name);
    used.set(name, propertyPath);
    return earlier ? [{ propertyPath, reason: `${show(name)} is ${earlier} already; leave one of them out` }] : [];
  });
}

/** A receiver gives up on a record that costs more than ten look-ups, and takes mail from the domain for forged. */
function spfProblems(args: Understood): Problem[] {
  return args.domains.flatMap(({ spf }, index) => {
    const lookups = spfLookups(spfRecord({ address: "" }, spf));
    if (lookups <= mostSpfLookups) return [];
    return [
      {
        propertyPath: `domains[${index}].spf.include`,
        reason: `makes receivers look up ${lookups} names; allowed are ${mostSpfLookups}, those of the included records counted (RFC 7208). Name addresses with ip4 and ip6 instead`,
      },
    ];
  });
}

/** A selector names one key, which signs, waits or is revoked. */
function dkimProblems(args: Understood): Problem[] {
  return args.domains.flatMap(({ dkim }, index) => {
    const path = `domains[${index}].dkim`;
    const used = new Map([[dkim.selector, `${path}.selector`]]);
    return (["published", "revoked"] as const).flatMap((member) =>
      dkim[member].flatMap((selector, at) => {
        const propertyPath = `${path}.${member}[${at}]`;
        const earlier = used.get(selector);
        used.set(selector, earlier ?? propertyPath);
        return earlier
          ? [{ propertyPath, reason: `${show(selector)} is ${earlier} already; ${remedy(earlier, member)}` }]
          : [];
      }),
    );
  });
}

/** There is a key for each record that publishes one. Keys that are outputs are judged when they are known. */
function dkimKeyProblems({ domains, complete }: Understood, keys: MailDnsArgs["dkimPublicKeys"]): Problem[] {
  if (!complete || typeof keys !== "object" || pulumi.Output.isInstance(keys) || keys instanceof Promise) return [];
  const names = domains.flatMap(({ name, dkim }) => keyedSelectors(dkim).map((selector) => dkimName(selector, name)));
  return [
    ...names
      .filter((name) => !(name in keys))
      .map((name) => ({
        propertyPath: "dkimPublicKeys",
        reason: `has no key for ${show(name)}; add it, or leave dkimPublicKeys out so that the stack makes the keys`,
      })),
    ...Object.keys(keys)
      .filter((name) => !names.includes(name))
      .map((name) => ({
        propertyPath: `dkimPublicKeys[${show(name)}]`,
        reason: `belongs to no selector of the domains; needed are ${names.map(show).join(", ")}`,
      })),
  ];
}

function remedy(earlier: string, member: "published" | "revoked"): string {
  if (earlier.includes(`.${member}[`)) return "leave one of them out";
  if (member === "published") return "the selector that signs is published anyway, leave it out here";
  return earlier.endsWith(".selector")
    ? "let another selector sign first, or leave it out here"
    : "a key is published or revoked, leave one of them out";
}

function oneOf(path: string, value: object, members: string[]): Problem[] {
  const given = members.filter((member) => (value as Record<string, unknown>)[member] !== undefined);
  if (given.length === 1) return [];
  const choice = members
    .map((member) => `${path}.${member}`)
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
  return [
    {
      propertyPath: path,
      reason: `must have exactly one of ${choice}; got ${given.length === 0 ? "none" : given.join(" and ")}`,
    },
  ];
}

/** Every address must be new, in a domain of the server, and free of the delimiter that would cut it in two. */
function addressProblems(args: Understood): Problem[] {
  const problems: Problem[] = [];
  const domains = new Map<string, string>();
  args.domains.forEach(({ name }, index) => {
    const path = `domains[${index}].name`;
    const first = domains.get(name);
    if (first)
      problems.push({
        propertyPath: path,
        reason: `${show(name)} is there already, as ${first}; leave one of them out`,
      });
    else domains.set(name, path);
  });
  const mailboxes = args.mailboxes.map(({ address }, index) => ({ address, path: `mailboxes[${index}].address` }));
  const aliases = args.aliases.map(({ address }, index) => ({ address, path: `aliases[${index}].address` }));
  problems.push(...repeated(mailboxes), ...repeated(aliases));
  for (const { address, path } of [...mailboxes, ...aliases]) {
    if (args.complete && !domains.has(domainOf(address))) {
      problems.push({
        propertyPath: path,
        reason: `${show(address)} is outside the server's domains (${[...domains.keys()].join(", ")}); add ${domainOf(address)} to domains, or correct the address`,
      });
    }
    const delimiter = [...args.recipientDelimiter].find((character) => address.split("@")[0]?.includes(character));
    if (delimiter) {
      problems.push({
        propertyPath: path,
        reason: `${show(address)} contains the recipientDelimiter ${show(delimiter)}: its mail would go to the part before it; rename the address or choose another delimiter`,
      });
    }
  }
  args.mailboxes.forEach((mailbox, index) => {
    problems.push(...oneOf(`mailboxes[${index}]`, mailbox, ["password", "passwordHash"]));
  });
  return problems;
}

function repeated(entries: { address: string; path: string }[]): Problem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ address, path: propertyPath }) => {
    const earlier = first.get(address);
    if (!earlier) first.set(address, propertyPath);
    return earlier
      ? [{ propertyPath, reason: `${show(address)} is there already, as ${earlier}; leave one of them out` }]
      : [];
  });
}

/** The names at which a domain's web server answers are CNAMEs, beside which nothing else can stand (RFC 1034 section 3.6.2). */
function webNameProblems(args: Understood): Problem[] {
  const taken = new Map(args.domains.map(({ name }, index) => [name, `domains[${index}].name`]));
  if (args.hostname !== undefined) taken.set(args.hostname, "hostname");
  return args.domains.flatMap((domain, index) =>
    webNames(domain).flatMap((name) => {
      const propertyPath = `domains[${index}].${name.startsWith("mta-sts.") ? "mtaSts" : "autoconfig"}`;
      const owner = taken.get(name);
      if (name.length > 253)
        return [
          { propertyPath, reason: `needs the name ${show(name)}, which is longer than 253 characters; leave it out` },
        ];
      return owner
        ? [
            {
              propertyPath,
              reason: `needs the name ${show(name)}, which is ${owner} already; rename that, or leave this out`,
            },
          ]
        : [];
    }),
  );
}

/** An address of the server that mail is sent on to must exist. */
function recipientProblems(args: Understood): Problem[] {
  const local = new Set([
    ...args.mailboxes.map((each) => each.address),
    ...explicitAliases(args, "").map((each) => each.address),
  ]);
  const domains = new Set(args.domains.map((each) => each.name));
  const catching = new Set(args.domains.filter((each) => each.catchAll).map((each) => each.name));
  const problems: Problem[] = [];
  const check = (propertyPath: string, address: string, needsMailbox = false) => {
    const known = local.has(canonical(address, args.recipientDelimiter));
    if (!domains.has(domainOf(address)) || known || (catching.has(domainOf(address)) && !needsMailbox)) return;
    problems.push({
      propertyPath,
      reason: `${show(address)} is neither a mailbox nor an alias of this server; add it, or name one that is there`,
    });
  };
  args.aliases.forEach(({ destinations }, index) => {
    destinations.forEach((address, at) => {
      check(`aliases[${index}].destinations[${at}]`, address);
    });
  });
  args.domains.forEach(({ catchAll }, index) => {
    if (catchAll) check(`domains[${index}].catchAll`, catchAll, true);
  });
  if (args.postmaster) check("postmaster", args.postmaster, true);
  else if (args.mailboxes.length === 0) {
    problems.push({
      propertyPath: "postmaster",
      reason: "is missing; without a mailbox, give the address that receives mail to postmaster@ and abuse@",
    });
  }
  return problems;
}

/** The mailbox or alias that an address of this server names: lower case, without sub-address. */
function canonical(address: string, delimiters: string): string {
  const [local = "", domain = ""] = address.toLowerCase().split("@");
  const cut = [...local].findIndex((character, index) => index > 0 && delimiters.includes(character));
  return `${cut === -1 ? local : local.slice(0, cut)}@${domain}`;
}

/** Mail to an alias that leads back to itself would be refused by Postfix, message by message. */
function aliasLoops(args: Understood): Problem[] {
  const targets = new Map(
    explicitAliases(args, postmasterOf(args)).map(({ address, targets }) => [
      address,
      targets.map((each) => canonical(each, args.recipientDelimiter)),
    ]),
  );
  const mailboxes = new Set(args.mailboxes.map((each) => each.address));
  const problems: Problem[] = [];
  const done = new Set<string>();
  const walk = (address: string, trail: string[]): string[] | undefined => {
    if (trail.includes(address)) return [...trail.slice(trail.indexOf(address)), address];
    if (done.has(address)) return undefined;
    for (const next of targets.get(address) ?? []) {
      if (next === address && mailboxes.has(address)) continue;
      const loop = walk(next, [...trail, address]);
      if (loop) return loop;
    }
    done.add(address);
    return undefined;
  };
  args.aliases.forEach(({ address }, index) => {
    if (done.has(address)) return;
    const loop = walk(address, []);
    if (!loop) return;
    for (const each of loop) done.add(each);
    problems.push({
      propertyPath: `aliases[${index}]`,
      reason: `leads back to itself (${loop.join(" -> ")}); let it end in a mailbox`,
    });
  });
  return problems;
}

/** Who logs in needs both, and a server that relays to itself sends nothing. */
function relayHostProblems({ relayHost, hostname }: Understood): Problem[] {
  if (!relayHost) return [];
  const { user, password } = relayHost;
  const alone = user === undefined ? "password" : "user";
  return [
    ...((user === undefined) === (password === undefined)
      ? []
      : [{ propertyPath: `relayHost.${alone}`, reason: "is given alone; give user and password, or neither" }]),
    ...(relayHost.hostname === hostname
      ? [
          {
            propertyPath: "relayHost.hostname",
            reason: `${show(hostname)} is this server itself; name another, or leave relayHost out`,
          },
        ]
      : []),
  ];
}

/** What to buy or to take, and how to know it. */
function ovhVpsProblems(args: Understood): Problem[] {
  const vps = args.host.ovhVps;
  if (!vps) return [];
  const { trustOnFirstUse, ...others } = vps;
  const trust = trustOnFirstUse ? { ...others, trustOnFirstUse } : others;
  return [
    ...oneOf("host.ovhVps", vps, ["serviceName", "order"]),
    ...oneOf("host.ovhVps", trust, ["hostKey", "trustOnFirstUse"]),
    ...(vps.addressV6 !== undefined && !vps.ipv6
      ? [{ propertyPath: "host.ovhVps.addressV6", reason: "is given although ipv6 is false; leave one of them out" }]
      : []),
    ...(vps.edgeFirewall ? edgeFirewallProblems(edgeRules(ports(args), vps.port).length) : []),
  ];
}

function edgeFirewallProblems(count: number): Problem[] {
  if (count <= mostEdgeRules) return [];
  const reason = `would need ${count} rules, and OVH's edge firewall has ${mostEdgeRules}; name fewer firewall.sshPorts, or leave it off`;
  return [{ propertyPath: "host.ovhVps.edgeFirewall", reason }];
}

const mailPorts = new Set([25, 80, 110, 143, 443, 465, 587, 993, 995]);

function firewallProblems(args: Understood): Problem[] {
  const named = args.firewall.sshPorts?.map((number, index) => ({ number, path: `firewall.sshPorts[${index}]` }));
  const reached = args.host.ovhVps ? "host.ovhVps.port" : "host.ssh.port";
  const ssh = named ?? [{ number: sshPort(args.host), path: reached }];
  const more = args.firewall.morePorts.map((number, index) => ({ number, path: `firewall.morePorts[${index}]` }));
  const opened = new Set([...mailPorts, ...ssh.map(({ number }) => number)]);
  return [
    ...ssh
      .filter(({ number }) => mailPorts.has(number))
      .map(({ number, path }) => ({
        propertyPath: path,
        reason: `${number} is a port of the mail server; give the port on which sshd listens`,
      })),
    ...more
      .filter(({ number }, index) => opened.has(number) || more.findIndex((each) => each.number === number) < index)
      .map(({ number, path }) => ({
        propertyPath: path,
        reason: `${number} is a port of the mail server, of SSH, or there already; leave it out`,
      })),
  ];
}

function pathText(path: PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index ? "." : ""}${String(key)}`))
    .join("");
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function article(type: string): string {
  const names: Record<string, string> = {
    int: "a whole number",
    object: "an object",
    array: "a list",
    boolean: "true or false",
    string: "a string",
    number: "a number",
  };
  return names[type] ?? type;
}

/** A value as a person would type it, shortened. */
function show(value: unknown): string {
  const text =
    JSON.stringify(value, (key, each) => {
      if (secretMembers.has(key)) return "(secret)";
      return pulumi.Output.isInstance(each) ? "(output)" : each;
    }) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
