import { describe, expect, it } from "vitest";
import { OperatingSystem } from "../../components/args";
import { platforms } from "../../components/platforms";
import type { PostfixFeatures } from "../../components/platforms/platform";
import { resolve } from "../../components/resolve";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs } from "./fixture";

const contentOf = (path: string, postfix: Partial<PostfixFeatures> = {}) => {
  const model = resolve(validate(exampleArgs({ operatingSystem: OperatingSystem.Debian13 })));
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
