import { toCloudflare } from "../components/dns/providers/cloudflare/record";
import { firstMachine } from "../components/model";
import { records } from "../components/plannedRecords";
import { resolve } from "../components/resolve";
import { validate } from "../components/validate";
import type { MailServerArgs } from "../index";
import { closeAccounts, cloudEnvironment, openAccounts } from "../lab/cloud";
import type { Engine } from "../lab/engine/engine";
import { cloudZones } from "../lab/providers/cloud/rehearsed";
import { BenchStack, type Name, passwordHash, serverArgs } from "./machines";
import { type Measurement, secondsOf } from "./measurement";

const zoneId = cloudZones["example.com"] ?? "";

/** Pulumi's SDK keeps some 0.4 MB a resource; what Node.js takes by itself would have both programs collect garbage most of the time. */
const room = { NODE_OPTIONS: "--max-old-space-size=12288" };

/** How large a server is. */
interface Size {
  domains: number;
  mailboxes: number;
}

/** The sizes that are measured; those that are also deployed, beside a program of bare records. */
export const sizes: (Size & { deployed?: true })[] = [
  { domains: 10, mailboxes: 100, deployed: true },
  { domains: 100, mailboxes: 1000, deployed: true },
  { domains: 1000, mailboxes: 10_000 },
  { domains: 1, mailboxes: 10_000 },
];

export const inWords = ({ domains, mailboxes }: Size) => `${domains} domains, ${mailboxes} mailboxes`;

/** The first preview of a server, held against one of the same records by nothing but the provider. */
export async function previewOf(engine: Engine, name: Name, size: Size): Promise<Measurement> {
  const bare = bareRecords(withSize(name, size));
  const figure = await secondsOf(() => programOf(engine, "records", "records", bare).preview());
  const ours = await secondsOf(() => programOf(engine, "server", name, withSize(name, size)).preview());
  return {
    what: `preview of ${inWords(size)}`,
    unit: "s",
    ours,
    against: { what: recordsIn(bare), figure },
    // Of one domain, the records are not what takes time.
    ...(size.domains > 1 ? { goal: 1.2 } : {}),
  };
}

/** An `up` by which a server gets all but one of its domains, held against one of the same records by nothing but the provider. */
export async function upOf(engine: Engine, name: Name, size: Size): Promise<Measurement> {
  const bare = bareRecords(withSize(name, size, "bare"));
  const figure = await secondsOf(() => programOf(engine, "records", "records", bare).up());
  const server = programOf(engine, "server", name, withSize(name, { domains: 1, mailboxes: 1 }));
  await server.up();
  const ours = await secondsOf(() => server.up(withSize(name, size)));
  await closeAccounts();
  return { what: `up to ${inWords(size)}`, unit: "s", ours, against: { what: recordsIn(bare), figure }, goal: 1.2 };
}

/** A stack without a history, with the accounts of the stand-ins. */
function programOf(engine: Engine, program: "records" | "server", name: string, what: unknown): BenchStack {
  openAccounts();
  const stack = new BenchStack(engine, name, program, { ...cloudEnvironment, ...room });
  stack.tell(what);
  return stack;
}

/** The records of a server as the provider takes them; those of DKIM keys are to be filled in. */
function bareRecords(args: MailServerArgs) {
  const certificateSpkiSha256 = "ab".repeat(32);
  return records(resolve(validate(args)), {
    machines: { [firstMachine]: { ipv4Address: "192.0.2.1", ipv6Address: "2001:db8::1", certificateSpkiSha256 } },
    dkimPublicKeys: {},
  })
    .filter(({ type }) => type !== "PTR")
    .map((record) => ({
      name: record.id,
      args: toCloudflare(record, zoneId, 300),
      keyed: record.dkimDomain !== undefined,
    }));
}

const recordsIn = (bare: unknown[]) => `${bare.length} bare records, with their keys`;

function withSize(name: Name, { domains, mailboxes }: Size, zone = "bench"): MailServerArgs {
  const domain = (index: number) => `d${index}.${zone}.example.com`;
  return {
    ...serverArgs(name),
    hostname: `mail.${zone}.example.com`,
    domains: Array.from({ length: domains }, (_, index) => ({ name: domain(index) })),
    mailboxes: Array.from({ length: mailboxes }, (_, index) => ({
      address: `user${index}@${domain(index % domains)}`,
      passwordHash,
    })),
    dns: { cloudflare: { zoneId, ttl: 300 } },
    reverseDns: undefined,
    requireReverseDns: false,
  };
}
