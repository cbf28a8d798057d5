import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DkimKeys } from "../dns/dkimKeys";
import { hashPasswords, withScheme } from "../passwords";
import type { HostSecrets } from "../roles/wantedHost";
import type { ValidArgs } from "../schema";

/** What only the stack knows and only the daemons may read; a secret as a whole. */
export function gatherSecrets(
  name: string,
  args: ValidArgs,
  keys: DkimKeys,
  parent: pulumi.Resource,
): pulumi.Output<HostSecrets> {
  const salt = new random.RandomBytes(`${name}-password-salt`, { length: 32 }, { parent });
  const privateKeys = Object.fromEntries([...keys].map(([at, key]) => [at, key.privateKeyPem]));
  return pulumi.secret(
    pulumi
      .all([salt.hex, pulumi.output(privateKeys), pulumi.output(args.mailboxes)])
      .apply(async ([saltHex, dkimPrivateKeys, mailboxes]) => {
        const passwords = new Map(
          mailboxes.flatMap(({ address, password }) => (password === undefined ? [] : [[address, password]])),
        );
        const given = mailboxes.flatMap(({ address, passwordHash }): [string, string][] =>
          passwordHash === undefined ? [] : [[address, withScheme(passwordHash)]],
        );
        return {
          passwordHashes: {
            ...Object.fromEntries(given),
            ...Object.fromEntries(await hashPasswords(saltHex, passwords)),
          },
          dkimPrivateKeys,
        };
      }),
  );
}
