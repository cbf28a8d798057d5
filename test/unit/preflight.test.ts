import { describe, expect, test } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor } from "./fixture";

const secrets = { certbot: { account: { id: "0a1b", privateKey: "KEY" } } };
const hostOf = (changes: Partial<MailServerArgs> = {}) =>
  wantedHost(modelFor(validate(exampleArgs(changes))), "test", secrets);
const roleOf = (name: string, changes: Partial<MailServerArgs> = {}) =>
  hostOf(changes).roles.find((role) => role.name === name);

describe("what a new machine must be", () => {
  test("its name, the memory of its services, and a mail server that it must reach", () => {
    expect(hostOf().preflight).toEqual({
      hostname: "mail.example.org",
      memory: 190,
      outbound: { hostname: "smtp.google.com", ipv6: true },
    });
    expect(hostOf({ enableFail2ban: false }).preflight.memory).toBe(170);
    expect(hostOf({ outboundProbe: { hostname: "MX.example.net" } }).preflight.outbound?.hostname).toBe(
      "mx.example.net",
    );
  });

  test("a server that sends through another one, or is not to be asked, need not reach anybody", () => {
    expect(hostOf({ relayHost: { hostname: "smtp.example.net" } }).preflight.outbound).toBeUndefined();
    expect(hostOf({ outboundProbe: { enabled: false } }).preflight.outbound).toBeUndefined();
  });
});

describe("the machine's own name", () => {
  test("the machine's own name is left alone unless the args say so", () => {
    expect(roleOf("hostname")).toBeUndefined();
    expect(roleOf("hostname", { setHostname: true })?.files).toMatchObject([
      { path: "/etc/hostname", content: "mail.example.org\n" },
    ]);
  });
});

describe("security updates", () => {
  const conf = (changes: Partial<MailServerArgs>) => roleOf("unattended-upgrades", changes)?.files[0]?.content ?? "";

  test("security updates are the machine's own business unless the args say so", () => {
    expect(roleOf("unattended-upgrades")).toBeUndefined();
  });

  test("updates come from the security archive alone, and restart the machine only at a time that is given", () => {
    const off = conf({ unattendedUpgrades: {}, operatingSystem: OperatingSystem.Debian12 });
    expect(off).toContain('"origin=Debian,codename=bookworm-security,label=Debian-Security";');
    expect(off.match(/origin=/g)).toHaveLength(1);
    expect(off).toContain('Unattended-Upgrade::Automatic-Reboot "false";');
    const on = conf({ unattendedUpgrades: { automaticRebootTime: "04:00" } });
    expect(on).toContain('Unattended-Upgrade::Automatic-Reboot "true";');
    expect(on).toContain('Unattended-Upgrade::Automatic-Reboot-Time "04:00";');
    expect(conf({ unattendedUpgrades: {}, operatingSystem: OperatingSystem.Ubuntu2404 })).toContain(
      '"origin=Ubuntu,archive=noble-security,label=Ubuntu";',
    );
  });

  test("a time that is none is refused with one that is", () => {
    expect(() => validate(exampleArgs({ unattendedUpgrades: { automaticRebootTime: "24:00" } }))).toThrow(
      /automaticRebootTime: "24:00" is not a time of day such as 04:00/,
    );
  });
});

describe("tools", () => {
  test("each tool brings its package, and only the daily report brings files", () => {
    expect(roleOf("tools")).toBeUndefined();
    const packagesOf = (tools: MailServerArgs["tools"]) => roleOf("tools", { tools })?.packages;
    expect(packagesOf({ enableMailx: true })).toEqual(["bsd-mailx"]);
    expect(packagesOf({ enableMailLog: true })).toEqual(["rsyslog", "logrotate"]);
    expect(packagesOf({ pflogsumm: {} })).toEqual(["pflogsumm"]);
    expect(roleOf("tools", { tools: { pflogsumm: {} } })).toMatchObject({ files: [], units: [] });
    const daily = roleOf("tools", { tools: { pflogsumm: { enableDailyReport: true } } });
    expect(daily?.units).toMatchObject([{ name: "mailserver-report.timer" }]);
    expect(daily?.files.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      "0755 /usr/local/lib/pulumi-mailserver/report",
      "0644 /etc/systemd/system/mailserver-report.service",
      "0644 /etc/systemd/system/mailserver-report.timer",
    ]);
  });
});
