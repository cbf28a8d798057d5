import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { DkimKeys } from "../dns/dkimKeys";
import { hashPasswords, withScheme } from "../passwords";
import { acmeAccount } from "../roles/certbot/account";
import type { Role } from "../roles/role";
import type { HostSecrets } from "../roles/wantedHost";
import type { ValidArgs } from "../schema";
import { stackKey } from "../stackKey";

/** Each secret by itself, so that it is known as soon as what it is made of is: a password does not wait for a key that is yet to be made. */
export type GatheredSecrets = { [Kind in keyof Required<HostSecrets>]: pulumi.Output<HostSecrets[Kind]> };

/** What only the stack knows and only the daemons may read. */
export function gatherSecrets(name: string, args: ValidArgs, keys: DkimKeys, parent: pulumi.Resource): GatheredSecrets {
  // A machine that is made anew has the account that the CAA records name.
  const acmeKey = stackKey(`${name}-acme-account`, parent);
  const dkimPrivateKeys = Object.fromEntries([...keys].map(([at, key]) => [at, key.privateKeyPem]));
  return {
    passwordHashes: pulumi.secret(hashesOf(name, args, parent)),
    dkimPrivateKeys: pulumi.secret(dkimPrivateKeys),
    acmeAccount: pulumi.secret(acmeKey.privateKeyPem.apply(acmeAccount)),
    relayPassword: pulumi.secret(args.relayHost?.password),
    externalAccountKey: pulumi.secret(args.certificate.acme?.externalAccount?.hmacKey),
  };
}

/** The secret that stands in files of a role. */
export function secretsIn({ name, files }: Role, secrets: GatheredSecrets): pulumi.Output<unknown> | undefined {
  if (!files.some(({ secret }) => secret)) return undefined;
  const { passwordHashes, dkimPrivateKeys, acmeAccount, relayPassword } = secrets;
  return { dovecot: passwordHashes, opendkim: dkimPrivateKeys, certbot: acmeAccount, postfix: relayPassword }[name];
}

/** Hash of each mailbox's password; what was given as a hash stays as it is. */
function hashesOf(name: string, args: ValidArgs, parent: pulumi.Resource): pulumi.Output<Record<string, string>> {
  // 44 letters and digits are some 256 bits. Not RandomBytes, whose ID is its value: the engine keeps and prints IDs in clear text.
  const salt = new random.RandomPassword(`${name}-password-salt`, { length: 44, special: false }, { parent });
  // Hashes that were given are known when the stack's secret is not.
  const secret = args.mailboxes.some(({ password }) => password !== undefined) ? salt.result : "";
  return pulumi.all([secret, pulumi.output(args.mailboxes)]).apply(async ([stackSecret, mailboxes]) => {
    const passwords = new Map(
      mailboxes.flatMap(({ address, password }) => (password === undefined ? [] : [[address, password]])),
    );
    const given = mailboxes.flatMap(({ address, passwordHash, weakPasswordHash }): [string, string][] => {
      const hash = passwordHash ?? weakPasswordHash;
      return hash === undefined ? [] : [[address, withScheme(hash)]];
    });
    return { ...Object.fromEntries(given), ...Object.fromEntries(await hashPasswords(stackSecret, passwords)) };
  });
}
