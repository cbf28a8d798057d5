import type { z } from "zod";
import { argsObject } from "../../../declaration";
import { seconds } from "../../../schemaFields";
import type { DnsProvider } from "../provider";

const settings = argsObject("ZoneFileArgs", "The records are only an output.", {
  ttl: seconds.default(3600).meta({ description: "Time to live of the records, in seconds." }),
});

/** Nobody: a person pastes the output `zoneFile` where the records are kept. */
export const zoneFileDns = {
  about: "Nowhere: the output `zoneFile` holds the records, to be pasted at any provider.",
  settings,
  ttl: ({ ttl }) => ttl,
} satisfies DnsProvider<z.output<typeof settings>>;
