import { expect } from "vitest";
import type { MailServerArgs } from "../../../index";
import { mailNetwork } from "../../../lab/addresses";
import { dns } from "../../../lab/lab";
import type { Scenario } from "../scenario";
import { transcript } from "../stack";
import { bound } from "./mailFlow";

/** No mail is led to a machine that does not work as the world must see it. */
export function movesMailLast(scenario: Scenario): void {
  const { step } = bound(scenario);
  const { host, release } = scenario;

  step("a machine that fails the probe gets no mail: the error names the port, and MX stays as it was", async () => {
    const name = `moving-${release.machine}.example.com`;
    const next: MailServerArgs = { ...scenario.args, domains: [...scenario.args.domains, { name }] };
    const before = await dns.records(release.domain, "MX");
    // The deployer's connections come from the machines' own network, those of all others from another. In a chain of its own, which an activation leaves alone.
    const deployerOnly = `-p tcp --dport 993 -s ${mailNetwork.prefix4} -j REJECT`;
    await host.shell(`iptables -N outer; iptables -A outer ${deployerOnly}; iptables -I INPUT -j outer`);
    const failed = await scenario.stack.tryUp(next);
    await host.shell("iptables -D INPUT -j outer; iptables -F outer; iptables -X outer");
    expect(failed.exitCode, transcript(failed)).not.toBe(0);
    const said = failed.stdout + failed.stderr;
    expect(said).toContain("failed the probe, so no MX record was touched");
    expect(said).toMatch(/port 993 \(imaps\): no connection \(ECONNREFUSED\)/);
    expect(await dns.records(name, "MX")).toEqual([]);
    expect(await dns.records(release.domain, "MX")).toEqual(before);

    await scenario.stack.up(next);
    expect(await dns.records(name, "MX")).toHaveLength(1);
    await scenario.stack.up(scenario.args);
    expect(await dns.records(name, "MX")).toEqual([]);
  });
}
