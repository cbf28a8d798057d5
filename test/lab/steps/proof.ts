import { expect } from "vitest";
import type { MailServerArgs } from "../../../index";
import { mailNetwork } from "../../../lab/addresses";
import { dns } from "../../../lab/lab";
import type { Scenario } from "../scenario";
import { transcript } from "../stack";
import { bound, type Story } from "../story";

/** No mail is led to a machine that does not work as the world must see it: not that of `next`, a domain which the server gets, and no other. */
export function movesMailLast(story: Story, next: string): void {
  const { step } = bound(story);
  const { host } = story;

  step("a machine that fails the probe gets no mail: the error names the port, and MX stays as it was", async () => {
    const more: MailServerArgs = { ...story.args, domains: [...story.args.domains, { name: next }] };
    const domain = story.args.domains[0]?.name ?? "";
    const before = await dns.records(domain, "MX");
    expect(before).toHaveLength(1);
    // The deployer's connections come from the machines' own network, those of all others from another. In a chain of its own, which an activation leaves alone.
    const deployerOnly = `-p tcp --dport 993 -s ${mailNetwork.prefix4} -j REJECT`;
    await host.shell(`iptables -N outer; iptables -A outer ${deployerOnly}; iptables -I INPUT -j outer`);
    const failed = await story.stack.tryUp(more);
    await host.shell("iptables -D INPUT -j outer; iptables -F outer; iptables -X outer");
    expect(failed.exitCode, transcript(failed)).not.toBe(0);
    const said = failed.stdout + failed.stderr;
    expect(said).toContain("failed the probe, so no MX record was touched");
    expect(said).toMatch(/port 993 \(imaps\): no connection \(ECONNREFUSED\)/);
    expect(await dns.records(next, "MX")).toEqual([]);
    expect(await dns.records(domain, "MX")).toEqual(before);

    await story.stack.up(more);
    expect(await dns.records(next, "MX")).toHaveLength(1);
    await story.stack.up(story.args);
    expect(await dns.records(next, "MX")).toEqual([]);
  });
}

/** DNS says of the certificate what is true, or the change is stopped. */
export function followsTheCertificate(scenario: Scenario): void {
  const { hostname } = scenario;
  const { step } = bound(scenario);
  const published = async () => (await scenario.published([`_25._tcp.${hostname}`]))[0] ?? "";

  step(
    "a certificate that was lost: the new key stops a change at the probe until `triggers` has DNS follow",
    async () => {
      const before = await published();
      const lineage = ["live", "archive", "renewal"]
        .map((folder) => `/etc/letsencrypt/${folder}/${hostname}*`)
        .join(" ");
      await scenario.host.shell(`rm -r ${lineage}`);
      const stopped = await scenario.stack.tryUp({ ...scenario.args, messageSizeLimit: 10_485_760 });
      expect(stopped.exitCode, transcript(stopped)).not.toBe(0);
      expect(stopped.stdout + stopped.stderr).toContain("another key than the TLSA record says");
      expect(await published()).toBe(before);

      const key = await scenario.host.shell(
        "openssl x509 -in /etc/ssl/mailserver/server.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1",
      );
      await scenario.stack.up({ ...scenario.args, triggers: ["the key is another one"] });
      expect(await published()).toBe(`_25._tcp.${hostname}. TLSA 3 1 1 ${key.trim()}`);
      await scenario.stack.up(scenario.args);
      expect(await published()).toContain(key.trim());
    },
  );
}
