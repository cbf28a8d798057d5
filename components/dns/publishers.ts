import type { KeptRecords } from "../schema";
import type { AccessOf } from "./accounts";
import { dnsOfNames } from "./placement";
import { providerOf, reverseProviderOf } from "./providers";
import type { PublishRecord } from "./providers/publishRecord";
import { type DnsRecord, RecordPurpose } from "./record";

/** Publishes a record where the args say; undefined where nobody does, and a person copies it from an output. */
export type PublisherOf = (record: DnsRecord) => PublishRecord | undefined;

/** The publishers that the args ask for. Records that are kept in the same place share one. */
export function publishers(args: KeptRecords, accessOf: AccessOf): PublisherOf {
  const back = reverseProviderOf(args.reverseDns);
  const reverse = back?.provider.publisher?.(back.args, args.triggers);
  const forward = new Map(
    [args.dns, ...args.domains.map(({ dns }) => dns)].map((dns) => [
      dns,
      dns && publisherAt(dns, args.triggers, accessOf),
    ]),
  );
  const dnsOf = dnsOfNames(args);
  return ({ name, purpose }) => (purpose === RecordPurpose.Reverse ? reverse : forward.get(dnsOf(name)));
}

function publisherAt(dns: KeptRecords["dns"], triggers: string[], accessOf: AccessOf): PublishRecord | undefined {
  const { provider, args } = providerOf(dns);
  const publish = provider.publisher?.(args, triggers);
  const { provider: account } = accessOf(args);
  return publish && account
    ? (name, outline, record, opts) => publish(name, outline, record, { ...opts, provider: account })
    : publish;
}
