import * as pulumi from "@pulumi/pulumi";
import type { MailDnsArgs } from "../args";
import { dkimName, keyedSelectors } from "../dns/dkim";
import { textWith } from "../dns/recordText";
import { mostSpfLookups, spfLookups, spfRecord } from "../dns/spf";
import { type Problem, show, type Understood } from "./problem";

/** A receiver gives up on a record that costs more than ten look-ups, and takes mail from the domain for forged. */
export function spfProblems(args: Understood): Problem[] {
  return args.domains.flatMap(({ spf }, index) => {
    const lookups = spfLookups(textWith(spfRecord({ ipv6: false }, spf), () => ""));
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
export function dkimProblems(args: Understood): Problem[] {
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

function remedy(earlier: string, member: "published" | "revoked"): string {
  if (earlier.includes(`.${member}[`)) return "leave one of them out";
  if (member === "published") return "the selector that signs is published anyway, leave it out here";
  return earlier.endsWith(".selector")
    ? "let another selector sign first, or leave it out here"
    : "a key is published or revoked, leave one of them out";
}

/** There is a key for each record that publishes one. Keys that are outputs are judged when they are known. */
export function dkimKeyProblems({ domains, complete }: Understood, keys: MailDnsArgs["dkimPublicKeys"]): Problem[] {
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
