import * as z from "zod";
import { argsObject } from "../../../declaration";
import { ConflictingRecords, TsigAlgorithm } from "../../../enums";
import { input, pattern, port, seconds, secretInput } from "../../../schemaFields";
import { conflictsDescription } from "../fields";
import type { DnsProvider, ReverseDnsProvider } from "../provider";
import { readWritten } from "../readRecord";
import { publishByUpdate } from "./publish";

const about = "A name server that takes dynamic updates (RFC 2136), each signed (TSIG, RFC 8945).";

const settings = argsObject("Rfc2136Args", about, {
  server: input(
    pattern(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/, "is not the address or name of a name server"),
  ).meta({ description: "Address or name of the primary name server." }),
  port: port.default(53).meta({ description: "Its port." }),
  keyName: input(pattern(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9._])?$/, "is not the name of a TSIG key")).meta({
    description: "Name of the TSIG key.",
  }),
  keyAlgorithm: z.enum(TsigAlgorithm).default(TsigAlgorithm.HmacSha256).meta({ description: "HMAC of the TSIG key." }),
  keySecret: secretInput((text) =>
    /^[A-Za-z0-9+/]{8,}={0,2}$/.test(text)
      ? undefined
      : "is not base64; give the `secret` of the TSIG key as it stands in the name server's file",
  ).meta({ description: "Secret of the TSIG key, base64. Always kept as a secret." }),
  ttl: seconds.default(3600).meta({ description: "Time to live of the records, in seconds." }),
  conflictingRecords: z
    .enum(ConflictingRecords)
    .default(ConflictingRecords.Fail)
    .meta({ description: conflictsDescription }),
});

type Args = z.output<typeof settings>;

/** A name server that takes dynamic updates (RFC 2136). It finds the zone of a name by itself, and a preview does not reach it. */
export const rfc2136Dns = {
  about:
    "A name server that takes dynamic updates (RFC 2136): BIND, Knot, PowerDNS and others. `nsupdate` and `dig` must be there where Pulumi runs.",
  settings,
  ttl: ({ ttl }) => ttl,
  publisher: publishByUpdate,
  readers: {
    "command:local:Command": ({ environment }) => {
      const line = (environment as { RECORD?: unknown } | undefined)?.RECORD;
      const [, name, type, value] = (typeof line === "string" && /^(\S+) \d+ IN (\S+) (.*)$/s.exec(line)) || [];
      return name && type && value ? readWritten(name, type, value) : undefined;
    },
  },
} satisfies DnsProvider<Args>;

/** The same for reverse zones. */
export const rfc2136ReverseDns = {
  about: "A name server that takes dynamic updates of the reverse zones (RFC 2136).",
  settings,
  publisher: publishByUpdate,
} satisfies ReverseDnsProvider<Args>;
