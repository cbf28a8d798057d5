import { isWithin } from "../dns/names";
import { dnsOfNames } from "../dns/placement";
import { accountIn, accountKinds, dnsProviders, providerOf } from "../dns/providers";
import { webNames } from "../webNames";
import { formatValue, type PartialDnsArgs, type Problem, requireExactlyOne } from "./problem";

const dnsMembers = Object.keys(dnsProviders);

/** Each DNS is one of the kinds, and a zone that is named holds every name that would go there. */
export function dnsProblems(args: PartialDnsArgs): Problem[] {
  const { dns: general } = args;
  const problems = [
    ...(general ? requireExactlyOne("dns", general, dnsMembers) : []),
    ...args.domains.flatMap(({ dns, at }) => (dns ? requireExactlyOne(`${at}.dns`, dns, dnsMembers) : [])),
  ];
  const paths = new Map(args.domains.map(({ dns, at }) => [dns, `${at}.dns`]));
  paths.set(general, "dns");
  const dnsOf = dnsOfNames({ ...args, dns: general });
  for (const { name, path } of args.allEntriesRead ? publishedNames(args) : []) {
    const dns = dnsOf(name);
    if (dns === undefined) continue;
    const { name: member, provider, args: settings } = providerOf(dns);
    const zone = provider.zone?.(settings);
    if (zone === undefined || isWithin(name, zone)) continue;
    problems.push({
      propertyPath: path,
      reason: `${formatValue(name)} is outside the zone ${formatValue(zone)} of ${paths.get(dns)}.${member}; leave ${member}.zone out so that each name's registrable domain is its zone, or give the domain a dns of its own (domains[].dns)`,
    });
  }
  return problems;
}

/** Each account is of one kind and has a name of its own; and where one is named, there is one at that provider. */
export function accountProblems(args: PartialDnsArgs): Problem[] {
  const kinds = Object.keys(accountKinds);
  const { dnsAccounts: accounts } = args;
  const places = [
    { path: "dns", place: args.dns },
    ...args.domains.map(({ dns, at }) => ({ path: `${at}.dns`, place: dns })),
    { path: "reverseDns", place: args.reverseDns },
  ];
  return [
    ...accounts.flatMap(({ name, at, ...account }, index) => {
      const earlier = accounts.slice(0, index).find((each) => each.name === name);
      const reason = `${formatValue(name)} is ${earlier?.at}.name already; give it another name`;
      return [...requireExactlyOne(at, account, kinds), ...(earlier ? [{ propertyPath: `${at}.name`, reason }] : [])];
    }),
    ...places.flatMap(({ path, place = {} }) =>
      Object.entries(place).flatMap(([member, settings]) => {
        const name = accountIn(settings);
        const fitting = accounts.filter((each) => (each as Record<string, unknown>)[member] !== undefined);
        if (name === undefined || !args.allEntriesRead || fitting.some((each) => each.name === name)) return [];
        const others = fitting.length === 0 ? "none" : fitting.map((each) => formatValue(each.name)).join(", ");
        const reason = `${formatValue(name)} is no account of dnsAccounts that has a member ${member}; there: ${others}`;
        return [{ propertyPath: `${path}.${member}.account`, reason }];
      }),
    ),
  ];
}

/** Names that get records, and where they were written. */
function publishedNames(args: PartialDnsArgs): { name: string; path: string }[] {
  return [
    ...(args.hostname ? [{ name: args.hostname, path: "hostname" }] : []),
    ...args.domains.map(({ name, at }) => ({ name, path: `${at}.name` })),
    ...args.parkedDomains.map((name, index) => ({ name, path: `parkedDomains[${index}]` })),
  ];
}

/** A parked domain has no other use in mail, and no CNAME, beside which nothing else can stand (RFC 1034 section 3.6.2). */
export function parkedProblems(args: PartialDnsArgs): Problem[] {
  const used = new Map<string, string>();
  if (args.hostname !== undefined) used.set(args.hostname, "hostname");
  args.domains.forEach((domain) => {
    used.set(domain.name, `${domain.at}.name`);
    for (const web of webNames(domain)) used.set(web, `a web name of ${domain.at}`);
  });
  return args.parkedDomains.flatMap((name, index) => {
    const propertyPath = `parkedDomains[${index}]`;
    const earlier = used.get(name);
    used.set(name, propertyPath);
    return earlier
      ? [{ propertyPath, reason: `${formatValue(name)} is ${earlier} already; leave one of them out` }]
      : [];
  });
}

/** The names at which a domain's web server answers are CNAMEs, beside which nothing else can stand (RFC 1034 section 3.6.2). */
export function webNameProblems(args: PartialDnsArgs): Problem[] {
  const taken = new Map(args.domains.map(({ name, at }) => [name, `${at}.name`]));
  if (args.hostname !== undefined) taken.set(args.hostname, "hostname");
  return args.domains.flatMap((domain) =>
    webNames(domain).flatMap((name) => {
      const propertyPath = `${domain.at}.${name.startsWith("mta-sts.") ? "mtaSts" : "enableAutoconfig"}`;
      const owner = taken.get(name);
      if (name.length > 253)
        return [
          {
            propertyPath,
            reason: `needs the name ${formatValue(name)}, which is longer than 253 characters; leave it out`,
          },
        ];
      return owner
        ? [
            {
              propertyPath,
              reason: `needs the name ${formatValue(name)}, which is ${owner} already; rename that, or leave this out`,
            },
          ]
        : [];
    }),
  );
}
