import { readFileSync } from "node:fs";
import type { Engine } from "../lab/engine/engine";
import { machine, privateKeyPath } from "../lab/lab";
import { BenchStack, connections, type Name, passwordHash, serverArgs } from "./machines";
import { type Measurement, median, secondsOf } from "./measurement";

const takes = 5;

/** An `up` that changes nothing, held against that of one resource of each provider in use and of an empty program; then small changes, held against a command that does nothing. */
export async function changes(engine: Engine, stack: BenchStack, name: Name): Promise<Measurement[]> {
  const emptyRun = await idleRun(engine, "empty");
  const bareRun = await idleRun(engine, "bare");
  const args = serverArgs(name);
  await stack.up(args);
  const before = await connections(name);
  const idle = await median(takes, () => secondsOf(() => stack.up()));
  const opened = (await connections(name)) - before - 1;
  const trivial = await trivialChange(engine, name);
  const more = (number: number) => ({ address: `more${number}@bench.example.com`, passwordHash });
  const mailbox = await medianChange(stack, "mail-host-command", (number) => ({
    ...args,
    mailboxes: [...(args.mailboxes ?? []), more(number)],
  }));
  await stack.up(args);
  const setting = await medianChange(stack, "mail-host-command", (number) => ({
    ...args,
    messageSizeLimit: 40_000_000 + number,
  }));
  await stack.up(args);
  return [
    {
      what: "`up` that changes nothing",
      unit: "s",
      ours: idle,
      against: { what: "`up` of one resource of each provider in use", figure: bareRun },
      goal: 1.15,
    },
    {
      what: "the same, against a program that does nothing",
      unit: "s",
      ours: idle,
      against: { what: "`up` of an empty program", figure: emptyRun },
    },
    { what: "connections to the machine meanwhile", unit: "connections", ours: opened, goal: 0 },
    compared("one mailbox", mailbox, trivial),
    compared("one setting", setting, trivial),
  ];
}

/** Seconds of an `up` that changes nothing. */
async function idleRun(engine: Engine, program: "bare" | "empty"): Promise<number> {
  const stack = new BenchStack(engine, program, program);
  await stack.up();
  return median(takes, () => secondsOf(() => stack.up()));
}

function compared(what: string, ours: number, trivial: number): Measurement {
  return {
    what: `${what}: the command that changes the machine`,
    unit: "s",
    ours,
    against: { what: "a command that does nothing", figure: trivial },
    goal: 2,
  };
}

/** Seconds of a command that reads its standard input and does nothing else. */
async function trivialChange(engine: Engine, name: Name): Promise<number> {
  const { v4: host, hostPublicKey: hostKey } = machine(name);
  const connection = { host, user: "root", hostKey, privateKey: readFileSync(privateKeyPath, "utf8") };
  const stack = new BenchStack(engine, "trivial", "trivial");
  const what = (number: number) => ({ connection, stdin: `text ${number}` });
  await stack.up(what(0));
  return medianChange(stack, "trivial", what);
}

/** Seconds that the command of this name takes, of several changes, each to something that was not there before. */
async function medianChange(stack: BenchStack, command: string, what: (number: number) => unknown): Promise<number> {
  let number = 0;
  return median(takes, async () => {
    const { stdout } = await stack.up(what(++number));
    return secondsToldOf(command, stdout);
  });
}

/** Seconds that the engine says a command took. */
function secondsToldOf(command: string, stdout: string): number {
  const told = new RegExp(`remote:Command ${command} updated \\((\\d+(?:\\.\\d+)?)s\\)`).exec(stdout);
  if (!told) throw new Error(`the engine does not tell how long ${command} took:\n${stdout}`);
  return Number(told[1]);
}
