import { afterAll, beforeAll, describe, expect } from "vitest";

import { cloudflareAccount, orderFaults, ovhAccount, setReverse } from "../../lab/cloud";
import { dns, foreign, machine } from "../../lab/lab";
import { awaitMail, judge, submit } from "../../lab/mail";
import { cloudZones } from "../../lab/providers/cloud/rehearsed";
import { reverseName } from "../../lab/zones";
import { Rehearsal } from "./rehearsal";
import { expectUnchanged, newSubject, sendFromAbroad } from "./scenario";
import { transcript } from "./stack";
import { rotatesKeys } from "./steps/dkimRotation";
import { movesMailLast } from "./steps/proof";
import { bound } from "./story";

// What a cloud makes of later changes has nothing to do with the release: it is tried on one.
describe.each([
  { cloud: "ovh", machine: "vps12", later: false },
  { cloud: "ovh", machine: "vps13", later: true },
  { cloud: "cloudflare", machine: "vps12", later: false },
  { cloud: "cloudflare", machine: "vps13", later: true },
] as const)("a server with its records at $cloud, on $machine", ({ cloud, machine: name, later }) => {
  const rehearsal = new Rehearsal(cloud, name);
  const { domain, hostname, anna } = rehearsal;
  const { step, route } = bound(rehearsal);
  const { v4, v6 } = machine(name);
  const texts = async (at: string) => (await dns.records(at, "TXT")).map(({ content }) => content);

  beforeAll(() => rehearsal.prepare());
  afterAll(() => rehearsal.end());

  step("refuses to touch a zone that holds somebody else's MX record", async () => {
    const remove = rehearsal.addForeignMx();
    const refused = await rehearsal.stack.tryPreview(rehearsal.args);
    remove();
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/records of another mail server[\s\S]*mx\.example\.net/);
    expect(rehearsal.held()).toEqual([]);
  });

  step(
    "completes by the next up what an API that broke half-way has left",
    async () => {
      if (cloud === "cloudflare") await setReverse(name, hostname);
      orderFaults({
        calls: [{ provider: cloud, request: "POST ", nth: 4, times: 9, status: 500 }],
        propagationSeconds: 2,
      });
      const broken = await rehearsal.stack.tryUp(rehearsal.args);
      expect(broken.exitCode, transcript(broken)).not.toBe(0);
      expect(await dns.records(domain, "MX")).toEqual([]);
      orderFaults({ propagationSeconds: 2 });
      await rehearsal.stack.up(rehearsal.args);
      await expect.poll(() => dns.records(domain, "MX"), { timeout: 15_000 }).toHaveLength(1);
      orderFaults();
    },
    { essential: true },
  );

  step("publishes what others look for", async () => {
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

  step("changes nothing by a second up", async () => {
    expectUnchanged(await rehearsal.stack.up(rehearsal.args));
  });

  step("exchanges mail with the world", async () => {
    await awaitMail(route(), anna, await sendFromAbroad([anna.address]));
    const subject = newSubject("from the cloud");
    expect(await submit(route(), 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
    const { raw } = await foreign.awaitDelivery(subject);
    expect(await judge(raw)).toEqual({ spf: "pass", dkim: [`pass ${domain}`], dmarc: "pass" });
  });

  if (cloud === "ovh")
    step("lets in through OVH's edge firewall what is in use, since the first up", async () => {
      const { enabled, rules } = ovhAccount().state().firewalls[v4] ?? {};
      expect(enabled).toBe(true);
      expect(rules?.at(-1)).toMatchObject({ sequence: 19, action: "deny", protocol: "ipv4" });
    });

  if (later) {
    movesMailLast(rehearsal, `moving.${domain}`);
    rotatesKeys(rehearsal, anna);
  }

  if (later && cloud === "ovh")
    step("keeps another domain's records at Cloudflare, beside a machine and PTR records at OVH", async () => {
      const { args } = rehearsal;
      const zone = "example.com";
      const other = `other.${zone}`;
      const otto = { address: `otto@${other}`, password: anna.password };
      const elsewhere = { name: other, dns: { cloudflare: { zoneId: cloudZones[zone] ?? "", ttl: 60 } } };
      const both = { ...args, domains: [...args.domains, elsewhere], mailboxes: [anna, otto] };
      const atOvh = rehearsal.held();
      await rehearsal.stack.up(both);
      expect(rehearsal.held()).toEqual(atOvh);
      const types = () =>
        cloudflareAccount()
          .state()
          .zones[cloudZones[zone] ?? ""]?.records.map(({ type }) => type);
      expect(types()?.sort()).toEqual(["MX", ...Array(6).fill("SRV"), ...Array(3).fill("TXT")]);
      expect((await dns.records(other, "MX")).map(({ content }) => content)).toEqual([`10 ${hostname}.`]);
      await awaitMail(route(), otto, await sendFromAbroad([otto.address]));
      const subject = newSubject("from another cloud");
      expect(await submit(route(), 465, otto, { to: foreign.mailbox, subject })).toMatch(/^250/);
      const { raw } = await foreign.awaitDelivery(subject);
      expect(await judge(raw)).toEqual({ spf: "pass", dkim: [`pass ${other}`], dmarc: "pass" });
      expectUnchanged(await rehearsal.stack.up(both));
      await rehearsal.stack.up(args);
      expect(types()).toEqual([]);
    });

  step("leaves the zone as it was found", async () => {
    expect(rehearsal.held().length).toBeGreaterThan(8);
    await rehearsal.stack.destroy();
    expect(rehearsal.held()).toEqual([]);
    expect(ovhAccount().state().reverses).not.toHaveProperty(v4);
    expect(ovhAccount().state().firewalls).toEqual({});
  });
});
