import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { DnsAdapter } from "./adapter";
import { presentation } from "./presentation";

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
 * Publishes records with `nsupdate` (RFC 2136), which finds the zone by itself. Only the record itself is touched: others of the same name and type stay. The
 * TSIG key goes to standard input; the record stands in the environment, so that no shell ever reads it as a command.
 */
export function rfc2136Adapter(server: Rfc2136Server): DnsAdapter {
  return (name, _outline, record, opts) =>
    new command.local.Command(
      name,
      {
        create: `${nsupdate('printf "update add %s\\n" "$RECORD"')}; printf %s "$RECORD"`,
        update: `${nsupdate('printf "update delete %s\\nupdate add %s\\n" "$PULUMI_COMMAND_STDOUT" "$RECORD"')}; printf %s "$RECORD"`,
        delete: nsupdate('printf "update delete %s\\n" "$RECORD"'),
        environment: {
          RECORD: record.apply((each) => `${each.name}. ${server.ttl} IN ${each.type} ${presentation(each)}`),
          SERVER: `${server.server} ${server.port}`,
        },
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
