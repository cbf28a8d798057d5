import { describe, expect, it } from "vitest";
import { OperatingSystem } from "../../components/args";
import { platforms } from "../../components/platforms";
import type { PostfixFeatures } from "../../components/platforms/platform";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor } from "./fixture";

const contentOf = (path: string, postfix: Partial<PostfixFeatures> = {}) => {
  const model = modelFor(validate(exampleArgs({ operatingSystem: OperatingSystem.Debian13 })));
  const platform = { ...model.platform, postfix: { ...model.platform.postfix, ...postfix } };
  const files = roles({ ...model, platform }).flatMap((role) => role.files);
  return files.find((file) => file.path === path)?.content ?? "";
};

describe("a platform's features", () => {
  it("a platform's features each decide one thing in Postfix's files, whatever the version is called", () => {
    const setting = (name: string, postfix: Partial<PostfixFeatures>) =>
      new RegExp(`^ *(-o )?${name} ?=`, "m").test(
        contentOf("/etc/postfix/main.cf", postfix) + contentOf("/etc/postfix/master.cf", postfix),
      );
    expect(setting("smtpd_client_ipv6_prefix_length", { countsIpv6Networks: true })).toBe(true);
    expect(setting("smtpd_client_ipv6_prefix_length", { countsIpv6Networks: false })).toBe(false);
    expect(setting("tls_ffdhe_auto_groups", { ffdheGroups: true })).toBe(true);
    expect(setting("tls_ffdhe_auto_groups", { ffdheGroups: false })).toBe(false);
    expect(setting("smtpd_hide_client_session", { hidesClientSession: true })).toBe(true);
    expect(setting("smtpd_hide_client_session", { hidesClientSession: false })).toBe(false);
    expect(contentOf("/etc/postfix/tables/submission-headers", { hidesClientSession: false })).toMatch(
      /^\/\^Received/m,
    );
  });

  it("a platform's features leave every service of master.cf at the system's root where there is no chroot", () => {
    const chrooted = (postfix: Partial<PostfixFeatures>) =>
      contentOf("/etc/postfix/master.cf", postfix)
        .split("\n")
        .filter((line) => /^\w/.test(line) && line.split(/ +/)[4] === "y");
    expect(chrooted({ chroot: true }).length).toBeGreaterThan(10);
    expect(chrooted({ chroot: false })).toEqual([]);
  });
});

describe("platforms", () => {
  it("platforms are told apart by what /etc/os-release says", () => {
    const named = Object.values(platforms).map(({ id, versionId }) => `${id} ${versionId}`);
    expect(new Set(named).size).toBe(Object.values(OperatingSystem).length);
  });
});

describe("Ubuntu 24.04", () => {
  const filesOf = (operatingSystem: OperatingSystem) => {
    const domains = [{ name: "example.org", enableAutoconfig: true }, { name: "example.com" }];
    const model = modelFor(validate(exampleArgs({ operatingSystem, domains, enablePop3: true })));
    return new Map(roles(model).flatMap(({ files }) => files.map(({ path, content }) => [path, content.split("\n")])));
  };

  it("Ubuntu 24.04 gets Debian 12's files with lines of Debian 13's, so that the daemons of both have judged each line", () => {
    const [ubuntu, debian12, debian13] = [
      OperatingSystem.Ubuntu2404,
      OperatingSystem.Debian12,
      OperatingSystem.Debian13,
    ].map(filesOf) as [Map<string, string[]>, Map<string, string[]>, Map<string, string[]>];
    const since38 = ["smtpd_client_ipv6_prefix_length = 64", "tls_ffdhe_auto_groups ="];
    const mainCf = "/etc/postfix/main.cf";
    expect(debian13.get(mainCf)).toEqual(expect.arrayContaining(since38));
    expect(ubuntu.get(mainCf)).toEqual(expect.arrayContaining(since38));
    ubuntu.set(mainCf, ubuntu.get(mainCf)?.filter((line) => !since38.includes(line)) ?? []);
    expect(Object.fromEntries(ubuntu)).toEqual(Object.fromEntries(debian12));
  });
});
