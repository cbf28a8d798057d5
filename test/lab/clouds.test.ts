import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../index";
import {
  type Cloud,
  cloudEnvironment,
  cloudflareAccount,
  cloudZones,
  forgetReverse,
  openAccounts,
  orderFaults,
  ovhAccount,
  setReverse,
  vpsNames,
} from "../../lab/cloud";
import { acme, clients, dns, foreign, type MachineName, machine, privateKeyPath } from "../../lab/lab";
import { awaitMail, judge, type Route, submit } from "../../lab/mail";
import { reverseName } from "../../lab/zones";
import { expectUnchanged, lab, newSubject, sendFromAbroad } from "./scenario";
import { Stack, transcript } from "./stack";

/** Where a server of this rehearsal lives, and who keeps its records. */
interface Rehearsal {
  cloud: Cloud;
  machine: MachineName;
  operatingSystem: OperatingSystem;
}

const rehearsals: Rehearsal[] = [
  { cloud: "ovh", machine: "vps12", operatingSystem: OperatingSystem.Debian12 },
  { cloud: "cloudflare", machine: "vps13", operatingSystem: OperatingSystem.Debian13 },
];

describe.each(rehearsals)("a server with its records at $cloud, on $machine", (rehearsal) => {
  const { cloud, machine: name, operatingSystem } = rehearsal;
  const domain = `${cloud}.example.org`;
  const hostname = `mail.${domain}`;
  const anna = { address: `anna@${domain}`, password: "a long walk by the sea" };
  const { v4, v6 } = machine(name);
  const route: Route = { hostname, address: v4, ...(clients[0] ? { from: clients[0].v4 } : {}) };
  let stack: Stack;

  beforeAll(async () => {
    await lab("up", "foreign");
    await lab("reset", name);
    await forgetReverse(name);
    openAccounts();
    stack = await Stack.create(`${cloud}-${name}`, cloudEnvironment);
  });
  afterAll(async () => {
    orderFaults();
    await forgetReverse(name);
  });

  const args = (): MailServerArgs => {
    const login = {
      user: "root",
      privateKey: readFileSync(privateKeyPath, "utf8"),
      hostKey: machine(name).hostPublicKey,
    };
    const atOvh = cloud === "ovh";
    return {
      hostname,
      operatingSystem,
      host: atOvh
        ? { ovhVps: { serviceName: vpsNames[name] ?? "", ...login } }
        : { ssh: { address: v4, addressV6: v6, ...login } },
      domains: [{ name: domain, tlsReports: [`postmaster@${domain}`] }],
      mailboxes: [anna],
      certificate: { acme: { directoryUrl: acme.directoryUrl, caaIdentity: "ca.example.net" } },
      dns: atOvh ? { ovh: { ttl: 60 } } : { cloudflare: { zoneId: cloudZones["example.org"] ?? "", ttl: 60 } },
      ...(atOvh ? { reverseDns: { ovh: {} } } : {}),
    };
  };

  /** What the account holds of this server, by name and type. */
  const held = (): string[] =>
    cloud === "ovh"
      ? (ovhAccount().state().zones["example.org"]?.records ?? [])
          .filter(({ subDomain }) => subDomain.endsWith(cloud))
          .map(({ subDomain, fieldType }) => `${subDomain}.example.org ${fieldType}`)
          .sort()
      : (cloudflareAccount().state().zones[cloudZones["example.org"] ?? ""]?.records ?? [])
          .filter((record) => record.name.endsWith(domain))
          .map((record) => `${record.name} ${record.type}`)
          .sort();
  const texts = async (at: string) => (await dns.records(at, "TXT")).map(({ content }) => content);

  it("refuses to touch a zone that holds somebody else's MX record", async () => {
    const other = { ttl: 60, type: "MX" };
    if (cloud === "ovh")
      ovhAccount().change((state) => {
        const target = "10 mx.example.net.";
        state.zones["example.org"]?.records.push({ id: 77, subDomain: cloud, fieldType: "MX", ttl: 60, target });
      });
    else
      cloudflareAccount().change((state) => {
        const record = {
          ...other,
          id: "77",
          name: domain,
          content: "mx.example.net",
          priority: 10,
          proxied: false,
          tags: [],
        };
        state.zones[cloudZones["example.org"] ?? ""]?.records.push({ ...record, createdOn: "", modifiedOn: "" });
      });
    const refused = await stack.tryPreview(args());
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/records of another mail server[\s\S]*mx\.example\.net/);
    const without = <T extends { id: unknown }>(records: T[]) => records.filter(({ id }) => String(id) !== "77");
    ovhAccount().change(({ zones }) => {
      for (const zone of Object.values(zones)) zone.records = without(zone.records);
    });
    cloudflareAccount().change(({ zones }) => {
      for (const zone of Object.values(zones)) zone.records = without(zone.records);
    });
    expect(held()).toEqual([]);
  });

  it("completes by the next up what an API that broke half-way has left", async () => {
    if (cloud === "cloudflare") await setReverse(name, hostname);
    orderFaults({
      calls: [{ provider: cloud, request: "POST ", nth: 4, times: 9, status: 500 }],
      propagationSeconds: 2,
    });
    const broken = await stack.tryUp(args());
    expect(broken.exitCode, transcript(broken)).not.toBe(0);
    expect(await dns.records(domain, "MX")).toEqual([]);
    orderFaults({ propagationSeconds: 2 });
    await stack.up(args());
    await expect.poll(() => dns.records(domain, "MX"), { timeout: 15_000 }).toHaveLength(1);
  });

  it("publishes what others look for", async () => {
    const [spf] = await texts(domain);
    expect(spf).toBe(`"v=spf1 mx ip4:${v4} ip6:${v6} -all"`);
    expect(await texts(`_dmarc.${domain}`)).toEqual(['"v=DMARC1; p=quarantine"']);
    expect((await texts(`mail._domainkey.${domain}`)).join()).toMatch(/^"v=DKIM1; .*p=MII[\w+/=" ]+"$/);
    expect(await texts(`_smtp._tls.${domain}`)).toEqual([`"v=TLSRPTv1; rua=mailto:postmaster@${domain}"`]);
    expect(await dns.records(`_25._tcp.${hostname}`, "TLSA")).toHaveLength(1);
    expect(await dns.records(`_imaps._tcp.${domain}`, "SRV")).toHaveLength(1);
    expect((await dns.records(hostname, "CAA")).length).toBeGreaterThan(0);
    for (const address of [v4, v6])
      expect((await dns.records(reverseName(address), "PTR")).map(({ content }) => content)).toEqual([`${hostname}.`]);
  });

  it("changes nothing by a second up", async () => {
    expectUnchanged(await stack.up(args()));
  });

  it("exchanges mail with the world", async () => {
    await awaitMail(route, anna, await sendFromAbroad([anna.address]));
    const subject = newSubject("from the cloud");
    expect(await submit(route, 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
    const { raw } = await foreign.awaitDelivery(subject);
    expect(await judge(raw)).toEqual({ spf: "pass", dkim: [`pass ${domain}`], dmarc: "pass" });
  });

  it("leaves the zone as it was found", async () => {
    expect(held().length).toBeGreaterThan(8);
    await stack.destroy();
    expect(held()).toEqual([]);
    expect(ovhAccount().state().reverses).not.toHaveProperty(v4);
  });
});
