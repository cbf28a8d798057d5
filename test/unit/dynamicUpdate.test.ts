import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ConflictingRecords } from "../../components/args";
import { zoneLine } from "../../components/dns/presentation";
import { commands, interpreter, script } from "../../components/dns/providers/rfc2136/publish";
import { type DnsRecord, RecordPurpose } from "../../components/dns/record";
import { exampleRecord as record } from "./fixture";
import { run } from "./host/deployer";
import { ask, change, isInstalled, type NameServer, startNameServer } from "./throwAwayNameServers";

const { Fail, Replace, Keep } = ConflictingRecords;
const mail = "mail.example.org";
/** Has an address always: BIND takes no MX record that leads to a name of its zone without one. */
const mx = "mx.example.org";
const key = `v=DKIM1; h=sha256; k=rsa; s=email; p=${"Ab+/".repeat(98)}`;

/** One of each type. */
const everything: DnsRecord[] = [
  record("A", mail, "198.51.100.7"),
  record("AAAA", mail, "2001:db8:51::7"),
  record("CNAME", "mta-sts.example.org", mail),
  record("MX", "example.org", mx, { priority: 10 }),
  record("MX", "www.example.org", "", { priority: 0 }),
  record("TXT", "example.org", "v=spf1 mx ip4:198.51.100.7 -all"),
  record("TXT", "mail._domainkey.example.org", key, { dkimDomain: "example.org" }),
  record("TXT", "_dmarc.example.org", "v=DMARC1; p=quarantine; rua=mailto:postmaster@example.org"),
  record("PTR", "7.example.org", mail, { purpose: RecordPurpose.Reverse }),
  record("SRV", "_imaps._tcp.example.org", mail, { priority: 0, srv: { weight: 1, port: 993 } }),
  record("SRV", "_imap._tcp.example.org", "", { priority: 0, srv: { weight: 0, port: 0 } }),
  record("CAA", mail, "letsencrypt.org; accounturi=https://acme.example.net/acct/1", {
    caa: { flags: 0, tag: "issue" },
  }),
  record("TLSA", `_25._tcp.${mail}`, "0123456789abcdef".repeat(4), {
    tlsa: { usage: 3, selector: 1, matchingType: 1 },
  }),
];

let at = { port: 0, key: "" };

/** Runs what the provider runs, with what it printed the last time. */
async function shell(
  what: "create" | "update" | "delete",
  each: DnsRecord,
  {
    conflicting = Fail,
    printed = "",
    path = "",
  }: { conflicting?: ConflictingRecords; printed?: string; path?: string } = {},
) {
  const { stdout, stderr, exitCode } = await run([...interpreter(), commands(each, conflicting)[what]], at.key, {
    RECORD: lineOf(each),
    SERVER: `127.0.0.1 ${at.port}`,
    ...(printed === "" ? {} : { PULUMI_COMMAND_STDOUT: printed.replace(/\n$/, "") }),
    PATH: `${path}${process.env.PATH}`,
  });
  return { stdout, stderr, exitCode };
}

const done = { exitCode: 0, stderr: "" };
const lineOf = (each: DnsRecord) => zoneLine(each, 300);

