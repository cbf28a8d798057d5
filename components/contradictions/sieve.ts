import type { PartialArgs, Problem } from "./problem";

/** A script that nothing runs is a mistake: somebody counts on it. */
export function sieveProblems({ enableSieve, sieve, mailboxes }: PartialArgs): Problem[] {
  if (enableSieve) return [];
  const reason = "is a Sieve script, which runs only where enableSieve is true; set it, or leave the script out";
  const given = [
    ...(["before", "after"] as const).filter((when) => sieve[when] !== "").map((when) => `sieve.${when}`),
    ...mailboxes.filter(({ sieve }) => sieve !== "").map(({ at }) => `${at}.sieve`),
  ];
  return given.map((propertyPath) => ({ propertyPath, reason }));
}
