import { afterAll, describe, expect, it } from "vitest";
import { obeyed } from "../hostile";
import type { Ran } from "./deployer";
import { SmallWorld } from "./smallWorld";
import type { WorldRecord, WorldServer } from "./world";

const v4 = "198.51.100.7";
const v6 = "2001:db8:51::7";
const reverse = "7.100.51.198.in-addr.arpa";
const forward = [
  { name: "mail.example.org", type: "A", expected: [v4] },
  { name: "mail.example.org", type: "AAAA", expected: [v6] },
];
const named = { name: reverse, type: "PTR", expected: ["mail.example.org"] };

const record = (name: string, type: WorldRecord["type"], value: string, after?: number): WorldRecord => ({
  name,
  type,
  values: [value],
  after,
});
/** What leads to the zone's own name server, as the resolver on the way knows it. */
const delegation = [
  record("example.org", "NS", "ns.example.net"),
  record("100.51.198.in-addr.arpa", "NS", "ns.example.net"),
  record("ns.example.net", "A", "127.0.0.2"),
];
const mail = [record("mail.example.org", "A", v4), record("mail.example.org", "AAAA", v6)];

describe("the wait for names", () => {
  const world = new SmallWorld();
  afterAll(() => world.forget());

  /** Asks in a world with these records at the resolver (127.0.0.1) and at the zone's own name server (127.0.0.2). */
  const ask = (
    questions: object[],
    resolver: WorldRecord[],
    own: WorldRecord[],
    { seconds = 0, broken = false, otherwise = "", printed = "" } = {},
  ): Promise<Ran> => {
    const servers: WorldServer[] = [
      { address: "127.0.0.1", records: resolver },
      { address: "127.0.0.2", records: own, broken },
    ];
    return world.run("resolution", servers, {
      QUESTIONS: JSON.stringify(questions),
      SECONDS: String(seconds),
      OTHERWISE: otherwise,
      ...(printed === "" ? {} : { PULUMI_COMMAND_STDOUT: printed }),
    });
  };

  it("the wait for names ends when the zone's own name servers say what they must, whatever a resolver remembers", async () => {
    const { stdout, stderr, exitCode } = await ask(forward, delegation, mail);
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout).toBe(`mail.example.org A: ${v4}\nmail.example.org AAAA: ${v6}\n`);
  });

  it("the wait for names does not believe a resolver that knows more than the zone's own name server", async () => {
    const { stderr, exitCode } = await ask(forward, [...delegation, ...mail], []);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`mail.example.org A: must be ${v4}, is nothing (asked: ns.example.net)`);
  });

  it("the wait for names asks the resolver where the zone's own name servers do not answer", async () => {
    const { stdout, exitCode } = await ask(forward, [...delegation, ...mail], [], { broken: true });
    expect([stdout, exitCode]).toEqual([expect.stringContaining(v6), 0]);
  });

  it("the wait for names waits for a record that comes late, and says so while it waits", async () => {
    const [a, aaaa] = mail as [WorldRecord, WorldRecord];
    const late = [a, { ...aaaa, after: 2 }];
    const { stderr, exitCode } = await ask(forward, delegation, late, { seconds: 30 });
    expect([stderr, exitCode]).toEqual([
      `waiting: mail.example.org AAAA: must be ${v6}, is nothing (asked: ns.example.net)\n`,
      0,
    ]);
  });

  it.each<[string, object[], WorldRecord[], RegExp]>([
    [
      "another machine's address beside",
      forward.slice(0, 1),
      [{ name: "mail.example.org", type: "A", values: [v4, "198.51.100.9"] }],
      /must be 198\.51\.100\.7, is 198\.51\.100\.[79] and 198\.51\.100\.[79] .*\n.*Remove the other A records of mail\.example\.org/,
    ],
    [
      "an IPv6 address of a server without IPv6",
      [{ name: "mail.example.org", type: "AAAA", expected: [] }],
      mail,
      /must be nothing, is 2001:db8:51::7 .*\n.*Remove the AAAA records of mail\.example\.org/,
    ],
    [
      "the provider's own reverse name",
      [named],
      [record(reverse, "PTR", "vps-1.vps.ovh.net")],
      /PTR: must be mail\.example\.org, is vps-1\.vps\.ovh\.net .*\n.*Set this PTR record/,
    ],
  ])(
    "the wait for names gives up on %s, and says what was asked, what must be and what to do",
    async (_what, questions, own, message) => {
      const { stderr, exitCode } = await ask(questions, delegation, own);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr).toContain("DNS is not as it must be after 0 s");
    },
  );

  it("the wait for names prints what a zone says as text, and what to do otherwise", async () => {
    const evil = "\x1b[2J\n::error title=x::y\u009b31m:1.example.net";
    const { stderr, exitCode } = await ask([named], delegation, [record(reverse, "PTR", evil)], {
      otherwise: "To do without, say so.",
    });
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(obeyed);
    expect(stderr).toContain("must be mail.example.org, is ");
    expect(stderr).toContain("\nTo do without, say so.\n");
  });

  it("the wait for names lets the stack's own earlier addresses stay, which the engine deletes last, and no others", async () => {
    const without = [forward[0] ?? {}, { name: "mail.example.org", type: "AAAA", expected: [] }];
    const printed = `mail.example.org A: ${v4}\nmail.example.org AAAA: ${v6}\n`;
    const { stdout, stderr, exitCode } = await ask(without, delegation, mail, { printed });
    expect([stderr, exitCode]).toEqual(["", 0]);
    expect(stdout).toBe(`mail.example.org A: ${v4}\nmail.example.org AAAA: nothing; earlier ${v6}\n`);
    // The run broke off before the record was deleted: the next one meets it again.
    expect((await ask(without, delegation, mail, { printed: stdout })).exitCode).toBe(0);
    const stranger = { name: "mail.example.org", type: "AAAA" as const, values: ["2001:db8::bad"] };
    expect((await ask(without, delegation, [mail[0] as WorldRecord, stranger], { printed })).exitCode).toBe(1);
  });

  it("the wait for names waits for a new address although an earlier one is there, and remembers a name that was left", async () => {
    const printed = `mail.example.org A: 198.51.100.9\nold.example.org AAAA: ${v6}\n`;
    const old = { name: "mail.example.org", type: "A" as const, values: ["198.51.100.9"] };
    const both = { name: "mail.example.org", type: "A" as const, values: ["198.51.100.9", v4] };
    expect((await ask(forward.slice(0, 1), delegation, [old], { printed })).exitCode).toBe(1);
    const { stdout, exitCode } = await ask(forward.slice(0, 1), delegation, [both], { printed });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      `mail.example.org A: ${v4}; earlier 198.51.100.9\nold.example.org AAAA: nothing; earlier ${v6}\n`,
    );
  });

  it("the wait for names follows a reverse name into a zone of somebody else (RFC 2317)", async () => {
    const { exitCode, stdout } = await ask([named], [...delegation, record(reverse, "PTR", "mail.example.org")], []);
    expect([stdout, exitCode]).toEqual([`${reverse} PTR: mail.example.org\n`, 0]);
  });

  it("the wait for names takes the same address in another notation for the same", async () => {
    const questions = [{ name: "mail.example.org", type: "AAAA", expected: ["2001:DB8:51:0:0:0:0:7"] }];
    expect((await ask(questions, delegation, mail)).exitCode).toBe(0);
  });
});
