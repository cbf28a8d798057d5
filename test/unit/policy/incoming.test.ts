import { describe, expect, test } from "vitest";
import { incomingIsJudged } from "../../../policy/rules/incoming";
import { clientStaysPrivate } from "../../../policy/rules/privacy";
import { noPlainSecret } from "../../../policy/rules/secrets";
import { said, serverResources } from "./fixtures";

const spf = "check_policy_service unix:private/policyd-spf";

describe("mail of strangers is judged", () => {
  const judged = (postfix: object, conf = "") =>
    said(incomingIsJudged, serverResources({ postfix, opendkim: { conf } }));

  test("mail of strangers is judged by what the component makes, and by another service in its place", () => {
    expect(judged({})).toEqual([]);
    expect(judged({ mainCf: { smtpd_sender_restrictions: spf, smtpd_recipient_restrictions: "" } })).toEqual([]);
    expect(judged({}, "AuthservID mail.example.org")).toEqual([]);
  });

  test("mail of strangers is not judged where SPF, OpenDKIM or the server's name is gone", () => {
    expect(judged({ mainCf: { smtpd_recipient_restrictions: "reject_unlisted_recipient" } })).toEqual([
      expect.stringContaining("main.cf: smtpd_recipient_restrictions asks no policy service about SPF"),
    ]);
    expect(judged({ mainCf: { smtpd_milters: "" } })).toEqual([
      expect.stringContaining("main.cf: smtpd_milters leaves OpenDKIM out"),
    ]);
    expect(judged({ masterCf: ["smtp inet n - y - - smtpd -o smtpd_recipient_restrictions="] })).toEqual([
      expect.stringContaining("master.cf, smtp: smtpd_recipient_restrictions asks"),
    ]);
    expect(judged({}, "authservid example.org")).toEqual([expect.stringContaining("AuthservID example.org is a name")]);
  });
});

describe("the address of who has logged in", () => {
  const port = "2525 inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes";

  test("the address of who has logged in stays private where the port has the submission's cleanup, and not elsewhere", () => {
    const at = (entry: string) => said(clientStaysPrivate, serverResources({ postfix: { masterCf: [entry] } }));
    expect(at(`${port} -o cleanup_service_name=submission-cleanup`)).toEqual([]);
    expect(at(port)).toEqual([expect.stringContaining("master.cf, 2525: cleanup_service_name = cleanup keeps")]);
  });
});

describe("passwords that people type", () => {
  const logged = (conf: string) => said(noPlainSecret, serverResources({ dovecot: { conf } }));

  test.each(["auth_verbose_passwords = plain", "auth_verbose_passwords = sha1:6", "auth_debug_passwords = yes"])(
    "passwords that people type are not logged: %s",
    (conf) => {
      expect(logged(conf)).toEqual([expect.stringContaining(`dovecot.conf: ${conf} writes passwords`)]);
    },
  );

  test("passwords that people type are not looked for in what logs none", () => {
    expect(logged("auth_verbose_passwords = no\nauth_debug_passwords = no\nauth_debug = yes")).toEqual([]);
  });
});
