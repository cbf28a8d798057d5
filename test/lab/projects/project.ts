import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tsig } from "../../../lab/lab";
import { checkout, inLab } from "../../../lab/paths";
import { inHost, must } from "../../../lab/processes";
import { prepareEngine } from "../../../lab/stack";
import { version } from "../../../package.json";
import { project, Scenario } from "../scenario";
import { Stack } from "../stack";

/** What `npm pack` gives; made once for all projects. */
const packed = inLab("package");
let packing: Promise<string> | undefined;

/** A server that is deployed by a project in the system's temporary folder, which has this package from `npm pack` as a stranger would. */
export class ProjectScenario extends Scenario {
  /** Made by `prepare`. */
  folder = "";

  /** @param source the project: a folder to be copied, or its files by their names */
  constructor(private readonly source: string | Record<string, string>) {
    super(project);
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    this.folder = mkdtempSync(join(tmpdir(), "pulumi-project-"));
    if (typeof this.source === "string") cpSync(this.source, this.folder, { recursive: true });
    else for (const [name, content] of Object.entries(this.source)) writeFileSync(join(this.folder, name), content);
    mkdirSync(packed, { recursive: true });
    packing ??= this.npm("pack", "--pack-destination", packed, checkout);
    await packing;
    this.made = await Stack.ofProject(this.folder);
  }

  /** Installs the packed package and others. */
  async install(...others: string[]): Promise<void> {
    await this.npm("install", join(packed, `pulumi-mailserver-${version}.tgz`), ...others);
  }

  /** Runs npm in the project, outside the lab, whose network has no registry. */
  npm(...words: string[]): Promise<string> {
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    return must(`npm ${words[0]} failed`, [...inHost(), "env", `--chdir=${this.folder}`, "npm", ...words, ...quiet]);
  }

  /** Runs the project's TypeScript compiler. */
  tsc(...words: string[]): Promise<string> {
    return must("The compiler objects", ["env", `--chdir=${this.folder}`, "node_modules/.bin/tsc", ...words]);
  }

  /** The package's schema, as the real engine gets it from an executable. */
  async schema(executable: string): Promise<unknown> {
    const { binDir } = await prepareEngine();
    const environment = [`--chdir=${this.folder}`, `PULUMI_HOME=${join(this.folder, "home")}`];
    const words = ["package", "get-schema", executable];
    return JSON.parse(
      await must("The schema cannot be had", ["env", ...environment, join(binDir, "pulumi"), ...words]),
    );
  }

  /** What differs from lab to lab, under the names by which the programs look for it in the stack's configuration. */
  keepValues(others: Record<string, string> = {}): void {
    const { hostname, host, certificate, mailboxes } = this.firstArgs();
    const { ssh } = host;
    this.stack.keep({
      ...{
        hostname,
        domain: this.release.domain,
        ipv4Address: ssh?.ipv4Address,
        ipv6Address: ssh?.ipv6Address,
        user: ssh?.user,
      },
      ...{ hostKey: ssh?.hostKey, privateKey: ssh?.privateKey, password: mailboxes?.[0]?.password },
      ...{ acmeDirectory: certificate?.acme?.directoryUrl, nameServer: tsig.server },
      ...{ keyName: tsig.name, keySecret: tsig.secret },
      ...others,
    });
  }

  end(): void {
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }
}
