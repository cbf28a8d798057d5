import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { hashPasswords, withScheme } from "../../passwords";
import type { UserSources } from "../userStore";

/** Hash of each mailbox's password; what was given as a hash stays as it is. */
export function passwordHashes({ name, args, parent }: UserSources): pulumi.Output<Record<string, string>> {
  // 44 letters and digits are some 256 bits. Not RandomBytes, whose ID is its value: the engine keeps and prints IDs in clear text.
  const salt = new random.RandomPassword(`${name}-password-salt`, { length: 44, special: false }, { parent });
  // Hashes that were given are known when the stack's secret is not.
  const secret = args.mailboxes.some(({ password }) => password !== undefined) ? salt.result : "";
  const hashes = pulumi.all([secret, pulumi.output(args.mailboxes)]).apply(async ([stackSecret, mailboxes]) => {
    const passwords = new Map(
      mailboxes.flatMap(({ address, password }) => (password === undefined ? [] : [[address, password]])),
    );
    const given = mailboxes.flatMap(({ address, passwordHash, weakPasswordHash }): [string, string][] => {
      const hash = passwordHash ?? weakPasswordHash;
      return hash === undefined ? [] : [[address, withScheme(hash)]];
    });
    return { ...Object.fromEntries(given), ...Object.fromEntries(await hashPasswords(stackSecret, passwords)) };
  });
  return pulumi.secret(hashes);
}
