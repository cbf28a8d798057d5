import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { ExistingRecords } from "../args";
import type { DnsAdapter } from "./adapter";
import { isExclusive } from "./existing";
import { presentation } from "./presentation";
import { type DnsRecord, RecordPurpose } from "./records";

/** A name server that takes dynamic updates, with every default filled in. */
export interface Rfc2136Server {
  server: string;
  port: number;
  keyName: string;
  keyAlgorithm: string;
  keySecret: pulumi.Output<string>;
  ttl: number;
  existing: ExistingRecords;
}

/**
 * Publishes records with `nsupdate` (RFC 2136), which finds the zone by itself. Only the record itself is touched: others of the same name and type stay,
 * unless they are another mail server's and the args want them replaced. A new `reapply` publishes each record again. The TSIG key goes to standard input; the record stands in the environment, so that
 * no shell ever reads it as a command.
 */
export function rfc2136Adapter(server: Rfc2136Server, reapply?: string): DnsAdapter {
  return (name, outline, record, opts) =>
    new command.local.Command(
      name,
      {
        ...shellCommands(outline, server.existing),
        environment: {
          ...environment(outline, server, reapply),
          RECORD: record.apply((each) => environment(each, server).RECORD),
        },
        stdin: pulumi.interpolate`key ${server.keyAlgorithm}:${server.keyName} ${server.keySecret}\n`,
        logging: command.local.Logging.None,
      },
      { ...opts, deleteBeforeReplace: true, hideDiffs: ["create", "update", "delete", "stdin", "logging"] },
    );
}

/** What the shell commands read: the record as a line of a zone file, and whom to tell. */
export function environment(
  record: DnsRecord,
  { server, port, ttl }: Pick<Rfc2136Server, "server" | "port" | "ttl">,
  reapply?: string,
): Record<"RECORD" | "SERVER", string> & { REAPPLY?: string } {
  return {
    RECORD: `${record.name}. ${ttl} IN ${record.type} ${presentation(record)}`,
    SERVER: `${server} ${port}`,
    // Read by nobody: a record that is published again is one whose environment differs.
    ...(reapply === undefined ? {} : { REAPPLY: reapply }),
  };
}

/**
 * The commands of a record: constants, but for how they treat another mail server's records. They print the record as it was published, and below it the
 * records that it replaced.
 */
export function shellCommands(
  record: Pick<DnsRecord, "type" | "value" | "purpose">,
  existing: ExistingRecords,
): Record<"create" | "update" | "delete", string> {
  const create = `${nsupdate('printf "update add %s\\n" "$RECORD"')}; printf %s "$RECORD"`;
  if (!isExclusive(record)) {
    // One message is for one zone, and the PTR records of two addresses may be in two.
    const between = record.purpose === RecordPurpose.Reverse ? "send\\n" : "";
    return {
      create,
      update: `${nsupdate(`printf "update delete %s\\n${between}update add %s\\n" "$PULUMI_COMMAND_STDOUT" "$RECORD"`)}; printf %s "$RECORD"`,
      delete: nsupdate('printf "update delete %s\\n" "$RECORD"'),
    };
  }
  const creations: Record<ExistingRecords, string> = {
    [ExistingRecords.Refuse]: `${foreign}; ${refuse}; ${create}`,
    [ExistingRecords.Replace]: `${foreign}; ${nsupdate(
      `${each("delete", 'printf %s "$foreign"')}; printf "update add %s\\n" "$RECORD"`,
    )}; printf "%s\\n%s" "$RECORD" "$foreign"`,
    [ExistingRecords.Adopt]: create,
  };
  return {
    create: creations[existing],
    update: `${nsupdate(`${each("delete", published)}; printf "update add %s\\n" "$RECORD"`)}; printf "%s\\n" "$RECORD"; ${replaced}`,
    delete: nsupdate(`${each("delete", published)}; ${each("add", replaced)}`),
  };
}

const published = 'printf %s "$PULUMI_COMMAND_STDOUT" | head -n 1';
const replaced = 'printf %s "$PULUMI_COMMAND_STDOUT" | tail -n +2';

/** An update for each line that a command prints. */
function each(what: "add" | "delete", lines: string): string {
  return `${lines} | while IFS= read -r each || [ -n "$each" ]; do printf "update ${what} %s\\n" "$each"; done`;
}

/**
 * Puts the zone file lines of another mail server's records into `foreign`: those of the record's name and type (of all texts: the SPF records) that are not
 * the record itself. `$SERVER` and the first words of `$RECORD` are names and numbers.
 */
const foreign = [
  'set -ef; set -- $SERVER; at="@$1 -p $2"; set -- $RECORD; owner="$1" ttl="$2" type="$4"; shift 4; data="$*"',
  'command -v dig >/dev/null || { echo "dig is missing here; install it (Debian: bind9-dnsutils)" >&2; exit 127; }',
  'found="$(dig +short +time=5 +tries=2 $at "$owner" "$type")" || { echo "the name server does not answer: $found" >&2; exit 1; }',
  'case "$type" in TXT) kind="^\\"v=spf1[ \\"]";; *) kind=" ";; esac',
  'foreign="$(printf "%s\\n" "$found" | grep -i -e "$kind" | grep -vixF -e "$data" | sed "s/^/$owner $ttl IN $type /" || true)"',
].join("; ");

const refuse =
  '[ -z "$foreign" ] || { printf "another mail server has these records, of which there may be one only; delete them, or say with existing in the dns of the domain that they are to be replaced or to stay:\\n%s\\n" "$foreign" >&2; exit 1; }';

/** A constant shell command: the key from standard input, then where to, then the updates that `updates` prints. */
function nsupdate(updates: string): string {
  const check =
    'command -v nsupdate >/dev/null || { echo "nsupdate is missing here; install it (Debian: bind9-dnsutils)" >&2; exit 127; }';
  return `${check}; set -e; { cat; printf "server %s\\n" "$SERVER"; ${updates}; echo send; } | nsupdate`;
}
