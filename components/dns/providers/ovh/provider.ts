import { isIP } from "node:net";
import { z } from "zod";
import { type Parsed, parseIpv4, parseIpv6, reverseName } from "../../../addresses";
import { addressBlock, domainName } from "../../../schemaFields";
import { plainName } from "../../existing";
import { zoneOf } from "../../names";
import { existingAtProvider, providerTtl, ttlInSeconds } from "../fields";
import type { DnsProvider, ReverseDnsProvider } from "../provider";
import { readWritten } from "../readRecord";
import { ovhRecordsFound, publishAtOvh, zoneInAccount } from "./publish";
import { publishReverseAtOvh } from "./reverse";

const settings = z.strictObject({
  zone: domainName.optional(),
  ttl: providerTtl(0, 604800),
  existing: existingAtProvider,
});

/** OVH. A name's zone is its registrable domain, if the args name none. */
export const ovhDns = {
  settings,
  ttl: ttlInSeconds,
  publisher: publishAtOvh,
  zone: ({ zone }) => zone,
  checkZones: async (names, parent) => {
    const zones = new Set(names.map(({ name, args }) => zoneOf(name, args.zone)));
    await Promise.all([...zones].map((zone) => zoneInAccount(zone, parent)));
  },
  existingRecords: async (names, parent) => {
    const zones = new Set(names.map(({ name, args }) => zoneOf(name, args.zone)));
    return (await Promise.all([...zones].map((zone) => ovhRecordsFound(zone, parent)))).flat();
  },
  readers: {
    "ovh:Domain/zoneRecord:ZoneRecord": ({ zone, subdomain, fieldtype, target }) => {
      if (typeof zone !== "string" || typeof fieldtype !== "string" || typeof target !== "string") return undefined;
      // Pseudo-types of OVH's API, which are served as TXT.
      const type = ["DKIM", "DMARC", "SPF"].includes(fieldtype) ? "TXT" : fieldtype;
      return readWritten(subdomain ? `${String(subdomain)}.${zone}` : zone, type, target);
    },
    "ovh:Ip/reverse:Reverse": ({ ReverseIp, ReverseValue }) => {
      if (typeof ReverseIp !== "string" || !isIP(ReverseIp) || typeof ReverseValue !== "string") return undefined;
      return { name: reverseName(ReverseIp), type: "PTR", value: plainName(ReverseValue) };
    },
  },
} satisfies DnsProvider<z.output<typeof settings>>;

/** OVH names a single address as a block, too. */
const block = (parse: (text: string) => Parsed, longest: number) =>
  addressBlock(parse, longest).transform((text) => (text.includes("/") ? text : `${text}/${longest}`));

const reverseSettings = z.strictObject({
  blockV4: block(parseIpv4, 32).optional(),
  blockV6: block(parseIpv6, 128).optional(),
});

/** PTR records at OVH, for any machine of the account. */
export const ovhReverseDns = {
  settings: reverseSettings,
  demandsForwardNames: true,
  publishReverse: publishReverseAtOvh,
} satisfies ReverseDnsProvider<z.output<typeof reverseSettings>>;
