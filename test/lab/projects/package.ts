import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { awaitMail } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import { packageSchema } from "../../../plugin/schema";
import { expectUnchanged, sendFromAbroad } from "../scenario";
import { succeeded } from "../stack";
import { bound } from "../story";
import { ProjectScenario } from "./project";

const program = `import * as pulumi from "@pulumi/pulumi";
import { type ClientSettings, MailServer, type MailServerArgs, OperatingSystem } from "pulumi-mailserver";

const config = new pulumi.Config("mail");
const nameServer = {
  rfc2136: {
    server: config.require("nameServer"),
    keyName: config.require("keyName"),
    keySecret: config.requireSecret("keySecret"),
    ttl: 60,
  },
};
const domain = config.require("domain");
const args: MailServerArgs = {
  hostname: config.require("hostname"),
  operatingSystem: OperatingSystem.Debian13,
  host: {
    ssh: {
      ipv4Address: config.require("ipv4Address"),
      ipv6Address: pulumi.output(config.require("ipv6Address")),
      user: config.require("user"),
      privateKey: config.requireSecret("privateKey"),
      hostKey: config.require("hostKey"),
    },
  },
  domains: [{ name: domain }],
  mailboxes: [{ address: \`anna@\${domain}\`, password: config.requireSecret("password") }],
  messageSizeLimit: config.getNumber("messageSizeLimit"),
  certificate: { acme: { directoryUrl: config.require("acmeDirectory") } },
  dns: nameServer,
  reverseDns: nameServer,
};
const server = new MailServer("mail", args);

export const settings: pulumi.Output<ClientSettings> = server.clientSettings;
export const { manifestHash, zoneFile } = server;
`;

const compilerOptions = { target: "es2022", strict: true, types: ["node"], noEmit: true };
const settingsOf = (options: object) => JSON.stringify({ compilerOptions: { ...compilerOptions, ...options } });

/** What `npm pack` gives, used by somebody who has nothing else of this checkout. */
export function describePackage(): void {
  describe("the npm package in a project of its own", () => {
    const scenario = new ProjectScenario({
      "index.ts": program,
      "package.json": JSON.stringify({ name: "stranger", private: true }),
      "Pulumi.yaml": "name: stranger\nruntime: nodejs\n",
      "tsconfig.json": settingsOf({ module: "nodenext" }),
      "tsconfig.commonjs.json": settingsOf({ module: "commonjs" }),
    });
    const { step, route } = bound(scenario);
    const { anna } = scenario;
    beforeAll(() => scenario.prepare());
    afterAll(() => scenario.end());

    step(
      "the npm package in a project of its own holds what programs need, and nothing of its development",
      async () => {
        const [packed] = JSON.parse(await scenario.npm("pack", "--dry-run", "--ignore-scripts", "--json", checkout));
        const files = (packed.files as { path: string }[]).map(({ path }) => path);
        expect(files).toEqual(
          expect.arrayContaining([
            ...["package.json", "README.md", "LICENSE", "CHANGELOG.md", "PulumiPlugin.yaml"],
            ...["dist/index.js", "dist/index.d.ts", "dist/plugin/provider.js", "dist/plugin/schema.json"],
            ...["dist/components/activation/agent/agent.py", "dist/components/deployer/probe.js"],
          ]),
        );
        // A program loads one file of it, and the SDKs.
        expect(readFileSync(join(checkout, "dist", "index.js"), "utf8")).not.toMatch(
          /require\("(\.|zod|tldts|ipaddr|fflate)/,
        );
        const library = /^dist\/(index|plugin\/provider|(ci|cli|components|policy)\/[\w/]+)(\.js|\.d\.ts)$/;
        const others = files.filter(
          (path) => !library.test(path) && !/^dist\/components\/activation\/agent\/\w+\.py$/.test(path),
        );
        expect(others.sort()).toEqual([
          ...[
            "CHANGELOG.md",
            "LICENSE",
            "PulumiPlugin.yaml",
            "README.md",
            "dist/components/dns/providers/rfc2136/dynamicUpdate.sh",
            "dist/index.js.LICENSES.txt",
          ],
          ...["dist/plugin/schema.json", "dist/policy/PulumiPolicy.yaml", "dist/policy/package.json", "package.json"],
        ]);
      },
    );

    step(
      "the npm package in a project of its own is installed with one copy of each SDK that everybody needs",
      async () => {
        await scenario.install("@pulumi/pulumi", "typescript", "@types/node@20");
        const tree = await scenario.npm("ls", "--all", "--parseable");
        const sdks = tree.split("\n").filter((path) => /node_modules\/@(pulumi|ovhcloud)\/[\w-]+$/.test(path));
        expect(sdks.filter((path) => path.split("node_modules").length > 2)).toEqual([]);
        expect(sdks).toHaveLength(5);
        // Those of OVH and Cloudflare are for who uses them.
        expect(sdks.filter((path) => /pulumi-ovh|cloudflare/.test(path))).toEqual([]);
      },
      { essential: true },
    );

    step(
      "the npm package in a project of its own type-checks under strict, by both ways of finding modules",
      async () => {
        await scenario.tsc("--project", "tsconfig.json");
        await scenario.tsc("--project", "tsconfig.commonjs.json");
      },
    );

    step(
      "the npm package in a project of its own is a component package too: by its executable, and by its folder with a PulumiPlugin.yaml",
      async () => {
        const byExecutable = await scenario.schema("./node_modules/.bin/pulumi-resource-mailserver");
        // The engine leaves out what follows from the rest.
        const isImplied = (name: string, value: unknown) =>
          name === "optional" || (Array.isArray(value) && !value.length);
        const inferred = JSON.stringify(await packageSchema(), (name, value) =>
          isImplied(name, value) ? undefined : value,
        );
        expect(byExecutable).toMatchObject(JSON.parse(inferred));
        // What the engine's host for Node.js starts for a folder.
        const start = "node_modules/@pulumi/pulumi/cmd/run-plugin node_modules/pulumi-mailserver";
        const host = join(scenario.folder, "host", "pulumi-resource-mailserver");
        mkdirSync(join(host, ".."));
        writeFileSync(host, `#!/bin/sh\ncd '${scenario.folder}' && exec node ${start} "$@"\n`, { mode: 0o755 });
        expect(await scenario.schema(host)).toEqual(byExecutable);
      },
    );

    step(
      "the npm package in a project of its own shows main.cf in a preview, and deploys a server that takes mail",
      async () => {
        scenario.keepValues();
        const preview = succeeded(await scenario.stack.run(["preview", "--diff"]));
        expect(preview.stdout).toContain(`myhostname = ${scenario.hostname}`);
        succeeded(await scenario.stack.run(["up", "--yes", "--skip-preview"]));
        const subject = await sendFromAbroad([anna.address]);
        expect((await awaitMail(route(), anna, subject)).toString()).toContain("Hello over there.");
      },
      { essential: true },
    );

    step("the npm package in a project of its own changes nothing when nothing has changed", async () => {
      expectUnchanged(succeeded(await scenario.stack.run(["up", "--yes", "--skip-preview"])));
    });
  });
}
