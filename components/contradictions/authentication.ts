import type { MailDnsArgs } from "../args";
import { keyRecordNames } from "../dns/dkim";
import { knownKeys } from "../dns/dkimKeys";
import { textWith } from "../dns/recordText";
import { mostSpfLookups, spfLookups, spfRecord } from "../dns/spf";
import type { Dkim } from "../model";
import { oneDkimKey } from "../schemaDomains";
import { formatValue, type PartialDnsArgs, type Problem } from "./problem";

/** A receiver gives up on a record that costs more than ten look-ups, and takes mail from the domain for forged. */
export function spfProblems(args: PartialDnsArgs): Problem[] {
  return args.domains.flatMap(({ spf, at }) => {
    const lookups = spfLookups(textWith(spfRecord([], spf), () => ""));
    if (lookups <= mostSpfLookups) return [];
    return [
      {
        propertyPath: `${at}.spf.include`,
        reason: `makes receivers look up ${lookups} names; allowed are ${mostSpfLookups}, those of the included records counted (RFC 7208). Name addresses with ip4 and ip6 instead`,
      },
    ];
  });
}

/** A selector names one key, which signs, waits or is revoked; and each name has one plan of keys. */
export function dkimProblems({ hostname, hostnameDkim, domains }: PartialDnsArgs): Problem[] {
  const ofHost = hostnameDkim ? [{ path: "hostnameDkim", dkim: hostnameDkim }] : [];
  const ofDomains = domains.map(({ dkim, at }) => ({ path: `${at}.dkim`, dkim }));
  const own = domains.find(({ name }) => name === hostname);
  const twice = own && {
    propertyPath: "hostnameDkim",
    reason: `is for a hostname that is no mail domain, and ${formatValue(hostname)} is ${own.at}.name; say it in ${own.at}.dkim`,
  };
  return [...(hostnameDkim && twice ? [twice] : []), ...[...ofHost, ...ofDomains].flatMap(selectorProblems)];
}

function selectorProblems({ path, dkim }: { path: string; dkim: Dkim }): Problem[] {
  const used = new Map([[dkim.selector, `${path}.selector`]]);
  return (["standbySelectors", "revokedSelectors"] as const).flatMap((member) =>
    dkim[member].flatMap((selector, at) => {
      const propertyPath = `${path}.${member}[${at}]`;
      const earlier = used.get(selector);
      used.set(selector, earlier ?? propertyPath);
      return earlier
        ? [{ propertyPath, reason: `${formatValue(selector)} is ${earlier} already; ${remedy(earlier, member)}` }]
        : [];
    }),
  );
}

function remedy(earlier: string, member: "standbySelectors" | "revokedSelectors"): string {
  if (earlier.includes(`.${member}[`)) return "leave one of them out";
  if (member === "standbySelectors") return "the selector that signs is published anyway, leave it out here";
  return earlier.endsWith(".selector")
    ? "let another selector sign first, or leave it out here"
    : "a key is published or revoked, leave one of them out";
}

/**
 * There is a key for each record that publishes one; the hostname may have none, unless its keys are spoken of. Keys that are outputs are judged
 * when they are known.
 */
export function dkimKeyProblems(args: PartialDnsArgs, given: MailDnsArgs["dkimPublicKeys"]): Problem[] {
  const keys = knownKeys(given);
  if (!args.allEntriesRead || keys === undefined) return [];
  const names = args.domains.flatMap(keyRecordNames);
  const own = keyRecordNames({ name: args.hostname ?? "", dkim: args.hostnameDkim ?? oneDkimKey });
  const needed = args.hostnameDkim || own.some((name) => name in keys) ? [...new Set([...own, ...names])] : names;
  return [
    ...needed
      .filter((name) => !(name in keys))
      .map((name) => ({
        propertyPath: "dkimPublicKeys",
        reason: `has no key for ${formatValue(name)}; add it, or leave dkimPublicKeys out so that the stack makes the keys`,
      })),
    ...Object.keys(keys)
      .filter((name) => !needed.includes(name))
      .map((name) => ({
        propertyPath: `dkimPublicKeys[${formatValue(name)}]`,
        reason: `belongs to no selector of the domains; needed are ${needed.map(formatValue).join(", ")}`,
      })),
  ];
}
