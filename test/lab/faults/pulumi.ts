import { readFileSync } from "node:fs";
import type { MailServerArgs } from "../../../index";
import { privateKeyPath } from "../../../lab/lab";
import { Stack, succeeded } from "../stack";
import { type Attempt, Ear, FaultyServer, type Unusual } from "./server";

/** The same server, made by `pulumi up`: the engine, its plugins and the probe from outside are in it, too. */
export class UnderPulumi extends FaultyServer {
  override async prepare(): Promise<void> {
    this.made = await Stack.create("faults");
    await super.prepare();
    const { ssh } = this.args.host;
    if (ssh) this.args.host = { ssh: { ...ssh, privateKey: readFileSync(privateKeyPath, "utf8") } };
  }

  /** Without the further domain: its key is made anew whenever it comes, and no two such servers are the same one. */
  override get changed(): MailServerArgs {
    return { ...super.changed, domains: this.args.domains };
  }

  /** The stack keeps its keys, and so the server that it makes is the same one. */
  override async renew(): Promise<void> {
    await super.renew();
    const urn = await this.stack.urn("mail-host-packages");
    if (urn) succeeded(await this.stack.run(["state", "delete", urn, "--target-dependents", "--yes"]));
  }

  override async activate(args: MailServerArgs, { strike }: Unusual = {}): Promise<Attempt> {
    // The engine has to find out by itself what became of the machine.
    const ear = new Ear(this, { kill: () => undefined }, strike);
    const { exitCode, stdout, stderr } = await this.stack.follow(args, (line) => {
      const progress = progressIn(line);
      if (progress !== undefined) ear.hear(progress);
    });
    const manifest = exitCode === 0 ? String((await this.stack.outputs()).manifestHash) : undefined;
    return { ...(await ear.heard()), exitCode, said: stdout + stderr, manifest };
  }
}

/** What the agent says, or else which of the commands has begun or ended; lines of other resources come in any order. */
function progressIn(line: string): string | undefined {
  const [, command, said = ""] = / (mail-host-packages|mail-host-command|mail-probe) [a-z]+(.*)$/.exec(line) ?? [];
  if (command === "mail-probe") return command;
  const text = said.replace(/\(\d+s\)|\[diff: [^\]]*\];?/g, "").replace(/^ *([\d.]+s )?/, "");
  return text || command;
}
