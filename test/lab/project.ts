import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { tsig } from "../../lab/lab";
import { checkout } from "../../lab/paths";
import { inHost, must } from "../../lab/processes";
import { version } from "../../package.json";
import { debian13, Scenario } from "./scenario";
import { Stack } from "./stack";

/** A server that is deployed by a project in the system's temporary folder, which has this package from `npm pack` as a stranger would. */
export class ProjectScenario extends Scenario {
  readonly project = mkdtempSync(join(tmpdir(), "pulumi-project-"));

  /** @param source the project: a folder to be copied, or its files by their names */
  constructor(private readonly source: string | Record<string, string>) {
    super(debian13);
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    if (typeof this.source === "string") cpSync(this.source, this.project, { recursive: true });
    else
      for (const [name, content] of Object.entries(this.source)) {
        mkdirSync(join(this.project, name, ".."), { recursive: true });
        writeFileSync(join(this.project, name), content);
      }
    await this.npm("pack", "--pack-destination", this.project, checkout);
    this.made = await Stack.ofProject(this.project);
  }

  /** Installs the packed package and others. */
  async install(...others: string[]): Promise<void> {
    await this.npm("install", `./pulumi-mailserver-${version}.tgz`, ...others);
  }

  /** Runs npm in the project, outside the lab, whose network has no registry. */
  npm(...words: string[]): Promise<string> {
    const inProject = ["env", `--chdir=${this.project}`, "npm", ...words];
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    return must(`npm ${words[0]} failed`, [...inHost(), ...inProject, ...quiet]);
  }

  /** Runs a program of the project's packages, e.g. `tsc`. */
  exec(program: string, ...words: string[]): Promise<string> {
    const path = join(this.project, "node_modules", ".bin", basename(program));
    return must(`${program} failed`, ["env", `--chdir=${this.project}`, path, ...words]);
  }

  /** What differs from lab to lab, under the names by which the programs look for it in the stack's configuration. */
  keepValues(others: Record<string, string> = {}): void {
    const { hostname, host, certificate, mailboxes } = this.firstArgs();
    const { ssh } = host;
    this.stack.keep({
      ...{ hostname, domain: this.release.domain, address: ssh?.address, addressV6: ssh?.addressV6, user: ssh?.user },
      ...{ hostKey: ssh?.hostKey, privateKey: ssh?.privateKey, password: mailboxes?.[0]?.password },
      ...{
        acmeDirectory: certificate.acme?.directoryUrl,
        nameServer: tsig.server,
        keyName: tsig.name,
        keySecret: tsig.secret,
      },
      ...others,
    });
  }

  end(): void {
    rmSync(this.project, { recursive: true, force: true });
  }
}
