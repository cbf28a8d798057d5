import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DkimKeys } from "../dns/dkimKeys";
import { hashPasswords, withScheme } from "../passwords";
import { acmeAccount } from "../roles/certbot/account";
import type { HostSecrets } from "../roles/wantedHost";
import type { ValidArgs } from "../schema";
import { stackKey } from "../stackKey";

/** What only the stack knows and only the daemons may read; a secret as a whole. */
export function gatherSecrets(
  name: string,
  args: ValidArgs,
  keys: DkimKeys,
  parent: pulumi.Resource,
): pulumi.Output<HostSecrets> {
  const salt = new random.RandomBytes(`${name}-password-salt`, { length: 32 }, { parent });
  // A machine that is made anew has the account that the CAA records name.
  const acmeKey = stackKey(`${name}-acme-account`, parent);
  const privateKeys = Object.fromEntries([...keys].map(([at, key]) => [at, key.privateKeyPem]));
  return pulumi.secret(
    pulumi
      .all([
        salt.hex,
        pulumi.output(privateKeys),
        acmeKey.privateKeyPem,
        pulumi.output(args.mailboxes),
        args.relayHost?.password,
      ])
      .apply(async ([saltHex, dkimPrivateKeys, acmePrivateKey, mailboxes, relayPassword]) => {
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
          acmeAccount: acmeAccount(acmePrivateKey),
          relayPassword,
        };
      }),
  );
}
