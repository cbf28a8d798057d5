import { isIP } from "node:net";
import { z } from "zod";
import { reverseName } from "../../../addresses";
import { domainName } from "../../../schemaFields";
import { plainName } from "../../existing";
import { zoneOf } from "../../names";
import { existingAtProvider } from "../fields";
import type { DnsProvider, NameAt, ReverseDnsProvider } from "../provider";
import { readWritten } from "../readRecord";
import { hetznerRecordsFound, publishAtHetzner, requirePrimaryZone } from "./publish";
import { wholeName } from "./record";
import { publishReverseAtHetzner } from "./reverse";

const settings = z.strictObject({ zone: domainName.optional(), existing: existingAtProvider });

type Args = z.output<typeof settings>;

const zonesOf = (names: NameAt<Args>[]) => [...new Set(names.map(({ name, args }) => zoneOf(name, args.zone)))];

/** Hetzner. A name's zone is its registrable domain, if the args name none. */
export const hetznerDns = {
  settings,
  // That of the zone, which the provider cannot set for one record; a new zone has this one.
  ttl: () => 3600,
  publisher: publishAtHetzner,
  zone: ({ zone }) => zone,
  checkZones: async (names, parent) => {
    await Promise.all(zonesOf(names).map((zone) => requirePrimaryZone(zone, parent)));
  },
  existingRecords: async (names, parent) =>
    (await Promise.all(zonesOf(names).map((zone) => hetznerRecordsFound(zone, parent)))).flat(),
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
} satisfies DnsProvider<Args>;

const reverseSettings = z.strictObject({
  serverId: z.int("must be the number of a server; `hcloud server list` shows it").positive("must be above 0"),
});

/** PTR records of a cloud server at Hetzner. */
export const hetznerReverseDns = {
  settings: reverseSettings,
  publishReverse: publishReverseAtHetzner,
} satisfies ReverseDnsProvider<z.output<typeof reverseSettings>>;
