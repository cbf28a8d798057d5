import type { PartialArgs, Problem } from "./problem";

/** A script that nothing runs is a mistake: somebody counts on it. Scripts for everybody are read as the owner of the mailboxes, which accounts of the system are not. */
export function sieveProblems({ enableSieve, sieve, mailboxes, systemAccounts }: PartialArgs): Problem[] {
  const forAll = (["before", "after"] as const).filter((when) => sieve[when] !== "").map((when) => `sieve.${when}`);
  if (enableSieve && systemAccounts === undefined) return [];
  const reason = enableSieve
    ? "is a Sieve script for everybody, which cannot be run for systemAccounts; leave one of them out"
    : "is a Sieve script, which runs only where enableSieve is true; set it, or leave the script out";
  const ofMailboxes = mailboxes.filter(({ sieve }) => sieve !== "").map(({ at }) => `${at}.sieve`);
  return [...forAll, ...(enableSieve ? [] : ofMailboxes)].map((propertyPath) => ({ propertyPath, reason }));
}
