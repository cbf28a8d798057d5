import type { z } from "zod";
import { argsObject } from "../../../declaration";
import { groupBy } from "../../../groupBy";
import { matching } from "../../../schemaFields";
import { existingAtProvider, providerTtl, ttlInSeconds } from "../fields";
import type { DnsProvider, ReadRecord } from "../provider";
import { readWritten } from "../readRecord";
import { cloudflareRecordsFound, nameWithin, publishAtCloudflare, zoneName } from "./publish";

const settings = argsObject("CloudflareDnsArgs", "A DNS zone at Cloudflare.", {
  zoneId: matching(
    /^[0-9a-f]{32}$/,
    "is not a zone ID of Cloudflare; allowed are the 32 hexadecimal digits on the zone's overview page",
  ).meta({ description: "ID of the zone: 32 hexadecimal digits, on the zone's overview page." }),
  ttl: providerTtl(1, 86400).meta({
    description: "Time to live of the records, in seconds: 60 to 86400, or 1 for Cloudflare's choice.",
  }),
  existing: existingAtProvider,
});

const readRecord: ReadRecord = ({ name, type, content }) =>
  typeof name === "string" && typeof type === "string" && typeof content === "string"
    ? readWritten(name, type, content)
    : undefined;

/** Cloudflare. */
export const cloudflareDns = {
  about:
    "Cloudflare. The token is the provider's own (`CLOUDFLARE_API_TOKEN`); it needs the permissions Zone:Read and DNS:Edit.",
  settings,
  ttl: ttlInSeconds,
  publisher: publishAtCloudflare,
  checkZones: async (names, parent) => {
    const byZone = [...groupBy(names, ({ args }) => args.zoneId)];
    await Promise.all(
      byZone.map(async ([zoneId, within]) => {
        const zone = await zoneName(zoneId, parent);
        for (const { name } of within) if (zone !== undefined) nameWithin(name, zone, zoneId);
      }),
    );
  },
  existingRecords: async (names, parent) => {
    const zones = new Set(names.map(({ args }) => args.zoneId));
    return (await Promise.all([...zones].map((zoneId) => cloudflareRecordsFound(zoneId, parent)))).flat();
  },
  // The second is what the first was called before; programs still use it.
  readers: { "cloudflare:index/dnsRecord:DnsRecord": readRecord, "cloudflare:index/record:Record": readRecord },
} satisfies DnsProvider<z.output<typeof settings>>;
