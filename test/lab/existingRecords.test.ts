import { spawnSync } from "node:child_process";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { ConflictingRecords } from "../../components/args";
import { zoneLine } from "../../components/dns/presentation";
import { commands, interpreter } from "../../components/dns/providers/rfc2136/publish";
import { type DnsRecord, RecordPurpose } from "../../components/dns/record";
import { dns, tsig, up } from "../../lab/lab";

// The commands as a deployment runs them, against the lab's name server. The name is nobody else's.

const name = "existing.example.org";
const server = { server: "198.51.100.54", port: 53, ttl: 300 };
const { Fail, Replace, Keep } = ConflictingRecords;
const record = (type: "MX" | "TXT", value: string): DnsRecord => ({
  id: "id",
  purpose: RecordPurpose.Mail,
  name,
  type,
  value,
  explanation: "An example.",
  priority: type === "MX" ? 10 : undefined,
});
const mx = record("MX", "mail.example.org");
const spf = record("TXT", "v=spf1 mx ip4:198.51.100.7 -all");

/** Runs one of a record's commands as the provider does, with what the last one printed. */
function shell(what: "create" | "update" | "delete", each: DnsRecord, conflicting: ConflictingRecords, printed = "") {
  const key = tsig;
  const [program = "", ...words] = interpreter();
  const { status, stdout, stderr } = spawnSync(program, [...words, commands(each, conflicting)[what]], {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      RECORD: zoneLine(each, server.ttl),
      SERVER: `${server.server} ${server.port}`,
      PULUMI_COMMAND_STDOUT: printed.replace(/\n$/, ""),
    },
    input: `key ${key.algorithm}:${key.name} ${key.secret}\n`,
  });
  return { status, stdout, stderr };
}

const published = async (type: string) => (await dns.records(name, type)).map(({ content }) => content).sort();

beforeAll(() => up([]));
afterEach(() => dns.delete(name));

describe("records of another mail server, by RFC 2136", () => {
  test("records of another mail server are refused by RFC 2136, and nothing is changed", async () => {
    await dns.set(name, "MX", ["20 old.example.net.", "30 older.example.net."]);
    await dns.set(name, "TXT", ['"v=spf1 include:old.example.net ~all"', '"a word of somebody else"']);
    for (const each of [mx, spf]) {
      const { status, stdout, stderr } = shell("create", each, Fail);
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toContain("old.example.net");
      expect(stderr).not.toContain("somebody else");
    }
    expect(await published("MX")).toEqual(["20 old.example.net.", "30 older.example.net."]);
    expect(await published("TXT")).toHaveLength(2);
  });

  test("records of another mail server are no matter where there are none, and where a run that broke off has published the server's own", async () => {
    await dns.set(name, "TXT", ['"a word of somebody else"']);
    for (const each of [mx, spf, mx, spf]) expect(shell("create", each, Fail)).toMatchObject({ status: 0, stderr: "" });
    expect(await published("MX")).toEqual(["10 mail.example.org."]);
    expect(await published("TXT")).toEqual(['"a word of somebody else"', `"${spf.value}"`]);
  });

  test("records of another mail server are replaced at once, survive a change of the server's own, and come back when that goes", async () => {
    await dns.set(name, "MX", ["20 old.example.net.", "30 older.example.net."]);
    await dns.set(name, "TXT", ['"v=spf1 include:old.example.net ~all"', '"a word of somebody else"']);
    const first = [mx, spf].map((each) => shell("create", each, Replace));
    expect(first.map(({ status }) => status)).toEqual([0, 0]);
    expect(await published("MX")).toEqual(["10 mail.example.org."]);
    expect(await published("TXT")).toEqual(['"a word of somebody else"', `"${spf.value}"`]);

    const moved = [record("MX", "mx.example.org"), record("TXT", "v=spf1 mx -all")];
    const second = moved.map((each, index) => shell("update", each, Fail, first[index]?.stdout));
    expect(await published("MX")).toEqual(["10 mx.example.org."]);
    expect(await published("TXT")).toEqual(['"a word of somebody else"', '"v=spf1 mx -all"']);

    const last = moved.map((each, index) => shell("delete", each, Fail, second[index]?.stdout));
    expect(last.map(({ status }) => status)).toEqual([0, 0]);
    expect(await published("MX")).toEqual(["20 old.example.net.", "30 older.example.net."]);
    expect(await published("TXT")).toEqual(['"a word of somebody else"', '"v=spf1 include:old.example.net ~all"']);
  });

  test("records of another mail server stay beside the server's where that is wanted", async () => {
    await dns.set(name, "MX", ["20 backup.example.net."]);
    const { stdout } = shell("create", mx, Keep);
    expect(await published("MX")).toEqual(["10 mail.example.org.", "20 backup.example.net."]);
    expect(shell("delete", mx, Keep, stdout).status).toBe(0);
    expect(await published("MX")).toEqual(["20 backup.example.net."]);
  });
});

describe("a record beside others, by RFC 2136", () => {
  test("a record beside a CNAME is refused, with the CNAME and the way out", async () => {
    await dns.set(name, "CNAME", ["old.example.net."]);
    const { status, stdout, stderr } = shell("create", spf, Keep);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`${name}. 30 IN CNAME old.example.net.`);
    expect(stderr).toContain("delete what stands there");
  });

  test("a record that a wildcard answers for is neither there nor in the way", async () => {
    await dns.set(`*.${name}`, "MX", ["10 mail.example.org.", "20 old.example.net."]);
    const below = { ...mx, name: `new.${name}` };
    const { status, stdout } = shell("create", below, Fail);
    expect(status).toBe(0);
    expect((await dns.records(below.name, "MX")).map(({ content }) => content)).toEqual(["10 mail.example.org."]);
    expect(shell("delete", below, Fail, stdout)).toMatchObject({ status: 0, stderr: "" });
    expect(await dns.records(below.name, "MX")).toHaveLength(2);
    await dns.delete(`*.${name}`);
  });
});

describe("a PTR record, by RFC 2136", () => {
  const [here, there] = ["250.100.51.198.in-addr.arpa", "250.113.0.203.in-addr.arpa"];
  const ptr = (at: string): DnsRecord => ({
    ...{
      id: "reverse-v4",
      purpose: RecordPurpose.Reverse,
      name: at,
      type: "PTR",
      value: "mail.example.org",
      explanation: "An example.",
    },
  });
  const pointers = async (at: string) => (await dns.records(at, "PTR")).map(({ content }) => content);
  afterEach(() => Promise.all([here, there].map((at) => dns.delete(at))));

  test("a PTR record goes with the machine to a network whose reverse zone is another", async () => {
    const { stdout } = shell("create", ptr(here), Fail);
    expect(await pointers(here)).toEqual(["mail.example.org."]);
    expect(shell("update", ptr(there), Fail, stdout)).toMatchObject({ status: 0, stderr: "" });
    expect([await pointers(here), await pointers(there)]).toEqual([[], ["mail.example.org."]]);
  });
});
