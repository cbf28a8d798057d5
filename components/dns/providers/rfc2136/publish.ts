import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { gzipSync, strToU8 } from "fflate";
import { ConflictingRecords, type TsigAlgorithm } from "../../../enums";
import { isExclusive } from "../../existing";
import { judged, zoneLine } from "../../presentation";
import type { DnsRecord } from "../../record";
import type { PublishRecord } from "../publishRecord";

/** A name server that takes dynamic updates, with every default filled in. */
export interface Rfc2136Server {
  server: pulumi.Input<string>;
  port: number;
  keyName: pulumi.Input<string>;
  keyAlgorithm: TsigAlgorithm;
  keySecret: pulumi.Output<string>;
  ttl: number;
  conflictingRecords: ConflictingRecords;
}

/**
 * Publishes records with `nsupdate` (RFC 2136), which finds the zone by itself, and reads them back. Only the record itself is touched: others of the same
 * name and type stay, unless they are another mail server's and the args want them replaced. Other `triggers` publish each record again. The TSIG key goes
 * to standard input; the record stands in the environment, so that no shell ever reads it as a command.
 */
export function publishByUpdate(server: Rfc2136Server, triggers: string[]): PublishRecord {
  const shell = interpreter();
  return (name, outline, record, opts) =>
    new command.local.Command(
      name,
      {
        interpreter: shell,
        // What is known of the record already is refused here, and not once the engine has begun.
        ...commands(judged(outline), server.conflictingRecords),
        // What the script reads: the record as a line of a zone file, and whom to tell.
        environment: {
          RECORD: record.apply((each) => zoneLine(each, server.ttl)),
          SERVER: pulumi.interpolate`${server.server} ${server.port}`,
          // Read by nobody: a record that is published again is one whose environment differs.
          ...(triggers.length === 0 ? {} : { TRIGGERS: JSON.stringify(triggers) }),
        },
        stdin: pulumi.interpolate`key ${server.keyAlgorithm}:${server.keyName} ${server.keySecret}\n`,
        logging: command.local.Logging.None,
      },
      {
        ...opts,
        deleteBeforeReplace: true,
        hideDiffs: ["interpreter", "create", "update", "delete"],
        customTimeouts: { create: "10m", update: "10m", delete: "10m" },
      },
    );
}

/** What to do to a record, in words that the engine quotes where it fails; `dynamicUpdate.sh` knows how. */
export function commands(
  record: Pick<DnsRecord, "type" | "value" | "purpose">,
  conflicting: ConflictingRecords,
): Record<"create" | "update" | "delete", string> {
  const creations: Record<ConflictingRecords, string> = {
    [ConflictingRecords.Fail]: "add, unless there are others",
    [ConflictingRecords.Replace]: "add in place of others",
    [ConflictingRecords.Keep]: "add",
  };
  return { create: isExclusive(record) ? creations[conflicting] : "add", update: "change", delete: "remove" };
}

/** The script, without comments. */
export function script(): string {
  const text = readFileSync(join(__dirname, "dynamicUpdate.sh"), "utf8");
  return text.replace(/^ *(#.*)?\n/gm, "").replace(/^ +/gm, "");
}

/** The shell with the script, which takes what to do as its last word. Deflated, as the state holds it twice with each record (`bundle.ts` says more). */
export function interpreter(): string[] {
  const text = Buffer.from(gzipSync(strToU8(script()), { mtime: 0 })).toString("base64");
  return ["/bin/sh", "-c", `set -e; script="$(echo ${text} | base64 -d | gunzip -c)"; eval "$script"`];
}
