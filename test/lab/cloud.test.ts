import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dns, machine, resolver, tsig, up } from "../../lab/lab";
import { Account, writeJson } from "../../lab/providers/cloud/account";
import { labWorld, nameServerFile } from "../../lab/providers/cloud/world";
import { CloudflareApi, emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { deliveredVps, emptyOvh, OvhApi } from "../../lab/providers/ovh/api";
import { firewall, firewallRule } from "../../lab/providers/ovh/firewall";
import { reverse } from "../../lab/providers/ovh/reverse";
import { EngineSide, seen } from "../unit/providers/engineSide";

// What the rehearsed clouds publish can be resolved by everybody in the lab. An account of its own, and names that nothing else has.

const folder = mkdtempSync(join(tmpdir(), "cloud-"));
const ovh = new OvhApi(new Account(folder, "ovh", emptyOvh), labWorld(folder), {
  ...{ OVH_ENDPOINT: "ovh-eu", OVH_ACCESS_TOKEN: "token" },
});
const cloudflare = new CloudflareApi(new Account(folder, "cloudflare", emptyCloudflare), labWorld(folder), {
  CLOUDFLARE_API_TOKEN: "token",
});
const ZONE = "0123456789abcdef0123456789abcdef";

const ask = (name: string, type: string) =>
  execFileSync("dig", ["+short", "+time=2", "+tries=1", `@${resolver.v4}`, name, type], { encoding: "utf8" }).trim();

beforeAll(async () => {
  await up(["spare"]);
  const { name: keyName, algorithm: keyAlgorithm, secret: keySecret, server: address } = tsig;
  writeJson(nameServerFile(folder), { address, keyName, keyAlgorithm, keySecret });
  const { v4, v6 } = machine("spare");
  ovh.account.change((state) => {
    state.zones["example.org"] = { records: [] };
    state.vps["vps-test.vps.ovh.net"] = deliveredVps(v4, v6);
  });
  cloudflare.account.change((state) => {
    state.zones[ZONE] = { name: "example.com", records: [] };
  });
});

afterAll(async () => {
  for (const name of ["rehearsal.example.org", "s1._domainkey.rehearsal.example.org"]) await dns.delete(name);
  await dns.delete("_25._tcp.rehearsal.example.com");
  rmSync(folder, { recursive: true, force: true });
});

const record = { subDomain: "rehearsal", ttl: 60 };

test("a record at OVH resolves; another of the same name and type stays when it goes", async () => {
  const first = await ovh.createRecord("example.org", { ...record, fieldType: "TXT", target: "one; and more" });
  await ovh.createRecord("example.org", { ...record, fieldType: "TXT", target: "two" });
  expect(ask("rehearsal.example.org", "TXT").split("\n").sort()).toEqual(['"one; and more"', '"two"']);
  await ovh.deleteRecord("example.org", first.id);
  expect((await dns.records("rehearsal.example.org", "TXT")).map(({ content }) => content)).toEqual(['"two"']);
});

test("a long key, an MX and a CAA arrive as they should", async () => {
  const key = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;
  const at = { subDomain: "s1._domainkey.rehearsal", ttl: 60 };
  await ovh.createRecord("example.org", { ...at, fieldType: "DKIM", target: key });
  expect(ask("s1._domainkey.rehearsal.example.org", "TXT").replaceAll('" "', "")).toBe(`"${key}"`);
  await ovh.createRecord("example.org", { ...record, fieldType: "MX", target: "10 mail.example.org." });
  expect(ask("rehearsal.example.org", "MX")).toBe("10 mail.example.org.");
  await ovh.createRecord("example.org", { ...record, fieldType: "CAA", target: '0 issue "letsencrypt.org"' });
  expect(ask("rehearsal.example.org", "CAA")).toBe('0 issue "letsencrypt.org"');
});

test("a TLSA record at Cloudflare resolves", async () => {
  const data = { usage: 3, selector: 1, matchingType: 1, certificate: "ab".repeat(32) };
  const name = "_25._tcp.rehearsal.example.com";
  await cloudflare.createRecord(ZONE, { name, type: "TLSA", ttl: 60, data, proxied: false, tags: [] });
  expect(
    ask(name, "TLSA")
      .toLowerCase()
      .replace(/(?<=\w{8}) /g, ""),
  ).toBe(`3 1 1 ${"ab".repeat(32)}`);
});

test("OVH takes a PTR only when the name leads to the machine, which slow name servers put off", async () => {
  const { v4 } = machine("spare");
  writeJson(join(folder, "faults.json"), { propagationSeconds: 2 });
  const inputs = { ip: `${v4}/32`, ReverseIp: v4, ReverseValue: "rehearsal.example.org." };
  const impatient = new EngineSide(
    "ovh",
    reverse(ovh, async () => undefined),
  );
  await ovh.createRecord("example.org", { ...record, fieldType: "A", target: v4 });
  await expect(impatient.create({ ...inputs, readinessTimeoutDuration: "5s" })).rejects.toThrow("does not resolve to");
  const patient = new EngineSide("ovh", reverse(ovh));
  const state = await patient.create(inputs);
  expect(seen(state).ReverseValue).toBe("rehearsal.example.org.");
  expect(ask("-x", v4)).toBe("rehearsal.example.org.");
  await patient.delete(state);
  expect(await dns.records(`${v4.split(".").reverse().join(".")}.in-addr.arpa`, "PTR")).toEqual([]);
}, 60_000);

test("OVH's edge firewall lets answers through by its own rules only, and nothing of it stays", async () => {
  const { v4 } = machine("spare");
  const edge = { ip: `${v4}/32`, ipOnFirewall: v4 };
  const knock = (port: number) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: v4, port });
      socket.setTimeout(1500, () => socket.destroy(new Error("no answer")));
      socket.once("connect", () => resolve("connected") === undefined && socket.destroy());
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  // By IPv4 alone: the system's own resolver would fall back on IPv6, which the edge firewall does not know.
  const question = String.raw`\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04test\x00\x00\x06\x00\x01`;
  const ask4 = `exec 3<>/dev/udp/${resolver.v4}/53; printf '${question}' >&3; timeout 1.5 head -c 2 <&3 | wc -c`;
  const answerBytes = async () =>
    (await machine("spare").ssh(`bash -c "${ask4.replaceAll("\\", "\\\\")}"`)).stdout.trim();
  const rule = (sequence: number, more: object) =>
    new EngineSide("ovh", firewallRule(ovh)).create({ ...edge, action: "permit", protocol: "tcp", sequence, ...more });

  const engine = new EngineSide("ovh", firewall(ovh));
  const off = await engine.create(edge);
  await rule(0, { tcpOption: "established" });
  await rule(1, { destinationPort: 22 });
  await rule(19, { action: "deny", protocol: "ipv4" });
  expect([await knock(22), await knock(25)]).toEqual(["connected", "ECONNREFUSED"]);

  const on = await engine.update(off, { ...edge, enabled: true });
  expect([await knock(22), await knock(25)]).toEqual(["connected", "no answer"]);
  expect(await answerBytes()).toBe("0");
  await rule(2, { protocol: "udp", sourcePort: 53 });
  expect(await answerBytes()).toBe("2");
  await engine.delete(on);
  expect(await knock(25)).toBe("ECONNREFUSED");
}, 60_000);
