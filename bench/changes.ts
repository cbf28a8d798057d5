import { readFileSync } from "node:fs";
import type { Engine } from "../lab/engine/engine";
import { machine, privateKeyPath } from "../lab/lab";
import { BenchStack, connections, type Name, passwordHash, serverArgs } from "./machines";
import { type Measurement, median, middle, secondsOf } from "./measurement";

const takes = 5;

/** Seconds that a change takes: all that `up` takes longer, and the command alone that changes the machine. */
interface Change {
  longer: number;
  command: number;
}

/** An `up` that changes nothing, held against that of an empty program; then small changes, held against a command that does nothing. */
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
  const mailbox = await medianChange(stack, idle, "mail-host-command", (number) => ({
    ...args,
    mailboxes: [...(args.mailboxes ?? []), more(number)],
  }));
  await stack.up(args);
  const setting = await medianChange(stack, idle, "mail-host-command", (number) => ({
    ...args,
    messageSizeLimit: 40_000_000 + number,
  }));
  await stack.up(args);
  return [
    {
      what: "`up` that changes nothing",
      unit: "s",
      ours: idle,
      against: { what: "`up` of an empty program", figure: emptyRun },
      goal: 1.2,
    },
    {
      what: "the same, against what its providers take",
      unit: "s",
      ours: idle,
      against: { what: "`up` of one resource of each", figure: bareRun },
    },
    { what: "connections to the machine meanwhile", unit: "connections", ours: opened, goal: 0 },
    ...compared("one mailbox", mailbox, trivial),
    ...compared("one setting", setting, trivial),
  ];
}

/** Seconds of an `up` that changes nothing. */
async function idleRun(engine: Engine, program: "bare" | "empty"): Promise<number> {
  const stack = new BenchStack(engine, program, program);
  await stack.up();
  return median(takes, () => secondsOf(() => stack.up()));
}

function compared(what: string, ours: Change, trivial: Change): Measurement[] {
  return [
    {
      what: `${what}: the command that changes the machine`,
      unit: "s",
      ours: ours.command,
      against: { what: "a command that does nothing", figure: trivial.command },
      goal: 2,
    },
    {
      what: `${what}: what \`up\` takes longer`,
      unit: "s",
      ours: ours.longer,
      against: { what: "the same of a command that does nothing", figure: trivial.longer },
    },
  ];
}

/** A command that reads its standard input and does nothing else. */
async function trivialChange(engine: Engine, name: Name): Promise<Change> {
  const { v4: host, hostPublicKey: hostKey } = machine(name);
  const connection = { host, user: "root", hostKey, privateKey: readFileSync(privateKeyPath, "utf8") };
  const stack = new BenchStack(engine, "trivial", "trivial");
  const what = (number: number) => ({ connection, stdin: `text ${number}` });
  await stack.up(what(0));
  const idle = await median(takes, () => secondsOf(() => stack.up()));
  return medianChange(stack, idle, "trivial", what);
}

/** Of several changes, each to something that was not there before. `command` is the name of the command that changes the machine. */
async function medianChange(
  stack: BenchStack,
  idle: number,
  command: string,
  what: (number: number) => unknown,
): Promise<Change> {
  const commands: number[] = [];
  let number = 0;
  const whole = await median(takes, () =>
    secondsOf(async () => {
      const { stdout } = await stack.up(what(++number));
      commands.push(secondsToldOf(command, stdout));
    }),
  );
  return { longer: whole - idle, command: middle(commands) };
}

/** Seconds that the engine says a command took. */
function secondsToldOf(command: string, stdout: string): number {
  const told = new RegExp(`remote:Command ${command} updated \\((\\d+(?:\\.\\d+)?)s\\)`).exec(stdout);
  if (!told) throw new Error(`the engine does not tell how long ${command} took:\n${stdout}`);
  return Number(told[1]);
}
