import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor } from "./fixture";

/** Runs the hook in a folder that stands for the machine; gives what it handed over and what it asked of systemd. */
function renewed(environment: NodeJS.ProcessEnv = {}): { pem: string; reloads: string[] } {
  const folder = mkdtempSync(join(tmpdir(), "mailserver-hook-"));
  const write = (path: string, content: string) => {
    writeFileSync(join(folder, path), content);
    chmodSync(join(folder, path), 0o755);
    return join(folder, path);
  };
  mkdirSync(join(folder, "mail.example.org"));
  write("mail.example.org/privkey.pem", "KEY\n");
  write("mail.example.org/fullchain.pem", "CHAIN\n");
  write("systemctl", `#!/bin/sh\n[ "$1" = reload ] && echo "$2" >>${folder}/reloads\nexit 0\n`);
  write("reloads", "");
  const files = roles(modelFor(validate(exampleArgs()))).flatMap((role) => role.files);
  const script = files.find(({ path }) => path.endsWith("/deploy-certificate"))?.content ?? "";
  const hook = write("hook", script.replaceAll("/etc/ssl/mailserver/", `${folder}/`));
  const PATH = `${folder}:${process.env.PATH}`;
  execFileSync(hook, { env: { PATH, RENEWED_LINEAGE: join(folder, "mail.example.org"), ...environment } });
  const read = (path: string) => readFileSync(join(folder, path), "utf8");
  return { pem: read("server.pem"), reloads: read("reloads").split("\n").filter(Boolean) };
}

describe("the hook that hands a renewed certificate over", () => {
  it("the hook that hands a renewed certificate over has both daemons read it", () => {
    expect(renewed()).toEqual({ pem: "KEY\nCHAIN\n", reloads: ["postfix", "dovecot"] });
  });

  it("the hook that hands a renewed certificate over spares those that the activation is about to restart: one that runs with old files may end over new ones", () => {
    const spared = { MAILSERVER_SPARED_UNITS: "opendkim.service postfix.service" };
    expect(renewed(spared)).toEqual({ pem: "KEY\nCHAIN\n", reloads: ["dovecot"] });
  });
});
