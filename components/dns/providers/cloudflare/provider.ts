import type { z } from "zod";
import { argsObject } from "../../../declaration";
import { groupBy } from "../../../groupBy";
import { knownValue } from "../../../knownValue";
import { input, pattern } from "../../../schemaFields";
import { accountMember, conflictsAtProvider, providerTtl, ttlInSeconds } from "../fields";
import type { DnsProvider, ReadRecord } from "../provider";
import { readWritten } from "../readRecord";
import { cloudflareAccount } from "./account";
import { cloudflareRecordsFound, nameWithin, publishAtCloudflare, zoneName } from "./publish";

const settings = argsObject("CloudflareDnsArgs", "A DNS zone at Cloudflare.", {
  zoneId: input(
    pattern(
      /^[0-9a-f]{32}$/,
      "is not a zone ID of Cloudflare; allowed are the 32 hexadecimal digits on the zone's overview page",
    ),
  ).meta({ description: "ID of the zone: 32 hexadecimal digits, on the zone's overview page." }),
  ttl: providerTtl(1, 86400).meta({
    description: "Time to live of the records, in seconds: 60 to 86400, or 1 for Cloudflare's choice.",
  }),
  conflictingRecords: conflictsAtProvider,
  account: accountMember("`CLOUDFLARE_API_TOKEN`"),
});

const readRecord: ReadRecord = ({ name, type, content }) =>
  typeof name === "string" && typeof type === "string" && typeof content === "string"
    ? readWritten(name, type, content)
    : undefined;

/** Cloudflare. */
export const cloudflareDns = {
  about:
    "Cloudflare. The token is the provider's own (`CLOUDFLARE_API_TOKEN`) or that of an account; it needs the permissions Zone:Read and DNS:Edit.",
  settings,
  ttl: ttlInSeconds,
  account: cloudflareAccount,
  publisher: publishAtCloudflare,
  checkZones: async (names, access) => {
    const byZone = [...groupBy(names, ({ args }) => args.zoneId)];
    await Promise.all(
      byZone.map(async ([given, within]) => {
        const zoneId = await knownValue(given);
        const zone = zoneId && (await zoneName(zoneId, access));
        for (const { name } of within) if (zone && zoneId) nameWithin(name, zone, zoneId);
      }),
    );
  },
  existingRecords: async (names, access) => {
    const zones = new Set(await Promise.all(names.map(({ args }) => knownValue(args.zoneId))));
    const found = [...zones].map((zoneId) => (zoneId ? cloudflareRecordsFound(zoneId, access) : []));
    return (await Promise.all(found)).flat();
  },
  // The second is what the first was called before; programs still use it.
  readers: { "cloudflare:index/dnsRecord:DnsRecord": readRecord, "cloudflare:index/record:Record": readRecord },
} satisfies DnsProvider<z.output<typeof settings>>;
