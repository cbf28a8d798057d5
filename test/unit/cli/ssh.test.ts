import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sshWords } from "../../../cli/ssh";
import type { Login } from "../../../cli/target";

const access = { address: "198.51.100.7", user: "admin", port: 2222, hostKey: "ssh-ed25519 AAAA" };

/** What ssh itself makes of our words and of somebody's configuration. */
describe("the connection of the command line", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ssh-"));
    const trusting = [
      ...["ControlMaster auto", "ControlPath /tmp/master-%h", "ForwardAgent yes", "ForwardX11 yes"],
      ...["IdentityAgent /tmp/another", "IdentitiesOnly yes", "VerifyHostKeyDNS yes", "StrictHostKeyChecking no"],
      ...["KnownHostsCommand /usr/bin/echo", "UpdateHostKeys yes", "ProxyJump jump.example.net"],
    ];
    writeFileSync(join(folder, "config"), ["Host *", ...trusting].join("\n  "));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const understood = (login: Login) => {
    const [program = "", ...words] = sshWords({ access, login }, "/tmp/known_hosts");
    const printed = execFileSync(program, ["-G", "-F", join(folder, "config"), ...words], { encoding: "utf8" });
    return new Map(
      printed
        .split("\n")
        .map((line): [string, string] => [line.split(" ")[0] ?? "", line.slice(line.indexOf(" ") + 1)]),
    );
  };

  it("the connection of the command line trusts the one host key and hands nothing over, whatever the person's configuration says", () => {
    const settings = understood({});
    const safe = {
      ...{ controlmaster: "false", forwardagent: "no", forwardx11: "no", verifyhostkeydns: "false" },
      ...{ stricthostkeychecking: "true", updatehostkeys: "false", userknownhostsfile: "/tmp/known_hosts" },
      ...{ user: "admin", port: "2222", hostname: "198.51.100.7" },
    };
    for (const [name, value] of Object.entries(safe)) expect([name, settings.get(name)]).toEqual([name, value]);
    expect(settings.get("controlpath") ?? "none").toBe("none");
    expect(settings.get("knownhostscommand") ?? "none").toBe("none");
  });

  it("the connection of the command line leaves to the person's configuration how to get there, and which keys to offer", () => {
    const settings = understood({});
    expect(settings.get("proxyjump")).toBe("jump.example.net");
    expect(settings.get("identityagent")).toBe("/tmp/another");
  });

  it("the connection of the command line offers the stack's own key from an agent of its own, and a file's key alone", () => {
    const own = understood({ privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----" });
    expect([own.get("identityagent"), own.get("identitiesonly")]).toEqual(["SSH_AUTH_SOCK", "no"]);
    const file = join(folder, "config");
    const given = understood({ identity: file });
    expect([given.get("identityfile"), given.get("identitiesonly")]).toEqual([file, "yes"]);
  });
});
