import { generateKeyPairSync } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { ENGINE_VERSION } from "../../../lab/engine/build";
import { engineEnvironment } from "../../../lab/engine/engine";
import { run } from "../../../lab/engine/run";
import { checkout } from "../../../lab/paths";
import { startablePack } from "../../../lab/policyPack";
import { home, prepareEngine } from "../../../lab/stack";
import { exampleArgs } from "../../unit/fixture";
import { type Agreeable, startAgreeable } from "./agreeable";
import { byPerson, type CommentServer, commentToken, startComments } from "./comments";
import { type Outcome, readWorkflow, runJob, runScripts } from "./job";

const password = "canary-password";
const gitlab = parse(readFileSync(join(checkout, "docs/ci/gitlab-ci.yml"), "utf8"));
const workflow = readWorkflow(join(checkout, "docs/ci/github-preview.yml"));
const expectation = "contains(github.event.pull_request.labels.*.name, 'no changes') && '--expect-no-changes' || ''";

/** For other backends and providers than the test's. */
const otherSecrets = [
  ...["PULUMI_ACCESS_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"],
  ...["OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "CLOUDFLARE_API_TOKEN", "HCLOUD_TOKEN"],
];

/** The workflows as they stand, in a repository of their own, with the real engine; only the service that keeps the comments is a stand-in. */
describe("the workflows for pull requests", { timeout: 600_000 }, () => {
  const repository = mkdtempSync(join(tmpdir(), "workflow-"));
  const stackFile = join(repository, "stacks/Pulumi.production.yaml");
  let agreeable: Agreeable;
  let service: CommentServer;
  let runner: Record<string, string>;
  let expressions: Record<string, string>;

  const args = exampleArgs({
    mailboxes: [{ address: "anna@example.org" }],
    aliases: [],
    domains: [{ name: "example.org" }],
    dns: { rfc2136: { server: "192.0.2.53", keyName: "key" } } as never,
  });

  beforeAll(async () => {
    const parts = ["Pulumi.yaml", "package.json", "tsconfig.json", "index.ts", "components", "ci", "cli", "policy"];
    for (const part of [...parts, "package-lock.json", "stacks/index.ts", "stacks/config.ts", "stacks/tsconfig.json"])
      cpSync(join(checkout, part), join(repository, part), { recursive: true });
    const install = workflow.jobs.preview!.steps.find((step) => step.run?.startsWith("npm ci"))!.run!;
    await run(["bash", "-c", install], { cwd: repository });
    const engine = await prepareEngine();
    startablePack(engine, home, join(repository, "policy"), join(repository, "policy"));
    agreeable = await startAgreeable();
    service = await startComments();

    const state = join(repository, ".state");
    for (const folder of [state, join(repository, ".bin")]) mkdirSync(folder);
    const environment = engineEnvironment({ binDir: engine.binDir, home, state, passphrase: "word" });
    const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE, ...others } = environment as Record<string, string>;
    runner = {
      ...others,
      ...agreeable.environment,
      PATH: [join(repository, ".bin"), environment.PATH].join(delimiter),
      XDG_CACHE_HOME: join(repository, ".cache"),
      GITHUB_API_URL: service.url,
      GITHUB_REPOSITORY: "somebody/mail",
    };
    expressions = {
      "secrets.PULUMI_BACKEND_URL": PULUMI_BACKEND_URL!,
      "secrets.PULUMI_CONFIG_PASSPHRASE": PULUMI_CONFIG_PASSPHRASE!,
      // What GitHub makes of secrets that nobody has set.
      ...Object.fromEntries(otherSecrets.map((name) => [`secrets.${name}`, ""])),
      "github.token": commentToken,
      "github.event.pull_request.number": "7",
      [expectation]: "",
    };

    writeFileSync(
      stackFile,
      stringify({ config: Object.fromEntries(Object.entries(args).map(([name, value]) => [`mail:${name}`, value])) }),
    );
    const env = { ...runner, PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE };
    const pulumi = (...words: string[]) => run(["pulumi", ...words, "--stack", "production"], { cwd: repository, env });
    await run(["pulumi", "stack", "init", "production", "--no-select"], { cwd: repository, env });
    await pulumi("config", "set", "--secret", "--path", "mail:mailboxes[0].password", password);
    await pulumi("config", "set", "--secret", "--path", "mail:dns.rfc2136.keySecret", "dG9wLXNlY3JldC1rZXk=");
    const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
    await pulumi("config", "set-all", "--path", "--secret", `mail:host.ssh.privateKey=${key}`);
    await pulumi("up", "--yes", "--skip-preview");
  });

  afterAll(() => {
    agreeable?.stop();
    service?.close();
    rmSync(repository, { recursive: true, force: true });
  });

  beforeEach(() => {
    service.comments.length = 0;
    service.requests.length = 0;
  });

  const github = async (job: string, more: Record<string, string> = {}): Promise<Outcome> => {
    const temporary = mkdtempSync(join(repository, "temporary-"));
    runner.RUNNER_TEMP = temporary;
    runner.GITHUB_STEP_SUMMARY = join(temporary, "summary.md");
    const outcome = await runJob(workflow, job, repository, runner, { ...expressions, ...more });
    expect(outcome.output).not.toContain(password);
    expect(outcome.output).not.toContain(commentToken);
    return outcome;
  };

  const passed = ({ exitCode, output }: Outcome) => expect(exitCode, output).toBe(0);

  /** What a pull request changes in the stack file, while `work` runs. */
  const withChange = async (change: (config: Record<string, unknown>) => void, work: () => Promise<void>) => {
    const before = readFileSync(stackFile, "utf8");
    const file = parse(before);
    change(file.config);
    writeFileSync(stackFile, stringify(file));
    try {
      await work();
    } finally {
      writeFileSync(stackFile, before);
    }
  };

  const biggerMail = (config: Record<string, unknown>) => {
    config["mail:messageSizeLimit"] = 104857600;
  };

  it("the workflows for pull requests give a fork nothing: no secret, no more than reading, never the trigger that has them", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(workflow.permissions).toEqual({ contents: "read" });
    const { check, ...others } = workflow.jobs;
    expect(JSON.stringify({ env: workflow.env, check })).not.toMatch(/secrets\.|github\.token|"permissions"/);
    expect(others.preview?.if?.split(" && ")).toEqual([
      "github.event_name == 'pull_request'",
      "github.event.pull_request.head.repo.full_name == github.repository",
      // Its branches are the repository's own, but it gets no secrets, whoever sets a label there.
      "github.event.pull_request.user.login != 'dependabot[bot]'",
    ]);
    expect(others.drift?.if).toBe("github.event_name == 'schedule'");
  });

  it("the workflows for pull requests give secrets to the steps that need them, and to nothing that sets the job up", () => {
    for (const [name, { env = {}, steps }] of Object.entries(workflow.jobs)) {
      const seen = steps.filter((step) => /secrets\.|github\.token/.test(JSON.stringify(step)));
      const needs = { check: [], preview: ["Preview", "Comment"], drift: steps.slice(-2).map((step) => step.name) }[
        name
      ];
      expect(seen.map((step) => step.name)).toEqual(needs);
      expect(JSON.stringify(env)).not.toContain("secrets.");
      const [code, , engine, packages] = steps;
      expect(code?.with).toEqual({ "persist-credentials": false });
      expect(engine?.with?.["pulumi-version"]).toContain("env.PULUMI_VERSION");
      expect(packages?.run).toBe("npm ci --ignore-scripts");
      for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    }
    expect(gitlab.default.before_script).toContain("npm ci --ignore-scripts");
    expect(gitlab.default.before_script.join()).not.toMatch(/\| *(ba)?sh/);
  });

  it("the workflows for pull requests have the version of Pulumi whose words the comment is made of", () => {
    expect(workflow.env.PULUMI_VERSION).toBe(ENGINE_VERSION);
    expect(gitlab.variables.PULUMI_VERSION).toBe(ENGINE_VERSION);
  });

  it("the workflows for pull requests give a fork nothing at GitLab either, where its merge requests run in the fork", () => {
    const here = { CI_PIPELINE_SOURCE: "merge_request_event", CI_PROJECT_ID: "1", CI_MERGE_REQUEST_PROJECT_ID: "1" };
    const jobs = (variables: Record<string, string>) =>
      ["check", "preview", "drift"].filter((job) => isWanted(gitlab[job].rules[0].if, variables));
    expect(jobs({ ...here, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1" })).toEqual(["check", "preview"]);
    // In the fork, and where a member of the project starts it in the project.
    expect(jobs({ ...here, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2", CI_PROJECT_ID: "2" })).toEqual(["check"]);
    expect(jobs({ ...here, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" })).toEqual(["check"]);
    expect(jobs({ CI_PIPELINE_SOURCE: "schedule", CI_PROJECT_ID: "1" })).toEqual(["drift"]);
    expect(gitlab.check.environment).toBeUndefined();
    for (const job of ["preview", "drift"])
      expect(gitlab[job].environment).toEqual({ name: "production", action: "access" });
  });

  it("the workflows for pull requests check what a fork offers without credentials: types, args and policies", async () => {
    passed(await github("check"));
    expect(readFileSync(runner.GITHUB_STEP_SUMMARY!, "utf8")).toContain("`pulumi up` on `check`");
    const bad = (config: Record<string, unknown>) => {
      config["mail:domains"] = [{ name: "example.org", dmarc: { p: "none" } }];
    };
    await withChange(bad, async () => {
      const refused = await github("check");
      expect(refused.exitCode).not.toBe(0);
      expect(refused.output).toContain("_dmarc.example.org: p=none, weaker than quarantine");
    });
  });

  /** A hundred comments before ours, one of which looks like ours. */
  const talk = Array.from({ length: 100 }, (_, index) => byPerson(index, "a word"));
  talk[1] = byPerson(1, "<!-- pulumi preview of production --> quoted by a person");

  it("the workflows for pull requests show the preview in one comment, which the next push edits in place", async () => {
    service.comments.push(...talk);
    await withChange(biggerMail, async () => {
      passed(await github("preview"));
      expect(service.comments.at(-1)?.body).toContain("+     message_size_limit = 104857600\n");
    });
    passed(await github("preview"));
    expect(service.comments).toEqual([...talk, expect.objectContaining({ id: 1101 })]);
    expect(service.comments.at(-1)?.body).toContain("`pulumi up` on `production`: nothing changes");
    const page = "GET /repos/somebody/mail/issues/7/comments?per_page=100&page";
    expect(service.requests).toEqual([
      ...[`${page}=1`, `${page}=2`, "POST /repos/somebody/mail/issues/7/comments"],
      ...[`${page}=1`, `${page}=2`, "PATCH /repos/somebody/mail/issues/comments/1101"],
    ]);
  });

  it("the workflows for pull requests say in the comment why a preview was refused, and fail", async () => {
    const unknown = (config: Record<string, unknown>) => {
      config["mail:postmaster"] = "nobody@example.org";
    };
    await withChange(unknown, async () => expect((await github("preview")).exitCode).not.toBe(0));
    expect(service.comments[0]?.body).toMatch(
      /: refused\n[\s\S]*"nobody@example\.org" is neither a mailbox nor an alias/,
    );
  });

  it("the workflows for pull requests fail where a change is shown that a label says is none", async () => {
    const labelled = { [expectation]: "--expect-no-changes" };
    expect((await github("preview", labelled)).exitCode).toBe(0);
    await withChange(biggerMail, async () => expect((await github("preview", labelled)).exitCode).not.toBe(0));
    expect(service.comments[0]?.body).toContain("message_size_limit");
  });

  /** A job at GitLab. */
  const atGitlab = (job: "preview" | "drift", more: Record<string, string> = {}): Promise<Outcome> =>
    runScripts([{ script: gitlab[job].script.join("\n") }], repository, {
      ...runner,
      ...gitlab.variables,
      PULUMI_BACKEND_URL: expressions["secrets.PULUMI_BACKEND_URL"],
      PULUMI_CONFIG_PASSPHRASE: expressions["secrets.PULUMI_CONFIG_PASSPHRASE"],
      ...more,
    });

  describe("every morning", () => {
    /** A look at the machine that ends so; test/lab/steps/drift.ts has real ones. */
    const drift = (exitCode: number) => {
      const npx = join(repository, ".bin", "npx");
      const script = `[ "$3" = cli/mailserver.ts ] && [ -f "$3" ] && { echo "drift: $*"; exit ${exitCode}; }\nPATH="\${PATH#*:}" exec npx "$@"\n`;
      writeFileSync(npx, `#!/bin/bash\n${script}`);
      chmodSync(npx, 0o755);
    };

    it("the workflow of every morning finds that all is as it should be, or that the machine differs", async () => {
      drift(0);
      const asked = await github("drift");
      expect(asked.exitCode).toBe(0);
      expect(asked.output).toContain("drift: --no tsx cli/mailserver.ts drift --stack production");
      drift(2);
      expect((await github("drift")).exitCode).toBe(2);
    });

    it("the workflow of every morning finds that what is deployed is not what the branch says, and looks at the machine all the same", async () => {
      drift(0);
      await withChange(biggerMail, async () => {
        const asked = await github("drift");
        expect(asked.exitCode).not.toBe(0);
        expect(asked.output).toContain("drift: --no tsx");
      });
    });

    it("the pipeline of every morning does the same at GitLab", async () => {
      drift(0);
      passed(await atGitlab("drift"));
      await withChange(biggerMail, async () => expect((await atGitlab("drift")).exitCode).not.toBe(0));
      drift(2);
      const asked = await atGitlab("drift");
      expect(asked.output).toContain("drift: --no tsx cli/mailserver.ts drift --stack production");
      expect(asked.exitCode).toBe(2);
    });
  });

  it("the pipeline for merge requests does the same at GitLab", async () => {
    const [, , ...checked] = gitlab.check.script as string[];
    for (const command of checked) expect(workflow.jobs.check?.steps.at(-1)?.run).toContain(command);

    const preview = () =>
      atGitlab("preview", {
        COMMENT_TOKEN: commentToken,
        CI_API_V4_URL: service.url,
        CI_PROJECT_ID: "42",
        CI_MERGE_REQUEST_IID: "7",
        CI_MERGE_REQUEST_LABELS: "",
      });
    service.comments.push(...talk);
    await withChange(biggerMail, async () => passed(await preview()));
    expect(service.comments.at(-1)?.body).toContain("message_size_limit = 104857600");
    passed(await preview());
    expect(service.comments).toEqual([...talk, expect.objectContaining({ id: 1101 })]);
    expect(service.comments.at(-1)?.body).toContain("nothing changes");
  });
});

/** Whether a rule of GitLab's adds its job, as far as rules here go: comparisons that must all hold. */
function isWanted(rule: string, variables: Record<string, string>): boolean {
  const value = (operand = "") => (operand.startsWith("$") ? variables[operand.slice(1)] : JSON.parse(operand));
  return rule.split(" && ").every((comparison) => {
    const [left, right] = comparison.split(" == ");
    return value(left) === value(right);
  });
}
