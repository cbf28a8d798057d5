import { describe, expect, test } from "vitest";
import { noSmuggling } from "../../../policy/rules/smuggling";
import { file, said, serverResources } from "./fixtures";

const added = (mainCf: Record<string, string>, ...masterCf: string[]) =>
  said(noSmuggling, serverResources({ postfix: { mainCf, masterCf } }));

describe("a second message hidden in the first", () => {
  test.each<[Record<string, string>, string]>([
    [{ smtpd_forbid_bare_newline: "no" }, "smtpd_forbid_bare_newline = no lets a bare line feed end a message"],
    [{ smtpd_forbid_bare_newline: "note" }, "smtpd_forbid_bare_newline = note lets"],
    [{ smtpd_forbid_bare_newline_exclusions: "$mynetworks, 192.0.2.0/24" }, "a bare line feed of 192.0.2.0/24 end"],
    [{ smtpd_forbid_bare_newline_exclusions: "static:all" }, "a bare line feed of static:all end"],
    [
      { smtpd_forbid_unauth_pipelining: "no", smtpd_data_restrictions: "" },
      "smtpd_forbid_unauth_pipelining = no takes commands that come before their turn",
    ],
    [
      {
        smtpd_forbid_unauth_pipelining: "No",
        smtpd_data_restrictions: "warn_if_reject reject_unauth_pipelining, permit",
      },
      "smtpd_forbid_unauth_pipelining = No takes",
    ],
    [{ cleanup_replace_stray_cr_lf: "no" }, "cleanup_replace_stray_cr_lf = no sends bare line ends on"],
  ])("a second message hidden in the first is found where %j lets it through", (mainCf, complaint) => {
    expect(added(mainCf)).toEqual([expect.stringContaining("main.cf: ")]);
    expect(added(mainCf)).toEqual([expect.stringContaining(complaint)]);
  });

  test.each<Record<string, string>>([
    { smtpd_forbid_bare_newline: "Reject" },
    { smtpd_forbid_bare_newline: "yes", smtpd_forbid_bare_newline_exclusions: "!192.0.2.1 127.0.0.0/8" },
    { smtpd_forbid_unauth_pipelining: "no" },
    { smtpd_data_restrictions: "" },
    { cleanup_replace_stray_cr_lf: "yes" },
  ])("a second message hidden in the first is not found where %j keeps it out", (mainCf) => {
    expect(added(mainCf)).toEqual([]);
  });

  test("a second message hidden in the first is found in a service of its own, unless only the machine reaches that", () => {
    const options = "inet n - y - - smtpd -o smtpd_forbid_bare_newline=no";
    expect(added({}, `2525 ${options}`)).toEqual([
      expect.stringContaining("master.cf, 2525: smtpd_forbid_bare_newline = no"),
    ]);
    expect(added({}, `127.0.0.1:10025 ${options}`, `localhost:10026 ${options}`)).toEqual([]);
    expect(added({}, "own-cleanup unix n - y - 0 cleanup -o cleanup_replace_stray_cr_lf=no")).toEqual([
      expect.stringContaining("master.cf, own-cleanup: cleanup_replace_stray_cr_lf = no"),
    ]);
  });

  test("a second message hidden in the first is found where main.cf leaves it to Postfix, whose older versions let it through", () => {
    expect(said(noSmuggling, [file("/etc/postfix/main.cf", "myhostname = mail.example.org\n")])).toEqual([
      expect.stringContaining("smtpd_forbid_bare_newline = (Postfix' default)"),
      expect.stringContaining("smtpd_forbid_unauth_pipelining = (Postfix' default)"),
    ]);
  });
});
