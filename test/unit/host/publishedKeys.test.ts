import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { obeyed } from "../hostile";
import { SmallWorld } from "./smallWorld";
import type { WorldRecord } from "./world";

const name = "mail._domainkey.example.org";
const key = "QUJD".repeat(90);
const dkimKeys = [{ name, sha256: createHash("sha256").update(key).digest("hex") }];
const text = `v=DKIM1; h=sha256; k=rsa; s=email; p=${key}`;
const delegation: WorldRecord[] = [
  { name: "example.org", type: "NS", values: ["ns.example.net"] },
  { name: "ns.example.net", type: "A", values: ["127.0.0.2"] },
];

describe("the probe of DKIM keys", () => {
  const world = new SmallWorld();
  afterAll(() => world.forget());

  /** Looks for the key where the zone's own name server has these texts. */
  const probe = (values: WorldRecord["values"], { after = 0, keySeconds = 0 } = {}) => {
    const own: WorldRecord[] = values.length === 0 ? [] : [{ name, type: "TXT", values, after }];
    const servers = [
      { address: "127.0.0.1", records: delegation },
      { address: "127.0.0.2", records: own },
    ];
    const server = { hostname: "mail.example.org", addresses: [], recipients: [], ports: [], seconds: 0 };
    return world.run("probe", servers, { SERVER: JSON.stringify({ ...server, dkimKeys, keySeconds }) });
  };

  it.each<[string, WorldRecord["values"]]>([
    ["in two strings", [[text.slice(0, 255), text.slice(255)]]],
    [
      "by another spelling of the same tags",
      [["v=DKIM1;k=rsa;", ` p = ${key.slice(0, 200)} `, `${key.slice(200)}; t=s`]],
    ],
  ])("the probe of DKIM keys passes a key that is published %s", async (_how, values) => {
    const { stdout, stderr, exitCode } = await probe(values);
    expect([stderr, stdout, exitCode]).toEqual(["", `${name} TXT: has the DKIM key of the stack\n`, 0]);
  });

  it.each<[string, WorldRecord["values"], string]>([
    ["is not there", [], "is nothing"],
    ["is another", [["v=DKIM1; p=QUJE"]], "is v=DKIM1; p=QUJE"],
    ["was revoked", [["v=DKIM1; p="]], "is v=DKIM1; p="],
    ["stands beside another", [[text.slice(0, 255), text.slice(255)], ["v=DKIM1; p=QUJE"]], "and v=DKIM1; p=QUJE"],
    ["would be obeyed by a terminal", [["\x1b[2Jv=DKIM1"]], "is \\x1b[2Jv=DKIM1"],
  ])("the probe of DKIM keys refuses where the key %s, and says how to look", async (_what, values, said) => {
    const { stdout, stderr, exitCode } = await probe(values);
    expect([stdout, exitCode]).toEqual(["", 1]);
    expect(stderr).toContain("mail.example.org failed the probe, so no MX record was touched:\n");
    expect(stderr).toContain(`  ${name} TXT: must be one record with the DKIM key of the stack, is `);
    expect(stderr).toContain(said);
    expect(stderr).toContain(`(asked: `);
    expect(stderr).toContain(`('dig +trace TXT ${name}')`);
    expect(stderr).not.toMatch(obeyed);
  });

  it("the probe of DKIM keys waits for a key that comes late, and says so", async () => {
    const { stdout, stderr, exitCode } = await probe([[text.slice(0, 255), text.slice(255)]], {
      after: 2,
      keySeconds: 30,
    });
    expect([stderr, exitCode]).toEqual([`waiting for ${name} TXT\n`, 0]);
    expect(stdout).toContain("has the DKIM key of the stack");
  });
});
