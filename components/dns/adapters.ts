import type { KeptRecords, ValidArgs } from "../schema";
import type { DnsAdapter } from "./adapter";
import { cloudflareAdapter } from "./cloudflare";
import { keepers } from "./keeper";
import { ovhAdapter } from "./ovh";
import { type DnsRecord, RecordPurpose } from "./record";
import { rfc2136Adapter } from "./rfc2136";

/** Who publishes a record; nobody, where a person copies it from an output. */
export type AdapterOf = (record: DnsRecord) => DnsAdapter | undefined;

/** The adapters that the args ask for. Records that are kept in the same place share one. */
export function adapters(args: KeptRecords): AdapterOf {
  const reverse = args.reverseDns?.rfc2136 && rfc2136Adapter(args.reverseDns.rfc2136, args.reapply);
  const forward = new Map(
    [args.dns, ...args.domains.map(({ dns }) => dns)].map((dns) => [dns, dns && adapterFor(dns, args.reapply)]),
  );
  const keeperOf = keepers(args);
  return ({ name, purpose }) => (purpose === RecordPurpose.Reverse ? reverse : forward.get(keeperOf(name)));
}

function adapterFor(dns: ValidArgs["dns"], reapply?: string): DnsAdapter | undefined {
  if (dns.rfc2136) return rfc2136Adapter(dns.rfc2136, reapply);
  if (dns.ovh) return ovhAdapter(dns.ovh);
  if (dns.cloudflare) return cloudflareAdapter(dns.cloudflare);
  return undefined;
}
