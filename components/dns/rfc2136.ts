import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { presentation } from "./presentation";
import type { DnsRecord } from "./records";

/** A name server that takes dynamic updates, with every default filled in. */
export interface Rfc2136Server {
  server: string;
  port: number;
  keyName: string;
  keyAlgorithm: string;
  keySecret: pulumi.Output<string>;
  ttl: number;
}

/**
 * Publishes a record with `nsupdate` (RFC 2136), which finds the zone by itself. Only this record is touched: others of the same name and type stay. The
 * TSIG key goes to standard input; the record stands in the environment, so that no shell ever reads it as a command.
 */
export function publishByRfc2136(
  name: string,
  server: Rfc2136Server,
  record: pulumi.Output<DnsRecord>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const line = record.apply((each) => `${each.name}. ${server.ttl} IN ${each.type} ${presentation(each)}`);
  return new command.local.Command(
    name,
    {
      create: `${nsupdate('printf "update add %s\\n" "$RECORD"')}; printf %s "$RECORD"`,
      update: `${nsupdate('printf "update delete %s\\nupdate add %s\\n" "$PULUMI_COMMAND_STDOUT" "$RECORD"')}; printf %s "$RECORD"`,
      delete: nsupdate('printf "update delete %s\\n" "$RECORD"'),
      environment: { RECORD: line, SERVER: `${server.server} ${server.port}` },
      stdin: pulumi.interpolate`key ${server.keyAlgorithm}:${server.keyName} ${server.keySecret}\n`,
      logging: command.local.Logging.None,
    },
    { ...opts, deleteBeforeReplace: true, hideDiffs: ["create", "update", "delete", "stdin", "logging"] },
  );
}

/** A constant shell command: the key from standard input, then where to, then the updates that `updates` prints. */
function nsupdate(updates: string): string {
  const check =
    'command -v nsupdate >/dev/null || { echo "nsupdate is missing here; install it (Debian: bind9-dnsutils)" >&2; exit 127; }';
  return `${check}; set -e; { cat; printf "server %s\\n" "$SERVER"; ${updates}; echo send; } | nsupdate`;
}
