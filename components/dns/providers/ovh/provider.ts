import { isIP } from "node:net";
import type { z } from "zod";
import { type Parsed, parseIpv4, parseIpv6, reverseName } from "../../../addresses";
import { argsObject } from "../../../declaration";
import { addressBlock, domainName } from "../../../schemaFields";
import { plainName } from "../../existing";
import { zonesOf } from "../../names";
import { accountMember, conflictsAtProvider, providerTtl, ttlInSeconds } from "../fields";
import type { DnsProvider, ReverseDnsProvider } from "../provider";
import { readWritten } from "../readRecord";
import { ovhAccount } from "./account";
import { ovhRecordsFound, publishAtOvh, zoneInAccount } from "./publish";
import { publishReverseAtOvh } from "./reverse";

const settings = argsObject("OvhDnsArgs", "A DNS zone at OVH.", {
  zone: domainName.optional().meta({
    description: "The zone, as OVH's control panel names it.",
    default: "the registrable domain of each name: `example.org` for `mail.example.org`",
  }),
  ttl: providerTtl(0, 604800).meta({
    description: "Time to live of the records, in seconds: 60 or more, or 0 for the zone's own.",
  }),
  conflictingRecords: conflictsAtProvider,
  account: accountMember("`OVH_APPLICATION_KEY` …"),
});

/** OVH. A name's zone is its registrable domain, if the args name none. */
export const ovhDns = {
  about: "OVH. Credentials are the provider's own (`OVH_ENDPOINT`, `OVH_APPLICATION_KEY` …) or those of an account.",
  settings,
  ttl: ttlInSeconds,
  account: ovhAccount,
  publisher: publishAtOvh,
  zone: ({ zone }) => zone,
  checkZones: async (names, access) => {
    await Promise.all(zonesOf(names).map((zone) => zoneInAccount(zone, access)));
  },
  existingRecords: async (names, access) =>
    (await Promise.all(zonesOf(names).map((zone) => ovhRecordsFound(zone, access)))).flat(),
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

const reverseSettings = argsObject(
  "OvhReverseDnsArgs",
  "PTR records at OVH, which accepts them only once the hostname resolves to the address.",
  {
    blockV4: block(parseIpv4, 32).optional().meta({
      description: "The IPv4 block under which OVH lists the address.",
      default: "the address itself, as `/32`",
      example: "198.51.100.0/28",
    }),
    blockV6: block(parseIpv6, 128).optional().meta({
      description: "The IPv6 block under which OVH lists the address.",
      default: "the address itself, as `/128`: so it is for a VPS",
      example: "2001:db8:51::/64",
    }),
    account: accountMember("`OVH_APPLICATION_KEY` …"),
  },
);

/** PTR records at OVH, for any machine of the account. */
export const ovhReverseDns = {
  about: "OVH, for any machine of the account.",
  settings: reverseSettings,
  demandsForwardNames: true,
  publishReverse: publishReverseAtOvh,
} satisfies ReverseDnsProvider<z.output<typeof reverseSettings>>;