describe.each(["BIND", "PowerDNS", "Knot"] as const)("by RFC 2136 at %s", (kind) => {
  // `npm run lab -- up` installs all of them.
  describe.skipIf(!isInstalled(kind))("a record", () => {
    let server: NameServer;
    const there = (name: string, type: string) => ask(server.port, name, type);
    beforeAll(async () => {
      server = await startNameServer(kind);
      at = server;
    });
    afterAll(() => server.stop());
    afterEach(() => {
      const names = ["*.example.org", "new.example.org", ...everything.map(({ name }) => name)];
      change(
        server,
        ...[...new Set(names)].filter((name) => name !== "example.org").map((name) => `update delete ${name}.`),
      );
      change(server, "update delete example.org. MX", "update delete example.org. TXT");
    });

    it("a record of any type is published by RFC 2136, published anew, changed and removed, and read back each time", async () => {
      for (const each of everything) {
        const first = await shell("create", each);
        expect(first, lineOf(each)).toEqual({ ...done, stdout: `${lineOf(each)}\n` });
        expect(there(each.name, each.type), lineOf(each)).toHaveLength(1);
        const again = await shell("update", each, { printed: first.stdout });
        expect(again).toMatchObject(done);
        const moved = { ...each, name: `new.${each.name.slice(each.name.indexOf(".") + 1)}` };
        if (each.name !== "example.org" && each.type !== "TLSA" && each.type !== "SRV" && each.type !== "TXT") {
          const second = await shell("update", moved, { printed: again.stdout });
          expect(second).toMatchObject(done);
          expect(there(each.name, each.type)).toEqual([]);
          expect(await shell("delete", moved, { printed: second.stdout })).toMatchObject(done);
          expect(there(moved.name, each.type)).toEqual([]);
        } else {
          expect(await shell("delete", each, { printed: again.stdout })).toMatchObject(done);
          expect(there(each.name, each.type)).toEqual([]);
        }
      }
    }, 180_000);

    it("a record beside a CNAME is refused by RFC 2136, with the CNAME and the way out", async () => {
      change(server, `update add new.example.org. 300 CNAME elsewhere.example.org.`);
      change(server, `update add elsewhere.example.org. 300 TXT "v=spf1 mx -all"`);
      const refused = await shell("create", record("TXT", "new.example.org", "v=spf1 mx -all"), { conflicting: Keep });
      expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
      expect(refused.stderr).toContain("new.example.org. 300 IN CNAME elsewhere.example.org.");
      expect(refused.stderr).toContain("delete what stands there");
      change(server, "update delete elsewhere.example.org.");
    });

    it("a CNAME beside something else is refused by RFC 2136, with what that is", async () => {
      change(server, `update add new.example.org. 300 A 192.0.2.80`);
      const refused = await shell("create", record("CNAME", "new.example.org", mail));
      expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
      expect(refused.stderr).toContain("new.example.org. 300 IN A 192.0.2.80");
    });

    it("a record that a wildcard answers for is neither there nor another mail server's nor left over by RFC 2136", async () => {
      const ours = record("MX", "new.example.org", mx, { priority: 10 });
      change(
        server,
        `update add *.example.org. 300 MX 10 ${mx}.`,
        "update add *.example.org. 300 MX 20 old.example.net.",
      );
      const first = await shell("create", ours);
      expect(first).toEqual({ ...done, stdout: `${lineOf(ours)}\n` });
      expect(there("new.example.org", "MX")).toEqual([`10 ${mx}.`]);
      expect(await shell("delete", ours, { printed: first.stdout })).toMatchObject(done);
      expect(there("new.example.org", "MX")).toEqual([`10 ${mx}.`, "20 old.example.net."]);
      expect((await shell("create", ours, { conflicting: Replace })).stdout).toBe(`${lineOf(ours)}\n\n`);
    });

    it("a record of another mail server is refused by RFC 2136, or replaced and given back, also from what an earlier version printed", async () => {
      const spf = record("TXT", "example.org", "v=spf1 mx -all");
      change(
        server,
        `update add example.org. 600 TXT "v=spf1 include:old.example.net ~all"`,
        `update add example.org. 600 TXT "a word; of somebody else"`,
      );
      const refused = await shell("create", spf);
      expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
      expect(refused.stderr).toContain("include:old.example.net");
      expect(refused.stderr).not.toContain("somebody else");
      expect(await shell("create", spf, { conflicting: Replace })).toMatchObject(done);
      expect(there("example.org", "TXT")).toEqual(['"a word; of somebody else"', '"v=spf1 mx -all"'].sort());
      const earlier = `${lineOf(spf)}\nexample.org. 300 IN TXT "v=spf1 include:old.example.net ~all"\nexample.org. 300 IN MX ;; communications error to 192.0.2.53#53: timed out`;
      expect(await shell("delete", spf, { printed: earlier })).toMatchObject(done);
      expect(there("example.org", "TXT")).toEqual([
        '"a word; of somebody else"',
        '"v=spf1 include:old.example.net ~all"',
      ]);
    });

    it("a record that an earlier version published is changed and removed by RFC 2136", async () => {
      const [old, now] = [record("A", mail, "192.0.2.1"), record("A", mail, "192.0.2.2")];
      change(server, `update add ${mail}. 300 A 192.0.2.1`);
      expect(await shell("update", now, { printed: lineOf(old) })).toMatchObject(done);
      expect(there(mail, "A")).toEqual(["192.0.2.2"]);
      expect(await shell("delete", now, { printed: lineOf(now) })).toMatchObject(done);
      expect(there(mail, "A")).toEqual([]);
    });

    it("a record is refused with the name server's word where it does not take the key, and where it has no such zone", async () => {
      const { key: good } = at;
      at = { ...at, key: `key hmac-sha256:test ${Buffer.from("another key of the tests").toString("base64")}\n` };
      const refused = await shell("create", record("A", mail, "192.0.2.1"));
      at = { ...at, key: good };
      expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
      expect(refused.stderr).toMatch(/did not publish mail\.example\.org[^\n]*\nIt says: .*(BADSIG|verify|TSIG)/s);
      expect(refused.stderr + refused.stdout).not.toMatch(/another key|[A-Za-z0-9+/]{30}=/);
      const elsewhere = await shell("create", record("A", "mail.example.net", "192.0.2.1"));
      expect(elsewhere).toMatchObject({ exitCode: 1, stdout: "" });
      expect(elsewhere.stderr).toContain("did not publish mail.example.net");
    });
  });
});

