import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import Table from "cli-table3";
import { Argument, Command, Option } from "commander";
import color from "picocolors";
import { type MachineName, machineNames, releases } from "./addresses";
import { down, execPrefix, isUp, machine, reset, save, up, usualMachines } from "./lab";
import { consoleLog, isOn, type ResetTo } from "./machine";
import { logFile, pidOf } from "./processes";
import { sshCommand } from "./ssh";

const daemons = ["pdns", "unbound", "pebble", "pebble-customers", "apt-cache", "apt-host", "apt-hub"];

/** Runs a program in the foreground and ends as it ends. Ctrl-C reaches it directly, since it is in the same process group. */
function become([program = "", ...words]: string[]): Promise<never> {
  const child = spawn(program, words, { stdio: "inherit" });
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  const numbers: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
  return new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => process.exit(code ?? 128 + (numbers[signal ?? "SIGTERM"] ?? 15)));
  });
}

function requireUp(): void {
  if (!isUp()) throw new Error("The lab is not up. Start it with: npm run lab -- up");
}

function requireOn(name: MachineName): void {
  requireUp();
  if (!isOn(name)) throw new Error(`The machine '${name}' is off. Switch it on with: npm run lab -- up ${name}`);
}

/** A table without lines, so that its rows can be searched and cut. */
const table = (head: string[]) =>
  new Table({
    head: head.map((title) => color.bold(title)),
    style: { head: [], border: [], compact: true, "padding-left": 0 },
    chars: {
      ...{
        top: "",
        "top-mid": "",
        "top-left": "",
        "top-right": "",
        bottom: "",
        "bottom-mid": "",
        "bottom-left": "",
        "bottom-right": "",
      },
      ...{ left: "", "left-mid": "", mid: "", "mid-mid": "", right: "", "right-mid": "", middle: " " },
    },
  });

function printStatus(): void {
  if (!isUp()) {
    console.log("The lab is down.");
    return;
  }
  const state = (on: boolean) => (on ? color.green("up") : color.dim("off"));
  const machines = table(["machine", "state", "release", "IPv4", "IPv6"]);
  for (const name of machineNames) {
    const { release, v4, v6 } = machine(name);
    machines.push([name, state(isOn(name)), release, v4, v6]);
  }
  const services = table(["service", "state"]);
  for (const name of daemons) services.push([name, state(pidOf(name) !== undefined)]);
  console.log(`${machines}\n\n${services}`);
}

function program(): Command {
  const lab = new Command("npm run lab --")
    .description(
      "A laptop's Internet: real Debian machines, DNS, an ACME authority and a foreign mail server in a network of their own.",
    )
    .enablePositionalOptions()
    .addHelpText(
      "after",
      `\nMachines: ${machineNames.join(", ")}. All of it lives in .lab/ of this checkout and in no other place of this computer's network.\nubuntu2404 takes its packages from Ubuntu's archive, or from the mirror that UBUNTU_MIRROR names (http://…).`,
    );
  const nameArgument = () => new Argument("<machine>", "one of the machines").choices(machineNames);

  lab
    .command("up")
    .description("start the services and these machines")
    .addArgument(new Argument("[machine...]", `default: ${usualMachines.join(" ")}`).choices(machineNames))
    .action((names: MachineName[]) => up(names.length > 0 ? names : usualMachines).then(printStatus));
  lab
    .command("down")
    .description("stop everything and throw the machines' disks away")
    .option("--purge", "also remove keys, logs and packages, and images that no machine of another checkout runs on")
    .action(({ purge }: { purge?: boolean }) => down({ purge: purge ?? false }));
  lab
    .command("reset")
    .description("throw a machine's disk away and boot it pristine")
    .addArgument(nameArgument())
    .option("--new-host-keys", "give it new SSH host keys")
    .option("--snapshot <name>", "start from a saved disk")
    .addOption(new Option("--release <name>", "install this release instead of its own").choices(releases))
    .action(async (name: MachineName, to: ResetTo) => {
      requireUp();
      await reset(name, to);
    });
  lab
    .command("save")
    .description("keep a machine's disk under a name, for reset --snapshot")
    .addArgument(nameArgument())
    .argument("<snapshot>")
    .action(async (name: MachineName, snapshot: string) => {
      requireOn(name);
      await save(name, snapshot);
    });
  lab
    .command("ssh")
    .description("log in to a machine as root, or run a command on it")
    .addArgument(nameArgument())
    .argument("[command...]")
    .passThroughOptions()
    .allowUnknownOption()
    .action((name: MachineName, command: string[]) => {
      requireOn(name);
      return become(sshCommand(name, ...command));
    });
  lab.command("status").description("what runs, and where").action(printStatus);
  lab
    .command("logs")
    .description("follow a machine's journal, or what a service printed")
    .addArgument(new Argument("<name>", "a machine or a service").choices([...machineNames, ...daemons]))
    .action((name: string) => follow(name));
  lab
    .command("exec")
    .description("run a program inside the lab: its network, its name server")
    .argument("<command...>")
    .passThroughOptions()
    .allowUnknownOption()
    .action((command: string[]) => {
      requireUp();
      return become([...execPrefix(), ...command]);
    });
  return lab;
}

function follow(name: string): Promise<never> {
  const named = machineNames.find((machineName) => machineName === name);
  if (named && isOn(named)) return become(sshCommand(named, "journalctl --no-hostname --lines=100 --follow"));
  const file = named ? consoleLog(named) : logFile(name);
  if (!existsSync(file)) throw new Error(`'${name}' has no log: it has not run yet.`);
  return become(["tail", "--lines=100", "--follow=name", file]);
}

program()
  .parseAsync()
  .catch((error: unknown) => {
    console.error(`\n${color.red("error:")} ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  });
