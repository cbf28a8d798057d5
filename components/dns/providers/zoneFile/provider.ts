import { z } from "zod";
import { seconds } from "../../../schemaFields";
import type { DnsProvider } from "../provider";

const settings = z.strictObject({ ttl: seconds.default(3600) });

/** Nobody: a person pastes the output `zoneFile` where the records are kept. */
export const zoneFileDns = {
  settings,
  ttl: ({ ttl }) => ttl,
} satisfies DnsProvider<z.output<typeof settings>>;