describe("a name server that does not do as it should", () => {
  let server: Server | undefined;
  const folder = mkdtempSync(join(tmpdir(), "patience-"));
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server?.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** TCP only, so that nsupdate and dig are told what to do by the test. */
  async function speaking(onConnection: (socket: Socket) => void): Promise<void> {
    server = createServer((socket) => {
      sockets.add(socket.on("error", () => undefined));
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    at = { port: (server.address() as { port: number }).port, key: "key hmac-sha256:test c2VjcmV0c2VjcmV0\n" };
  }

  it("a name server that does not do as it should holds nobody up by speaking slowly", async () => {
    writeFileSync(join(folder, "timeout"), '#!/bin/sh\n[ "$1" = 60 ] || exit 9\nshift\nexec /usr/bin/timeout 2 "$@"\n');
    chmodSync(join(folder, "timeout"), 0o755);
    await speaking((socket) => {
      const drip = setInterval(() => socket.write("\x01"), 300);
      socket.on("close", () => clearInterval(drip));
    });
    const before = Date.now();
    const refused = await shell("create", record("MX", "example.org", mx, { priority: 10 }), { path: `${folder}:` });
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toContain("the name server 127.0.0.1 does not say whether it has example.org. MX");
    expect(Date.now() - before).toBeLessThan(20_000);
  });

  it.each([
    ["SERVFAIL", 0x8402],
    ["REFUSED", 0x8405],
    ["an answer that is not its own", 0x8000],
  ])("a name server that does not do as it should is told apart from one that has no record: %s", async (_, flags) => {
    await speaking((socket) =>
      socket.on("data", (question) => {
        const answer = Buffer.from(question);
        answer.writeUInt16BE(flags, 4);
        socket.write(answer);
      }),
    );
    const refused = await shell("create", record("MX", "example.org", mx, { priority: 10 }));
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toContain("does not say whether it has example.org. MX, of which it must be an authority:");
  });
});

describe("the script", () => {
  it("the script of RFC 2136 is short, as the state holds it with each record, and is one that a shell can read", () => {
    expect(interpreter().join(" ").length).toBeLessThan(2500);
    expect(script()).not.toMatch(/^\s*#/m);
  });

  it("the script of RFC 2136 is not taken for done where it cannot be unpacked", async () => {
    const [shell = "", word = "", text = ""] = interpreter();
    const { exitCode } = await run([shell, word, text.replace("base64 -d", "false"), "add"], "", {});
    expect(exitCode).not.toBe(0);
  });
});
