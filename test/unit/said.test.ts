import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { comment } from "../../ci/comment";
import { dnsDifferences } from "../../cli/drift/dnsDifferences";
import { hostDifferences } from "../../cli/drift/hostDifferences";
import { lookUp } from "../../cli/drift/lookUp";
import { asJson, asText } from "../../cli/drift/report";
import { runOverSsh } from "../../cli/ssh";
import type { RecordData } from "../../components/dns/presentation";
import { type DnsRecord, RecordPurpose } from "../../components/dns/record";
import { hostileText, obeyed } from "./hostile";

// Whatever a machine, a zone or a peer says: what is printed is text, and it is printed in time.

const access = { address: "192.0.2.1", user: "root", port: 22, hostKey: "ssh-ed25519 AAAA" };
const types: DnsRecord["type"][] = ["A", "AAAA", "CNAME", "MX", "TXT", "PTR", "SRV", "CAA", "TLSA"];

describe("what a machine and a zone say", () => {
  it("what a machine and a zone say is printed by `mailserver drift` as text, for people and for programs", () => {
    fc.assert(
      fc.property(hostileText, hostileText, fc.constantFrom(...types), (one, other, type) => {
        const wanted = { sha256: "aa", mode: "0640", owner: "root", group: "root" };
        const facts = {
          manifest: { sha256: one, owner: other, files: { [one]: wanted }, tables: {}, certificates: { [other]: one } },
          files: { [one]: { ...wanted, kind: "file" as const, mode: other, owner: one } },
          packages: { [one]: other },
          units: { [other]: { LoadState: one, ActiveState: one, UnitFileState: other, healthy: "" } },
          firewall: [one],
          certificates: { [other]: { sha256: one, key: one, expires: 0, renewed: other } },
          served: [{ port: 25, name: one, sha256: "", trouble: other }],
        };
        const found: RecordData = { type, value: one, caa: { flags: 0, tag: other } };
        const mine: DnsRecord = {
          id: "id",
          purpose: RecordPurpose.Sender,
          name: "example.org",
          type,
          value: "192.0.2.1",
          explanation: other,
        };
        const differences = [
          ...hostDifferences(facts, { owner: "a", manifestHash: "b" }, new Date(0)),
          ...dnsDifferences([mine], [{ name: "example.org", type, found: [found] }]),
        ];
        const drift = { differences, unknown: [one] };
        const target = { access, login: {} };
        expect(asText(target, drift)).not.toMatch(obeyed);
        expect(asJson(target, drift)).not.toMatch(obeyed);
      }),
    );
  });

  it("what a machine and a zone say is a comment of a pull request as text", () => {
    fc.assert(
      fc.property(hostileText, (said) => {
        expect(comment("dev", `error: ${said}\nResources:\n    + 1 to create\n`)).not.toMatch(obeyed);
      }),
    );
  });
});

describe("an `ssh` that hands on what a machine says", () => {
  const folder = mkdtempSync(join(tmpdir(), "said-"));
  const path = process.env.PATH;
  afterEach(() => {
    process.env.PATH = path;
    vi.restoreAllMocks();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function through(script: string): Promise<{ answer: string; shown: string }> {
    writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "ssh"), 0o755);
    process.env.PATH = `${folder}:${path}`;
    let shown = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      shown += String(text);
      return true;
    });
    const answer = await runOverSsh({ access, login: {} }, "command", "").catch((error: Error) => error.message);
    return { answer, shown };
  }

  it("an `ssh` that hands on what a machine says shows it as text, line by line", async () => {
    const evil = String.raw`printf 'a\na\n\033[2J\n::error title=x::y\nno end' >&2; printf '\303\274 answer'`;
    expect(await through(evil)).toEqual({
      answer: "ü answer",
      shown: "a\na\n\\x1b[2J\n\\x3a:error title=x::y\nno end\n",
    });
  });

  it("an `ssh` that hands on what a machine says ends where it says more than anybody wants to know", async () => {
    expect((await through("exec yes")).answer).toContain("printed more than");
    expect((await through("exec yes >&2")).answer).toContain("printed more than");
  }, 60_000);
});

describe("a name server that speaks slowly", () => {
  it("a name server that speaks slowly is left after five seconds", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on("error", () => undefined));
      const drip = setInterval(() => socket.write("\x01"), 500);
      socket.on("close", () => clearInterval(drip));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { Resolver } = await import("node:dns/promises");
    vi.spyOn(Resolver.prototype, "getServers").mockReturnValue([`127.0.0.1:${port}`]);
    vi.spyOn(Resolver.prototype, "resolveNs").mockRejectedValue(new Error("no"));
    const before = Date.now();
    const record: DnsRecord = {
      id: "id",
      purpose: RecordPurpose.Sender,
      name: "example.org",
      type: "A",
      value: "",
      explanation: "An example.",
    };
    expect(await lookUp([record])).toEqual([{ name: "example.org", type: "A", found: undefined }]);
    expect(Date.now() - before).toBeLessThan(8000);
    vi.restoreAllMocks();
    for (const socket of sockets) socket.destroy();
    server.close();
  }, 30_000);
});
