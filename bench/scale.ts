import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { toCloudflare } from "../components/dns/cloudflareRecord";
import { records } from "../components/dns/records";
import { resolve } from "../components/model";
import { validate } from "../components/validate";
import type { MailServerArgs } from "../index";
import { cloudEnvironment, cloudZones, openAccounts } from "../lab/cloud";
import type { Engine } from "../lab/engine/engine";
import { checkout, inLab } from "../lab/paths";
import { BenchStack, type Name, serverArgs } from "./machines";
import { type Measurement, secondsOf } from "./measurement";

const zoneId = cloudZones["example.com"] ?? "";
const passwordHash = `{BLF-CRYPT}$2y$10$${"a".repeat(53)}`;

/** Domains and mailboxes of a server. */
const sizes: [number, number][] = [
  [10, 100],
  [100, 1000],
  [1000, 10_000],
  [1, 10_000],
];

/** Previews of servers with more and more domains of ten mailboxes, and of one domain with many, held against the same records by nothing but the provider. */
export async function scale(engine: Engine, name: Name): Promise<Measurement[]> {
  openAccounts();
  const found: Measurement[] = [];
  for (const [count, mailboxes] of sizes) {
    const args = withDomains(name, count, mailboxes);
    const model = resolve(validate(args));
    const all = records(model, { address: "192.0.2.1", addressV6: "2001:db8::1", dkimPublicKeys: {} });
    const forward = all.filter(({ type }) => type !== "PTR");
    const bare = new BenchStack(engine, `records-of-${count}`, {
      program: join(checkout, "bench/programs/records/index.ts"),
      environment: cloudEnvironment,
    });
    const plain = forward.map((record) => ({ name: record.id, args: toCloudflare(record, zoneId, 300) }));
    bare.configure({ "bench:records": written(`records-of-${count}`, plain) });
    const figure = await secondsOf(() => bare.preview());
    const ours = new BenchStack(engine, `domains-${count}-${mailboxes}`, {
      program: join(checkout, "bench/programs/server/index.ts"),
      environment: cloudEnvironment,
    });
    ours.configure({ "bench:args": written(`domains-${count}-${mailboxes}`, args) });
    found.push({
      what: `preview of ${count} domains, ${mailboxes} mailboxes`,
      unit: "s",
      ours: await secondsOf(() => ours.preview()),
      against: { what: `${forward.length} bare records`, figure },
      goal: 1.2,
    });
    for (const stack of [bare, ours]) stack.forget();
  }
  return found;
}

/** A file of the lab with a value in it. */
function written(name: string, value: unknown): string {
  const file = inLab(`bench-${name}.json`);
  writeFileSync(file, JSON.stringify(value), { mode: 0o600 });
  return file;
}

function withDomains(name: Name, count: number, mailboxes: number): MailServerArgs {
  const domain = (index: number) => `d${index}.bench.example.com`;
  return {
    ...serverArgs(name),
    domains: Array.from({ length: count }, (_, index) => ({ name: domain(index) })),
    mailboxes: Array.from({ length: mailboxes }, (_, index) => ({
      address: `user${index}@${domain(index % count)}`,
      passwordHash,
    })),
    dns: { cloudflare: { zoneId, ttl: 300 } },
    reverseDns: undefined,
  };
}
