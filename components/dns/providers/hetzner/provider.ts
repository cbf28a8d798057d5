import { isIP } from "node:net";
import * as z from "zod";
import { reverseName } from "../../../addresses";
import { argsObject } from "../../../declaration";
import { domainName } from "../../../schemaFields";
import { plainName } from "../../existing";
import { zonesOf } from "../../names";
import { accountMember, conflictsAtProvider } from "../fields";
import type { DnsProvider, ReverseDnsProvider } from "../provider";
import { readWritten } from "../readRecord";
import { hetznerAccount } from "./account";
import { hetznerRecordsFound, publishAtHetzner, requirePrimaryZone } from "./publish";
import { wholeName } from "./record";
import { publishReverseAtHetzner } from "./reverse";

const settings = argsObject("HetznerDnsArgs", "A DNS zone at Hetzner. The records have the zone's own time to live.", {
  zone: domainName.optional().meta({
    description: "The zone, as Hetzner Console names it.",
    default: "the registrable domain of each name: `example.org` for `mail.example.org`",
  }),
  conflictingRecords: conflictsAtProvider,
  account: accountMember("`HCLOUD_TOKEN`"),
});

/** Hetzner. A name's zone is its registrable domain, if the args name none. */
export const hetznerDns = {
  about: "Hetzner. The token is the provider's own (`HCLOUD_TOKEN`) or that of an account; it needs to read and write.",
  settings,
  // That of the zone, which the provider cannot set for one record; a new zone has this one.
  ttl: () => 3600,
  account: hetznerAccount,
  publisher: publishAtHetzner,
  zone: ({ zone }) => zone,
  checkZones: async (names, access) => {
    await Promise.all(zonesOf(names).map((zone) => requirePrimaryZone(zone, access)));
  },
  existingRecords: async (names, access) =>
    (await Promise.all(zonesOf(names).map((zone) => hetznerRecordsFound(zone, access)))).flat(),
  readers: {
    "hcloud:index/zoneRecord:ZoneRecord": ({ zone, name, type, value }) =>
      typeof zone === "string" && typeof name === "string" && typeof type === "string" && typeof value === "string"
        ? readWritten(wholeName(name, zone), type, value)
        : undefined,
    "hcloud:index/rdns:Rdns": ({ ipAddress, dnsPtr }) => {
      if (typeof ipAddress !== "string" || !isIP(ipAddress) || typeof dnsPtr !== "string") return undefined;
      return { name: reverseName(ipAddress), type: "PTR", value: plainName(dnsPtr) };
    },
  },
} satisfies DnsProvider<z.output<typeof settings>>;

const reverseSettings = argsObject("HetznerReverseDnsArgs", "PTR records of a cloud server at Hetzner.", {
  serverId: z.int("must be the number of a server; `hcloud server list` shows it").positive("must be above 0").meta({
    description:
      "Number of the server, as `hcloud server list` and the address of its page in Hetzner Console show it.",
  }),
  account: accountMember("`HCLOUD_TOKEN`"),
});

/** PTR records of a cloud server at Hetzner. */
export const hetznerReverseDns = {
  about: "Hetzner, for a cloud server.",
  settings: reverseSettings,
  publishReverse: publishReverseAtHetzner,
} satisfies ReverseDnsProvider<z.output<typeof reverseSettings>>;
