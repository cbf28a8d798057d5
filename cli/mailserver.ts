#!/usr/bin/env node
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { printable, printableLines } from "../components/deployer/printable";
import type { HostFacts } from "./drift/facts";
import { findDrift } from "./drift/findDrift";
import { asJson, asText } from "./drift/report";
import { inspect, rollBack } from "./remoteAgent";
import { findTarget, type TargetOptions } from "./target";

/** Exit codes of `mailserver drift`, as its help explains them. */
const exitCodes = { none: 0, unknown: 1, drift: 2 };

function program(): Command {
  const mailserver = new Command("mailserver").description(
    "Looks at the machine of a mail server that pulumi-mailserver deployed, and takes it a step back.\n\n" +
      "In the folder of the Pulumi project, everything about the machine is read from the stack. Elsewhere, say it with --host and --host-key.",
  );
  withTarget(mailserver.command("drift"))
    .description(
      "Say what differs from what was activated last: managed files, packages, units, the firewall's rules in the kernel, certificates, " +
        "and DNS as seen from here. One SSH connection is made; nothing on the machine is written.",
    )
    .option("--no-dns", "do not look at DNS")
    .option("--records <file>", "with --host: what DNS should say, as `pulumi stack output records --json` prints it")
    .option("--json", "print one JSON object: drift, differences, unknown")
    .option("-q, --quiet", "print nothing where nothing differs, for schedules that send all that is printed")
    .addHelpText(
      "after",
      `
Exit codes:
  0  nothing differs
  1  it could not be told: the stack, the machine or a name server did not answer, or an activation is under way
  2  something differs

Examples:
  mailserver drift --stack production
  mailserver drift --host admin@198.51.100.7 --host-key "ssh-ed25519 AAAA…" --identity ~/.ssh/id_ed25519 --no-dns`,
    )
    .action(drift);
  withTarget(mailserver.command("rollback"))
    .description(
      "Bring back what was on the machine before the last change of its configuration, in seconds and without `pulumi up`. DNS and mail stay as they are. " +
        "The stack goes on describing the newer state; so follow up with the previous commit and `pulumi up`.",
    )
    .option("--yes", "do not ask")
    .option("--forward", "take the last rollback back; without it, a machine that was rolled back stays as it is")
    .addHelpText(
      "after",
      "\nExit codes:\n  0  the previous state is running\n  1  it was refused or taken back, and why",
    )
    .action(rollback);
  return mailserver;
}

function withTarget(command: Command): Command {
  return command
    .option("-s, --stack <name>", "stack of the Pulumi project in this folder (default: the selected one)")
    .option("-C, --cwd <folder>", "folder of the Pulumi project")
    .option("--server <name>", "name of the MailServer, where the stack has several")
    .option("--host <user@address>", "the machine, without asking a stack")
    .option("--port <number>", "with --host: port of its SSH server", "22")
    .option("--host-key <key>", "with --host: the public key that it must show, such as `ssh-ed25519 AAAA…`")
    .option("--identity <file>", "private key to log in with (default: the stack's, else what ssh finds by itself)");
}

interface DriftOptions extends TargetOptions {
  json?: true;
  quiet?: true;
  dns: boolean;
}

async function drift(options: DriftOptions): Promise<void> {
  const known = await findTarget(options);
  const target = options.dns ? known : { ...known, records: undefined };
  const found = await findDrift(target, await inspect(target));
  process.exitCode =
    found.differences.length > 0 ? exitCodes.drift : found.unknown.length > 0 ? exitCodes.unknown : exitCodes.none;
  if (options.quiet && process.exitCode === exitCodes.none) return;
  console.log(options.json ? asJson(target, found) : asText(target, found));
}

interface RollbackOptions extends TargetOptions {
  yes?: true;
  forward?: boolean;
}

async function rollback({ yes, forward = false, ...options }: RollbackOptions): Promise<void> {
  const target = await findTarget(options);
  const found = await inspect(target);
  if (!yes && !(await isConfirmed(found, forward))) throw new Error("nothing was changed");
  const { changed, manifest } = await rollBack(target, { from: found.manifest?.sha256 ?? "", forward });
  const holds = `The machine holds the state ${manifest.slice(0, 12)} again; ${changed.length} files went ${forward ? "forward" : "back"}.`;
  const next = [
    "The stack still describes the newer one, and an unchanged `pulumi up` would leave it at that. Now do one of these:",
    "  stay here:       check out the commit before and run `pulumi up`",
    "  forward again:   mailserver rollback --forward, or change `triggers` and run `pulumi up`",
  ];
  console.log([holds, ...(forward ? [] : next)].join("\n"));
}

/** Shows what would change and asks. What is not possible the agent refuses, also where nobody is asked. */
async function isConfirmed({ previous }: HostFacts, forward: boolean): Promise<boolean> {
  if (!previous?.files || Boolean(previous.rolledBack) !== forward) return true;
  const way = forward
    ? "forward to what they were before the rollback"
    : "back to what they were before the last change";
  console.log(`These files go ${way}:\n  ${previous.files.map((path) => printable(path)).join("\n  ")}`);
  if (!process.stdin.isTTY) throw new Error("nobody is here to agree; say --yes");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test(await terminal.question(`Go ${forward ? "forward" : "back"}? [y/N] `));
  } finally {
    terminal.close();
  }
}

program()
  .parseAsync()
  .catch((error: unknown) => {
    console.error(printableLines(`mailserver: ${error instanceof Error ? error.message : String(error)}`));
    process.exitCode = exitCodes.unknown;
  });
