import { describe, expect, it } from "vitest";
import { FirewallManager, type MailServerArgs } from "../../components/args";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, noSecrets } from "./fixture";

const roleOf = (manager: FirewallManager | undefined, changes: Partial<MailServerArgs> = {}) => {
  const args = exampleArgs({ ...changes, firewall: { ...changes.firewall, ...(manager ? { manager } : {}) } });
  const found = wantedHost(modelFor(validate(args)), "test", noSecrets).roles.find(({ name }) => name === "firewall");
  if (!found) throw new Error("there is no firewall");
  return found;
};
const contents = (...asked: Parameters<typeof roleOf>) =>
  Object.fromEntries(roleOf(...asked).files.map(({ path, content }) => [path, content]));
const v4Only: Partial<MailServerArgs> = {
  host: { ssh: { ipv4Address: "198.51.100.7", hostKey: exampleArgs().host.ssh?.hostKey ?? "" } },
};
const rules = "/etc/pulumi-mailserver/firewall.nft";
const zone = "/etc/firewalld/zones/public.xml";

describe("the firewall", () => {
  it.each<[FirewallManager | undefined, string, string[]]>([
    [undefined, "ufw.service", ["ufw"]],
    [FirewallManager.Ufw, "ufw.service", ["ufw"]],
    [FirewallManager.Nftables, "pulumi-mailserver-firewall.service", ["nftables"]],
    [FirewallManager.Firewalld, "firewalld.service", ["firewalld", "nftables"]],
  ])("the firewall that is asked for as %s is loaded by %s", (manager, unit, packages) => {
    const role = roleOf(manager);
    expect(role.units?.map(({ name, isFirewall }) => [name, isFirewall])).toEqual([[unit, true]]);
    expect(role.packages).toEqual(packages);
  });

  it("the firewall of nftables lets in the ports in use by each protocol, and stands as nft shows it", () => {
    const text = contents(FirewallManager.Nftables)[rules];
    expect(text).toMatch(/^table inet mailserver\ndelete table inet mailserver\ntable inet mailserver \{$/m);
    expect(text).toContain("    meta nfproto ipv4 tcp dport { 22, 25, 80, 143, 465, 587, 993 } accept\n");
    expect(text).toContain("    meta nfproto ipv6 tcp dport { 22, 25, 80, 143, 465, 587, 993 } accept\n");
    expect(contents(FirewallManager.Nftables, v4Only)[rules]).toContain("    meta nfproto ipv6 tcp dport 22 accept\n");
  });

  it("the firewall of firewalld lets in services by their names, and other ports by their numbers", () => {
    const text = contents(FirewallManager.Firewalld, {
      firewall: { sshPorts: [22, 2222], additionalTcpPorts: [8080] },
    })[zone];
    for (const name of ["ssh", "smtp", "http", "imap", "smtps", "smtp-submission", "imaps"])
      expect(text).toContain(`\n  <service name="${name}"/>\n`);
    for (const port of [2222, 8080]) expect(text).toContain(`\n  <port port="${port}" protocol="tcp"/>\n`);
    const narrow = contents(FirewallManager.Firewalld, v4Only)[zone];
    expect(narrow).toContain('\n  <service name="ssh"/>\n');
    expect(narrow).toContain('\n  <rule family="ipv4">\n    <service name="smtp"/>\n    <accept/>\n  </rule>\n');
  });

  it("the firewall that does not exist is refused with those that do", () => {
    expect(() => validate(exampleArgs({ firewall: { manager: "iptables" as FirewallManager } }))).toThrow(
      /firewall\.manager: .*"ufw", "nftables", "firewalld"|firewall\.manager: .*ufw.*nftables.*firewalld/,
    );
  });
});
