import type { z } from "zod";
import { argsObject } from "../../declaration";
import { cloudflareDns } from "./cloudflare/provider";
import { accountName } from "./fields";
import { hetznerDns, hetznerReverseDns } from "./hetzner/provider";
import { ovhDns, ovhReverseDns } from "./ovh/provider";
import type { AccountKind, DnsProvider, ReadRecord, ReverseDnsProvider } from "./provider";
import { rfc2136Dns, rfc2136ReverseDns } from "./rfc2136/provider";
import { zoneFileDns } from "./zoneFile/provider";

/** Every provider that keeps DNS records, by its member of the args `dns`. */
export const dnsProviders = {
  rfc2136: rfc2136Dns,
  zoneFile: zoneFileDns,
  ovh: ovhDns,
  cloudflare: cloudflareDns,
  hetzner: hetznerDns,
};

/** Every provider that keeps PTR records, by its member of the args `reverseDns`. */
export const reverseDnsProviders = { rfc2136: rfc2136ReverseDns, ovh: ovhReverseDns, hetzner: hetznerReverseDns };

type Listed = Record<string, { about: string; settings: z.ZodType }>;

type Shape<Providers extends Listed> = {
  [Name in keyof Providers]: z.ZodOptional<Providers[Name]["settings"]>;
};

function shapeOf<Providers extends Listed>(providers: Providers): Shape<Providers> {
  const members = Object.entries(providers).map(([name, { about, settings }]) => [
    name,
    settings.optional().meta({ description: about }),
  ]);
  return Object.fromEntries(members) as Shape<Providers>;
}

/** The args `dns`: exactly one member is there once the args are accepted. */
export const dnsSchema = argsObject(
  "DnsArgs",
  "Where DNS records are kept. Exactly one member.",
  shapeOf(dnsProviders),
);

/** The args `reverseDns`, likewise. */
export const reverseDnsSchema = argsObject(
  "ReverseDnsArgs",
  "Where PTR records are kept. Exactly one member.",
  shapeOf(reverseDnsProviders),
);

type Providers = typeof dnsProviders;

type AccountKinds = {
  [Name in keyof Providers as Providers[Name] extends { account: Listed[string] } ? Name : never]: Extract<
    Providers[Name],
    { account: Listed[string] }
  >["account"];
};

/** Every kind of account at a provider, by the provider's member of the args `dns`. */
export const accountKinds = Object.fromEntries(
  Object.entries<DnsProvider>(dnsProviders).flatMap(([name, { account }]) => (account ? [[name, account]] : [])),
) as AccountKinds;

/** The args `dnsAccounts[]`: a name, and exactly one other member. */
export const dnsAccountSchema = argsObject(
  "DnsAccountArgs",
  "An account at a DNS provider, beside the one whose credentials the provider finds by itself. Exactly one member besides `name`.",
  {
    name: accountName.meta({
      description:
        "A name of your own, by which `dns` and `reverseDns` say whose zone it is (`account`). With another name, the account's records are made anew.",
    }),
    ...shapeOf(accountKinds),
  },
);

/** An account, with every default filled in. */
export type ValidDnsAccount = z.output<typeof dnsAccountSchema>;

/** The kind of an account, and its credentials. */
export function accountOf({ name: _name, ...account }: ValidDnsAccount): { kind: AccountKind; credentials: unknown } {
  const [name, credentials] = only(account, "");
  return { kind: (accountKinds as Record<string, AccountKind>)[name] as AccountKind, credentials };
}

/** The name of the account that the args of a provider name. */
export function accountIn(args: unknown): string | undefined {
  return (args as { account?: string } | undefined)?.account;
}

/** Where records are kept, with every default filled in. */
export type DnsPlacement = z.output<typeof dnsSchema>;

/** The provider that the args name, and what they say about it. */
export function providerOf(placement: DnsPlacement): { name: string; provider: DnsProvider; args: unknown } {
  const [name, args] = only(placement, "zoneFile");
  return { name, provider: (dnsProviders as Record<string, DnsProvider>)[name] ?? zoneFileDns, args };
}

/** Whether somebody else than a person keeps the records. */
export function isPublished(placement: DnsPlacement): boolean {
  return providerOf(placement).provider.publisher !== undefined;
}

/** The same for PTR records. */
export function reverseProviderOf(
  placement: z.output<typeof reverseDnsSchema> | undefined,
): { provider: ReverseDnsProvider; args: unknown } | undefined {
  if (placement === undefined) return undefined;
  const [name, args] = only(placement, "");
  const provider = (reverseDnsProviders as Record<string, ReverseDnsProvider>)[name];
  return provider && { provider, args };
}

function only(placement: object, otherwise: string): [name: string, args: unknown] {
  return Object.entries(placement).find(([, args]) => args !== undefined) ?? [otherwise, undefined];
}

/** Reads the resources of every provider that publish records, by their type tokens. */
export const recordReaders: Record<string, ReadRecord> = Object.assign(
  {},
  ...Object.values<DnsProvider>(dnsProviders).map(({ readers }) => readers),
);
