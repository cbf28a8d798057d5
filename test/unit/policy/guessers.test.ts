import { expect, it } from "vitest";
import { jailsPath } from "../../../components/services/fail2ban/jails";
import { guessersAreBanned } from "../../../policy/rules/guessers";
import { file, said, serverResources } from "./fixtures";

it("a server with fail2ban bans those who guess passwords", () => {
  expect(said(guessersAreBanned, serverResources())).toEqual([]);
});

it("a server without fail2ban does not ban those who guess passwords", () => {
  expect(said(guessersAreBanned, serverResources({ enableFail2ban: false }))).toEqual([
    expect.stringContaining("leave enableFail2ban on"),
  ]);
});

it.each([
  ["[mailserver]\nenabled = false\n[sshd]\nenabled = true\n", ["mailserver"]],
  ["[mailserver]\nenabled = true\nenabled: no\n[sshd]\nenabled = True\n", ["mailserver"]],
  ["[sshd]\nport = 22\n", ["mailserver", "sshd"]],
  ["[mailserver]\nenabled=on\n[sshd]\nenabled = 1\n", []],
])("a jail that is switched off bans nobody: %j", (text, off) => {
  const others = serverResources().filter(({ name }) => !name.endsWith(jailsPath));
  expect(said(guessersAreBanned, [...others, file(jailsPath, text)])).toEqual(
    off.map((jail) => `mail${jailsPath}: the jail ${jail} is off; set enabled = true in it`),
  );
});
