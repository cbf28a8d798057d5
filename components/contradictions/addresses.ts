import { canonicalAddress, domainOf } from "../addresses";
import { expansions, mostAddresses } from "../expansion";
import { explicitAliases, localAddresses, localAliases, postmasterOf } from "../resolve";
import { knownMailbox } from "../users";
import {
  formatValue,
  type Located,
  type PartialArgs,
  type PartialDnsArgs,
  type Problem,
  requireExactlyOne,
} from "./problem";

/** Each domain is there once. */
export function domainProblems({ domains }: PartialDnsArgs): Problem[] {
  return repeated(domains.map(({ name, at }) => ({ text: name, path: `${at}.name` })));
}

/** Every address must be new, in a domain of the server, and free of the delimiter that would cut it in two. */
export function addressProblems(args: PartialArgs): Problem[] {
  const domains = new Set(args.domains.map(({ name }) => name));
  const written = ({ address, at }: Located<{ address: string }>) => ({ text: address, path: `${at}.address` });
  const mailboxes = args.mailboxes.map(written);
  const aliases = args.aliases.map(written);
  const problems = [...repeated(mailboxes), ...repeated(aliases)];
  for (const { text: address, path } of [...mailboxes, ...aliases]) {
    if (args.allEntriesRead && !domains.has(domainOf(address))) {
      problems.push({
        propertyPath: path,
        reason: `${formatValue(address)} is outside the server's domains (${[...domains].join(", ")}); add ${domainOf(address)} to domains, or correct the address`,
      });
    }
    const delimiter = [...args.recipientDelimiter].find((character) => address.split("@")[0]?.includes(character));
    if (delimiter) {
      problems.push({
        propertyPath: path,
        reason: `${formatValue(address)} contains the recipientDelimiter ${formatValue(delimiter)}: its mail would go to the part before it; rename the address or choose another delimiter`,
      });
    }
  }
  args.mailboxes.forEach((mailbox) => {
    problems.push(...requireExactlyOne(mailbox.at, mailbox, ["password", "passwordHash", "weakPasswordHash"]));
  });
  return problems;
}

function repeated(entries: { text: string; path: string }[]): Problem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ text, path: propertyPath }) => {
    const earlier = first.get(text);
    if (!earlier) first.set(text, propertyPath);
    return earlier
      ? [{ propertyPath, reason: `${formatValue(text)} is there already, as ${earlier}; leave one of them out` }]
      : [];
  });
}

/** People with an account have names that nothing else has, at a hostname that is no domain of mailboxes. */
export function localProblems(args: PartialArgs): Problem[] {
  const { hostname, systemAccounts, recipientDelimiter } = args;
  const aliases = args.localAliases.map(({ name, at }) => ({ text: name, path: `${at}.name` }));
  const accounts = (systemAccounts?.names ?? []).map((text, index) => ({
    text,
    path: `systemAccounts.names[${index}]`,
  }));
  const own = args.domains.find(({ name }) => name === hostname);
  const taken = new Set(localAliases(args, "").map(({ name }) => name));
  return [
    ...repeated(aliases),
    ...repeated(accounts),
    ...(systemAccounts && own
      ? [
          {
            propertyPath: "systemAccounts",
            reason: `have addresses at the hostname ${formatValue(hostname)}, which is ${own.at}.name; give these people mailboxes, or the machine another hostname`,
          },
        ]
      : []),
    ...accounts.flatMap(({ text, path: propertyPath }) => {
      const delimiter = [...recipientDelimiter].find((character) => text.includes(character));
      if (taken.has(text))
        return [
          {
            propertyPath,
            reason: `${formatValue(text)} is a name of the machine whose mail goes elsewhere; leave it out`,
          },
        ];
      if (delimiter === undefined) return [];
      const reason = `${formatValue(text)} contains the recipientDelimiter ${formatValue(delimiter)}: its mail would go to the part before it; choose another delimiter`;
      return [{ propertyPath, reason }];
    }),
  ];
}

/** A domain that is an alias stands for one that is none, and has no catch-all of its own. */
export function aliasDomainProblems({ domains, allEntriesRead }: PartialArgs): Problem[] {
  const own = new Map(domains.map(({ name, aliasOf }) => [name, aliasOf === undefined]));
  return domains.flatMap(({ name, aliasOf, catchAll, catchAllSends, at }) => {
    const problems: Problem[] = [];
    if (aliasOf === name)
      problems.push({
        propertyPath: `${at}.aliasOf`,
        reason: `${formatValue(name)} is the domain itself; leave it out`,
      });
    else if (aliasOf !== undefined && own.get(aliasOf) === false)
      problems.push({
        propertyPath: `${at}.aliasOf`,
        reason: `${formatValue(aliasOf)} is an alias of another domain itself; name that one`,
      });
    else if (aliasOf !== undefined && allEntriesRead && !own.has(aliasOf))
      problems.push({
        propertyPath: `${at}.aliasOf`,
        reason: `${formatValue(aliasOf)} is none of domains; add it there, or name one that is`,
      });
    if (aliasOf !== undefined && catchAll !== undefined)
      problems.push({
        propertyPath: `${at}.catchAll`,
        reason: "is given beside aliasOf, where the other domain's holds; leave one of them out",
      });
    if (catchAllSends && catchAll === undefined)
      problems.push({
        propertyPath: `${at}.catchAllSends`,
        reason: "is given without a catchAll, whose mailbox it is about; give one, or leave this out",
      });
    return problems;
  });
}

