import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { hostFacts } from "../../cli/drift/facts";
import { agentSource } from "../../components/activation/agentSource";
import { bundle } from "../../components/activation/bundle";
import {
  applyCommand,
  certificateCommand,
  installCommand,
  lookCommand,
  removeCommand,
  rollbackCommand,
} from "../../components/activation/remoteCommand";
import { answerIn, certificateAnswer, marks } from "../../components/activation/reported";

/** Runs a remote command as sshd would: by a shell, with the bundle on standard input. */
function asSshd(command: string, agent: string, known: object, environment: NodeJS.ProcessEnv = {}) {
  return spawnSync("sh", ["-c", command], {
    input: bundle(agent, known),
    encoding: "utf8",
    env: { PATH: process.env.PATH, SSH_CONNECTION: "192.0.2.1 50000 198.51.100.1 2222", ...environment },
  });
}

const echo = "import sys\nsys.stdout.buffer.write(repr((sys.argv[1:],BUNDLE['wanted'])).encode())";

describe("the remote command", () => {
  it("the remote command gives the agent its mode, the SSH connection and the wanted state exactly as it was", () => {
    const wanted = { text: "ünï ☃ 𝔘 \u2028 ' \" \\ $(id) `id` \n", yes: true, no: false, none: null, list: [1, "2"] };
    const { stdout, stderr } = asSshd(applyCommand("root"), echo, { wanted });
    expect(stderr).toBe("");
    const judge = "import sys,ast,json;a,w=ast.literal_eval(sys.stdin.read());print(json.dumps([a,w]))";
    expect(JSON.parse(spawnSync("python3", ["-c", judge], { input: stdout, encoding: "utf8" }).stdout)).toEqual([
      ["apply", "192.0.2.1 50000 198.51.100.1 2222"],
      wanted,
    ]);
  });

  it("the remote command reads UTF-8 whatever the locale of the host says", () => {
    const { stdout } = asSshd(applyCommand("root"), echo, { wanted: "ü" }, { LC_ALL: "C", PYTHONUTF8: "0" });
    expect(stdout).toContain("'ü'");
  });

  it("the remote command goes through sudo for everybody but root, and does everything else by the same way", () => {
    expect(applyCommand("debian")).toBe(`sudo -n ${applyCommand("root")}`);
    for (const [command, mode] of [
      [installCommand, "install"],
      [removeCommand, "remove"],
      [lookCommand, "look"],
      [rollbackCommand, "rollback"],
    ] as const)
      expect(command("root")).toBe(applyCommand("root").replace(" apply ", ` ${mode} `));
  });

  it("the remote command holds nothing that a user wrote", () => {
    expect(applyCommand("$(reboot)")).toBe(applyCommand("debian"));
  });

  it("the remote command is short enough to be read in an error text", () => {
    expect(applyCommand("debian").length).toBeLessThan(350);
  });
});

describe("what is known of the certificate", () => {
  it("what is known of the certificate is printed between marks, by root and at once", () => {
    const folder = mkdtempSync(join(tmpdir(), "certificate-"));
    const file = join(folder, "certificate.json");
    const command = certificateCommand("root").replace("/var/lib/pulumi-mailserver/certificate.json", file);
    const missing = asSshd(command, "", {});
    expect([missing.status === 0, missing.stdout]).toEqual([false, ""]);
    const told = { certificateKey: "a".repeat(64), acmeAccount: "https://acme.example.net/acct/1" };
    writeFileSync(file, JSON.stringify(told));
    const { stdout } = asSshd(`echo Welcome; ${command}; echo Good bye`, "", {});
    expect(answerIn(stdout, certificateAnswer, "")).toEqual(told);
    expect(certificateCommand("debian")).toBe(`sudo -n ${certificateCommand("root")}`);
    rmSync(folder, { recursive: true });
  });
});

describe("the agent's source", () => {
  it("the agent's source is one program: every name that a module uses is there", () => {
    const judge = [
      "import builtins,json,symtable,sys",
      "source=sys.stdin.read()",
      "names={'__name__':'agent'}",
      "exec(compile(source,'agent','exec'),names)",
      "def used(t):",
      "    yield from (s.get_name() for s in t.get_symbols() if s.is_global() and s.is_referenced())",
      "    for c in t.get_children(): yield from used(c)",
      "print(json.dumps(sorted({n for n in used(symtable.symtable(source,'agent','exec')) if n not in names and not hasattr(builtins,n)})))",
    ].join("\n");
    const { stdout, stderr } = spawnSync("python3", ["-c", judge], { input: agentSource(), encoding: "utf8" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual([]);
  });

  it("the agent's source has each name once: its modules become one program, in which the later of two would take the place of the other", () => {
    const judge = [
      "import ast,collections,glob,json,sys",
      "names=collections.Counter()",
      "for path in glob.glob(sys.argv[1]+'/*.py'):",
      "    found=set()",
      "    for node in ast.parse(open(path,encoding='utf8').read()).body:",
      "        if isinstance(node,(ast.FunctionDef,ast.ClassDef)): found.add(node.name)",
      "        targets=node.targets if isinstance(node,ast.Assign) else [node.target] if isinstance(node,ast.AnnAssign) else []",
      "        found.update(n.id for t in targets for n in ast.walk(t) if isinstance(n,ast.Name))",
      "    names.update(found)",
      "print(json.dumps([len(names),sorted(n for n,count in names.items() if count>1)]))",
    ].join("\n");
    const folder = join(__dirname, "../../components/activation/agent");
    const { stdout, stderr } = spawnSync("python3", ["-c", judge, folder], { encoding: "utf8" });
    expect(stderr).toBe("");
    const [count, twice] = JSON.parse(stdout) as [number, string[]];
    expect(count).toBeGreaterThan(150);
    expect(twice).toEqual([]);
  });

  it("the agent's source puts its answer between the marks that are looked for, whatever else is printed", () => {
    const privileged = agentSource().replace("os.geteuid() != 0", "False");
    const noise = `echo Welcome; echo -n '${marks.begin}'; ${lookCommand("root")}; echo '${marks.end} Good bye'`;
    const { stdout, stderr } = asSshd(noise, privileged, {}, { MAILSERVER_ROOT: "/nowhere" });
    expect(stderr).toBe("");
    expect(stdout.startsWith("Welcome")).toBe(true);
    expect(answerIn(stdout, hostFacts, "")).toEqual({});
  });

  it("the agent's source refuses to run for anybody but root, in one sentence", () => {
    const unprivileged = agentSource().replace("os.geteuid() != 0", "True");
    const { status, stderr } = asSshd(applyCommand("root"), unprivileged, { wanted: {} });
    expect([status, stderr]).toEqual([
      1,
      "the agent must run as root; log in as root or as a user with password-less sudo\n",
    ]);
  });
});
