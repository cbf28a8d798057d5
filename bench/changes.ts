import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../lab/engine/engine";
import { machine, privateKeyPath } from "../lab/lab";
import { checkout } from "../lab/paths";
import { BenchStack, connections, type Name, passwordHash, serverArgs } from "./machines";
import { type Measurement, median, secondsOf } from "./measurement";

const takes = 5;

/** An `up` that changes nothing, held against that of an empty program; then small changes, held against a command that does nothing. */
export async function changes(engine: Engine, stack: BenchStack, name: Name): Promise<Measurement[]> {
  const empty = new BenchStack(engine, "empty", { program: join(checkout, "bench/programs/empty/index.ts") });
  empty.configure({});
  await empty.up();
  const emptyRun = await median(takes, () => secondsOf(() => empty.up()));
  await stack.up(serverArgs(name));
  const before = await connections(name);
  const idle = await median(takes, () => secondsOf(() => stack.up()));
  const opened = (await connections(name)) - before - 1;
  const trivial = await trivialChange(engine, name);
  const args = serverArgs(name);
  let number = 0;
  const mailbox = await median(takes, async () => {
    const more = { address: `more${++number}@bench.example.com`, passwordHash };
    return secondsOf(() => stack.up({ ...args, mailboxes: [...(args.mailboxes ?? []), more] }));
  });
  const setting = await median(takes, () =>
    secondsOf(() => stack.up({ ...args, messageSizeLimit: 40_000_000 + ++number })),
  );
  await stack.up(args);
  const against = { what: "the same of a command that does nothing", figure: trivial };
  return [
    {
      what: "`up` that changes nothing",
      unit: "s",
      ours: idle,
      against: { what: "`up` of an empty program", figure: emptyRun },
      goal: 1.2,
    },
    { what: "connections to the machine meanwhile", unit: "connections", ours: opened, goal: 0 },
    { what: "one mailbox more: what `up` takes longer", unit: "s", ours: mailbox - idle, against, goal: 2 },
    { what: "one setting: what `up` takes longer", unit: "s", ours: setting - idle, against, goal: 2 },
  ];
}

/** Seconds that `up` takes longer for a command that reads its standard input and does nothing else. */
async function trivialChange(engine: Engine, name: Name): Promise<number> {
  const stack = new BenchStack(engine, "trivial", { program: join(checkout, "bench/programs/trivial/index.ts") });
  const { v4: host, hostPublicKey: hostKey } = machine(name);
  const connection = JSON.stringify({ host, user: "root", hostKey, privateKey: readFileSync(privateKeyPath, "utf8") });
  let number = 0;
  const change = () => {
    stack.configure({ "bench:connection": connection, "bench:stdin": `text ${++number}` });
    return secondsOf(() => stack.up());
  };
  await change();
  const idle = await median(takes, () => secondsOf(() => stack.up()));
  return (await median(takes, change)) - idle;
}