/** An address of the server that mail is sent on to, or that others are told to write to, must exist. */
export function recipientProblems(args: PartialArgs): Problem[] {
  const isMailbox = knownMailbox(args);
  const aliases = new Set(explicitAliases(args, "").map((each) => each.address));
  for (const { address } of localAddresses(args, localAliases(args, ""))) aliases.add(address);
  const domains = new Set([...args.domains.map((each) => each.name), ...(args.hostname ? [args.hostname] : [])]);
  const caught = new Set(args.domains.filter((each) => each.catchAll).map((each) => each.name));
  const catching = new Set(
    args.domains.filter(({ name, aliasOf }) => caught.has(aliasOf ?? name)).map(({ name }) => name),
  );
  const problems: Problem[] = [];
  const check = (propertyPath: string, address: string, needsMailbox = false) => {
    const bare = canonicalAddress(address, args.recipientDelimiter);
    // What only a database knows may be.
    const known = aliases.has(bare) || isMailbox(bare) !== false;
    if (!domains.has(domainOf(address)) || known || (catching.has(domainOf(address)) && !needsMailbox)) return;
    problems.push({
      propertyPath,
      reason: `${formatValue(address)} is neither a mailbox nor an alias of this server; add it, or name one that is there`,
    });
  };
  args.aliases.forEach(({ destinations, at }) => {
    destinations.forEach((address, index) => {
      check(`${at}.destinations[${index}]`, address);
    });
  });
  args.localAliases.forEach(({ destinations, at }) => {
    destinations.forEach((address, index) => {
      check(`${at}.destinations[${index}]`, address);
    });
  });
  args.submission.freeSenders.forEach((address, index) => {
    if (isMailbox(address) !== false) return;
    problems.push({
      propertyPath: `submission.freeSenders[${index}]`,
      reason: `${formatValue(address)} is no mailbox of this server, so that nobody logs in by that name; add it to mailboxes, or leave it out here`,
    });
  });
  args.domains.forEach(({ catchAll, dmarc, tlsRpt, at }) => {
    if (catchAll) check(`${at}.catchAll`, catchAll, true);
    for (const member of ["rua", "ruf"] as const)
      dmarc[member]?.forEach((address, each) => {
        check(`${at}.dmarc.${member}[${each}]`, address);
      });
    tlsRpt?.rua.forEach((address, each) => {
      check(`${at}.tlsRpt.rua[${each}]`, address);
    });
  });
  const { alwaysBcc, senderBccMaps, recipientBccMaps } = args.postfix;
  if (alwaysBcc !== undefined) check("postfix.alwaysBcc", alwaysBcc);
  for (const [member, entries] of Object.entries({ senderBccMaps, recipientBccMaps }))
    entries.forEach(({ to }, index) => {
      check(`postfix.${member}[${index}].to`, to);
    });
  const email = args.certificate.acme?.email;
  if (email !== undefined) check("certificate.acme.email", email);
  if (args.postmaster) check("postmaster", args.postmaster, true);
  else if (args.mailboxes.length === 0) {
    problems.push({
      propertyPath: "postmaster",
      reason: "is missing; without a mailbox, give the address that receives mail to postmaster@ and abuse@",
    });
  }
  return problems;
}

/** A message to an alias becomes one for each address at its ends, and Postfix takes its time for each. */
export function aliasSizes(args: PartialArgs): Problem[] {
  const sizes = expansions(explicitAliases(args, postmasterOf(args)), args.recipientDelimiter);
  return args.aliases.flatMap(({ address, at: propertyPath }) => {
    const addresses = sizes.get(address)?.addresses ?? 0;
    if (addresses <= mostAddresses) return [];
    const reason = `stands for ${addresses} addresses, all aliases in it followed; allowed are ${mostAddresses}: use a mailing list`;
    return [{ propertyPath, reason }];
  });
}

/** Mail to an alias that leads back to itself would be refused by Postfix, message by message. */
export function aliasLoops(args: PartialArgs): Problem[] {
  const postmaster = postmasterOf(args);
  const local = localAddresses(args, localAliases(args, postmaster));
  const targets = new Map([...explicitAliases(args, postmaster), ...local].map((each) => [each.address, each.targets]));
  const isMailbox = knownMailbox(args);
  const problems: Problem[] = [];
  const done = new Set<string>();
  const walk = (address: string, trail: string[]): string[] | undefined => {
    if (trail.includes(address)) return [...trail.slice(trail.indexOf(address)), address];
    if (done.has(address)) return undefined;
    for (const target of targets.get(address) ?? []) {
      // A sub-address of the mailbox would be looked up again, with the sub-address twice.
      if (target.toLowerCase() === address && isMailbox(address)) continue;
      const loop = walk(canonicalAddress(target, args.recipientDelimiter), [...trail, address]);
      if (loop) return loop;
    }
    done.add(address);
    return undefined;
  };
  const written = [
    ...args.aliases.map(({ address, at }) => ({ address, propertyPath: at })),
    ...args.localAliases.map(({ name, at }) => ({ address: `${name}@${args.hostname}`, propertyPath: at })),
    { address: `root@${args.hostname}`, propertyPath: "postmaster" },
  ];
  written.forEach(({ address, propertyPath }) => {
    if (done.has(address)) return;
    const loop = walk(address, []);
    if (!loop) return;
    for (const each of loop) done.add(each);
    problems.push({
      propertyPath,
      reason: `leads back to itself (${loop.join(" -> ")}); let it end in a mailbox`,
    });
  });
  return problems;
}
