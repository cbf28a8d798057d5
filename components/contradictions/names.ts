import { isWithin } from "../dns/names";
import { dnsOfNames } from "../dns/placement";
import { dnsProviders, providerOf } from "../dns/providers";
import { webNames } from "../webNames";
import { oneOf, type Problem, show, type Understood } from "./problem";

const dnsMembers = Object.keys(dnsProviders);

/** Each DNS is one of the kinds, and a zone that is named holds every name that would go there. */
export function dnsProblems(args: Understood): Problem[] {
  const problems = [
    ...oneOf("dns", args.dns, dnsMembers),
    ...args.domains.flatMap(({ dns }, index) => (dns ? oneOf(`domains[${index}].dns`, dns, dnsMembers) : [])),
  ];
  const paths = new Map(args.domains.map(({ dns }, index) => [dns, `domains[${index}].dns`]));
  paths.set(args.dns, "dns");
  const dnsOf = dnsOfNames(args);
  for (const { name, path } of args.complete ? publishedNames(args) : []) {
    const dns = dnsOf(name);
    const { name: member, provider, args: settings } = providerOf(dns);
    const zone = provider.zone?.(settings);
    if (zone === undefined || isWithin(name, zone)) continue;
    problems.push({
      propertyPath: path,
      reason: `${show(name)} is outside the zone ${show(zone)} of ${paths.get(dns)}.${member}; leave ${member}.zone out so that each name's registrable domain is its zone, or give the domain a dns of its own (domains[].dns)`,
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
export function parkedProblems(args: Understood): Problem[] {
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

/** The names at which a domain's web server answers are CNAMEs, beside which nothing else can stand (RFC 1034 section 3.6.2). */
export function webNameProblems(args: Understood): Problem[] {
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
