import { canonicalAddress } from "./addresses";
import type { AddressEntry } from "./model";

/** How much an alias stands for. */
export interface Expansion {
  /** Addresses at its ends, each as often as it is named. */
  addresses: number;
  /** Aliases that lead to one another, one after the other. */
  nesting: number;
}

/** More addresses than this are refused: each message would become as many. */
export const mostAddresses = 50_000;

/** How much each alias stands for, as Postfix expands it: an address without an entry is looked up without its sub-address, then by its domain. */
export function expansions(aliases: AddressEntry[], delimiters: string): Map<string, Expansion> {
  const targets = new Map(aliases.map((each) => [each.address, each.targets]));
  const done = new Map<string, Expansion>();
  const entryFor = (address: string) =>
    [address.toLowerCase(), canonicalAddress(address, delimiters), address.slice(address.lastIndexOf("@"))].find(
      (key) => targets.has(key),
    );
  const expand = (entry: string): Expansion => {
    const known = done.get(entry);
    if (known) return known;
    // What leads back to it ends here: a mailbox with copies elsewhere stands for itself, too.
    done.set(entry, leaf);
    const parts = (targets.get(entry) ?? []).map((target) => {
      const next = entryFor(target);
      return next === undefined ? leaf : expand(next);
    });
    const expansion = {
      addresses: parts.reduce((sum, { addresses }) => sum + addresses, 0),
      nesting: 1 + Math.max(0, ...parts.map(({ nesting }) => nesting)),
    };
    done.set(entry, expansion);
    return expansion;
  };
  for (const { address } of aliases) expand(address);
  return done;
}

/** The most that any alias stands for. */
export function largestExpansion(aliases: AddressEntry[], delimiters: string): Expansion {
  const all = [...expansions(aliases, delimiters).values()];
  const most = (member: keyof Expansion) => all.reduce((largest, each) => Math.max(largest, each[member]), 0);
  return { addresses: most("addresses"), nesting: most("nesting") };
}

const leaf: Expansion = { addresses: 1, nesting: 0 };
