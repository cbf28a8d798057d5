import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { MachineAddresses } from "../../machineAddresses";
import type { FoundRecord } from "../existing";
import type { DnsRecord } from "../record";
import type { PublishRecord } from "./publishRecord";

/** As whom a provider is asked: as an account that the args name, else as the one whose credentials the provider finds by itself. */
export type Access = Pick<pulumi.InvokeOptions, "parent" | "provider">;

/** How the args name an account at a provider, besides the one whose credentials the provider finds by itself. */
export interface AccountKind<Credentials = unknown> {
  /** What people read about its member of `dnsAccounts`. */
  about: string;
  /** That member. */
  settings: z.ZodType<Credentials>;
  /** The provider's plugin, logged in with these credentials. */
  provider(name: string, credentials: Credentials, opts: pulumi.ResourceOptions): pulumi.ProviderResource;
}

/**
 * Who keeps DNS records: a folder beside this file, and one entry in the list of `index.ts`. `Args` is what the args say about it, with every default
 * filled in. An SDK is loaded when a member of it is first used, so that nobody needs those of other providers.
 */
export interface DnsProvider<Args = unknown> {
  /** What people read about its member of the args `dns`. */
  about: string;
  /** That member, each of whose own says what people read about it (`components/declaration.ts`). */
  settings: z.ZodType<Args>;
  /** Seconds of the time to live that the output `zoneFile` names. */
  ttl(args: Args): number;
  /** Accounts at it; the args then have a member `account`. @default - none: the args themselves say who logs in */
  account?: AccountKind;
  /** Publishes a record as one resource. @default - nobody does: a person copies the records from an output */
  publisher?(args: Args, triggers: string[]): PublishRecord;
  /** Zone that the args name. @default - the provider finds the zone of each name by itself */
  zone?(args: Args): string | undefined;
  /** Refuses names whose zone the account does not have, or that lie outside it. @default - it is seen when a record is made */
  checkZones?(names: NameAt<Args>[], access: Access): Promise<void>;
  /** MX and TXT records that the zones of these names hold already. @default - none can be read before a record is made */
  existingRecords?(names: NameAt<Args>[], access: Access): Promise<FoundRecord[]>;
  /** Reads the resources that publish records, for the policy pack; by their type tokens. */
  readers?: Record<string, ReadRecord>;
}

/** A name and what the args say about where its records are kept. */
export interface NameAt<Args> {
  name: string;
  args: Args;
}

/** Who keeps PTR records; a member of the args `reverseDns`. */
export interface ReverseDnsProvider<Args = unknown> {
  about: string;
  settings: z.ZodType<Args>;
  /** Whether PTR records are taken only once the hostname resolves to the address, whoever publishes that. @default false */
  demandsForwardNames?: boolean;
  /** Publishes a PTR record as one resource, as other records are. @default - by `publishReverse` */
  publisher?(args: Args, triggers: string[]): PublishRecord;
  /** Publishes the PTR records of a machine's addresses. @default - by `publisher` */
  publishReverse?(
    name: string,
    hostname: string,
    args: Args,
    addresses: MachineAddresses,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Resource[];
}

/** What a resource publishes, as far as it is known; undefined where that is no record that can be judged. */
export type ReadRecord = (
  inputs: Record<string, unknown>,
) => (Pick<DnsRecord, "name" | "value"> & { type: string }) | undefined;
