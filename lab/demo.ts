import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import Table from "cli-table3";
import { Command, Option } from "commander";
import color from "picocolors";
import { type Cloud, closeAccounts, clouds, forgetReverse, openAccounts, rehearsedClouds, setReverse } from "./cloud";
import { demoConfig, demoStack } from "./demoStack";
import { down, execPrefix, machine, reset, up } from "./lab";
import { checkout, inLab } from "./paths";
import { step } from "./progress";
import { type DemoReport, type Proof, renderPage } from "./report";
import { type LabStack, prepareEngine } from "./stack";

const page = inLab("demo.html");
/** Says which stack the demo's machine serves. */
const tenant = inLab("cloud", "demo.stack");

/** Whether somebody has pressed Ctrl-C: what fails from then on fails for that reason. */
let interrupted = false;

/** Brings up the laptop's Internet, deploys a stack on its machine `demo`, and proves with real mail that it works. */
async function demo(cloud?: Cloud): Promise<boolean> {
  const started = Date.now();
  const account = cloud ? `, an account at ${cloud}` : "";
  heading(`1  The lab: a pristine Debian machine, DNS, a certificate authority, a foreign mail server${account}`);
  const engineReady = timed("Pulumi engine", prepareEngine);
  await Promise.all([timed("lab", () => up()), engineReady]);
  const stack = demoStack(await engineReady, cloud);
  await makeRoomFor(stack);
  stack.configure(demoConfig(cloud));
  if (cloud) await prepareCloud(cloud);

  heading("2  pulumi up");
  const words = ["up", "--yes", "--skip-preview", "--suppress-outputs", ...(await replacement(stack))];
  const deployed = await timed("pulumi up", () => stack.run(words, { show: true }));
  if (deployed.exitCode !== 0)
    return complain("The deployment failed; the lines above say why. The machine keeps what it had.");

  heading("3  Proof, by real mail programs from outside");
  const proofs = await prove(cloud);

  const report: DemoReport = {
    proofs,
    logins: logins(cloud),
    machine: `${machine("demo").v4}, ${machine("demo").v6}`,
    seconds: (Date.now() - started) / 1000,
  };
  writeFileSync(page, renderPage(report));
  print(report);
  return proofs.every(({ passed }) => passed);
}

/** The demo's machine and its names serve one stack at a time: what another one has put there is taken away. */
async function makeRoomFor(stack: LabStack): Promise<void> {
  const before = existsSync(tenant) ? readFileSync(tenant, "utf8") : "local";
  if (before !== stack.name) {
    await stack.forget();
    await closeAccounts();
    await forgetReverse("demo");
    await reset("demo");
  }
  openAccounts();
  writeFileSync(tenant, stack.name);
}

/** Does what stays to be done by hand. */
async function prepareCloud(cloud: Cloud): Promise<void> {
  if (!rehearsedClouds[cloud].setsReverse) await setReverse("demo", "mail.example.org");
}

/**
 * A machine that has lost its disk is as good as another machine: what the stack believes to be there is put there again.
 */
async function replacement(stack: LabStack): Promise<string[]> {
  const { exitCode } = await machine("demo").ssh("test -e /var/lib/pulumi-mailserver/manifest.json");
  const urn = exitCode === 0 ? undefined : await stack.urn("mail-host-command");
  return urn ? ["--replace", urn] : [];
}

/** Runs the proofs inside the lab's network, printing each as it comes. */
async function prove(cloud?: Cloud): Promise<Proof[]> {
  const script = ["--import", "tsx", `${checkout}/lab/prove.ts`, ...(cloud ? [cloud] : [])];
  const [program = "", ...words] = [...execPrefix(), process.execPath, ...script];
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"], cwd: checkout });
  const proofs: Proof[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const proof = JSON.parse(line) as Proof;
    proofs.push(proof);
    const mark = proof.passed ? color.green("✓") : color.red("✗");
    console.log(`${mark} ${proof.what} ${color.dim(`${proof.detail}  ${proof.seconds.toFixed(1)} s`)}`);
  }
  return proofs;
}

interface ConfiguredMailbox {
  address: string;
  password: string;
}

function logins(cloud?: Cloud): ConfiguredMailbox[] {
  return (demoConfig(cloud)["mail:mailboxes"] as ConfiguredMailbox[]).map(({ address, password }) => ({
    address,
    password,
  }));
}

function print(report: DemoReport): void {
  const style = process.stdout.isTTY ? {} : { head: [], border: [] };
  const table = new Table({ style, head: ["what was proved", "how it looked"], wordWrap: true, colWidths: [52, 64] });
  for (const { what, passed, detail } of report.proofs)
    table.push([`${passed ? color.green("✓") : color.red("✗")} ${what}`, detail]);
  const access = new Table({ style, head: ["log in as", "password", "with"] });
  for (const { address, password } of report.logins)
    access.push([address, password, "IMAP 993, SMTP 465 at mail.example.org"]);
  console.log(`\n${table}\n${access}`);
  console.log(`The whole demo took ${report.seconds.toFixed(0)} s. The same as a page: ${page}`);
  console.log(
    "Look around:   npm run lab -- ssh demo        npm run lab -- exec openssl s_client -connect mail.example.org:993",
  );
  console.log("Take it down:  npm run demo -- --down");
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const result = await work();
  console.log(color.dim(`${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`));
  return result;
}

/** Ends everything of this checkout and leaves nothing of it. */
async function takeDown(): Promise<void> {
  await down();
  rmSync(inLab(), { recursive: true, force: true });
}

function heading(text: string): void {
  console.log(`\n${color.bold(text)}`);
}

function complain(text: string): false {
  if (!interrupted) console.error(`\n${color.red(text)}`);
  return false;
}

/** Ctrl-C takes down what this run has started; a second one does not wait for it. */
function cleanUpOnInterrupt(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (interrupted) process.exit(130);
      interrupted = true;
      console.error("\nInterrupted; taking the lab down …");
      takeDown().then(
        () => process.exit(130),
        (error: unknown) => {
          console.error(String(error));
          process.exit(1);
        },
      );
    });
  }
}

async function main(): Promise<void> {
  const program = new Command("npm run demo --")
    .description(
      "Turns a pristine Debian machine into a mail server with a real `pulumi up` and proves it with real mail.",
    )
    .addOption(
      new Option(
        "--cloud <name>",
        "rehearse the stack that has its DNS at this cloud, without an account there",
      ).choices(clouds),
    )
    .option("--down", "take everything down again: machines, network, services")
    .parse();
  mkdirSync(inLab(), { recursive: true });
  cleanUpOnInterrupt();
  const { down: goesDown, cloud } = program.opts<{ down?: boolean; cloud?: Cloud }>();
  if (goesDown) await step("lab down", takeDown);
  else if (!(await demo(cloud))) process.exitCode = 1;
}

main().catch((error: unknown) => {
  if (interrupted) return;
  console.error(`\n${color.red("error:")} ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
