import type * as pulumi from "@pulumi/pulumi";
import type { KeptRecords } from "../schema";
import { accountIn, accountOf } from "./providers";
import type { Access } from "./providers/provider";

/** As whom it is asked what args of a provider are about. */
export type AccessOf = (args: unknown) => Access;

/** A provider of its own for each account that is named; the others ask as the component is told by its options, or by the environment. */
export function dnsAccess(
  name: string,
  { dnsAccounts }: Pick<KeptRecords, "dnsAccounts">,
  parent: pulumi.Resource,
): AccessOf {
  const made = new Map<string, pulumi.ProviderResource>();
  return (args) => {
    const account = dnsAccounts.find((each) => each.name === accountIn(args));
    if (account === undefined) return { parent };
    const { kind, credentials } = accountOf(account);
    const provider = made.get(account.name) ?? kind.provider(`${name}-${account.name}`, credentials, { parent });
    made.set(account.name, provider);
    return { parent, provider };
  };
}
