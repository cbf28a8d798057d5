import { z } from "zod";
import { groupBy } from "../../../groupBy";
import { matching } from "../../../schemaFields";
import { existingAtProvider, providerTtl, ttlInSeconds } from "../fields";
import type { DnsProvider, ReadRecord } from "../provider";
import { readWritten } from "../readRecord";
import { cloudflareRecordsFound, nameWithin, publishAtCloudflare, zoneName } from "./publish";

const settings = z.strictObject({
  zoneId: matching(
    /^[0-9a-f]{32}$/,
    "is not a zone ID of Cloudflare; allowed are the 32 hexadecimal digits on the zone's overview page",
  ),
  ttl: providerTtl(1, 86400),
  existing: existingAtProvider,
});

const readRecord: ReadRecord = ({ name, type, content }) =>
  typeof name === "string" && typeof type === "string" && typeof content === "string"
    ? readWritten(name, type, content)
    : undefined;

/** Cloudflare. */
export const cloudflareDns = {
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
