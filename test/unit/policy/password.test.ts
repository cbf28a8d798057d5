import { describe, expect, test } from "vitest";
import { OperatingSystem } from "../../../index";
import { loginNeedsPassword } from "../../../policy/rules/password";
import { said, serverResources } from "./fixtures";

describe("Postfix takes no login without a name", () => {
  const judged = (mainCf: Record<string, string>, ...masterCf: string[]) =>
    said(loginNeedsPassword, serverResources({ postfix: { mainCf, masterCf } }));

  test.each([
    ["smtpd_sasl_security_options", ""],
    ["smtpd_sasl_security_options", "noplaintext"],
    ["smtpd_sasl_tls_security_options", "noactive, noplaintext"],
  ])("a login without a name is found: %s = %j", (name, value) => {
    expect(judged({ [name]: value })).toEqual([
      expect.stringContaining(`main.cf: ${name} = ${value || "(none)"} takes a login without a name`),
    ]);
    expect(judged({}, `2525 inet n - y - - smtpd -o { ${name} = ${value} }`)).toEqual([
      expect.stringContaining(`master.cf, 2525: ${name} = `),
    ]);
  });

  test.each<Record<string, string>>([
    { smtpd_sasl_security_options: "noactive, NoAnonymous" },
    { smtpd_sasl_tls_security_options: "$smtpd_sasl_security_options" },
  ])("a login with a name is left alone: %j", (mainCf) => {
    expect(judged(mainCf)).toEqual([]);
  });
});

describe.each(Object.values(OperatingSystem))("Dovecot on %s lets nobody in without a password", (operatingSystem) => {
  const judged = (conf: string) => said(loginNeedsPassword, serverResources({ operatingSystem, dovecot: { conf } }));

  test.each([
    ["auth_mechanisms = plain anonymous", "dovecot.conf: auth_mechanisms has anonymous"],
    ["protocol imap {\n  auth_mechanisms = ANONYMOUS\n}", "dovecot.conf, protocol imap: auth_mechanisms has anonymous"],
    [
      "passdb {\n  driver = passwd-file\n  args = /etc/guests\n  default_fields = nopassword=y\n}",
      "dovecot.conf, passdb: nopassword lets everybody in",
    ],
    ["passdb {\n  driver = ldap\n  override_fields = nopassword user=%u\n}", "dovecot.conf, passdb: nopassword lets"],
    [
      "passdb passwd-file {\n  fields {\n    nopassword = yes\n  }\n}",
      "dovecot.conf, passdb passwd-file, fields: nopassword lets everybody in",
    ],
    ["passdb ldap {\n  fields/nopassword = yes\n}", "dovecot.conf, passdb ldap: nopassword lets everybody in"],
    ["passdb {\n  driver = static\n  args = password=guest\n}", "dovecot.conf, passdb: one password for everybody"],
    ["passdb static {\n  password = guest\n}", "dovecot.conf, passdb static: one password for everybody"],
    [
      "passdb all {\n  driver = static\n  static_password = x\n}",
      "dovecot.conf, passdb all: one password for everybody",
    ],
    [
      "passdb {\n  driver = passwd-file\n  args = /etc/guests\n  result_failure = return-ok\n}",
      "dovecot.conf, passdb: result_failure = return-ok lets in who does not know the password",
    ],
    [
      "passdb x {\n  result_internalfail = continue-ok\n}",
      "dovecot.conf, passdb x: result_internalfail = continue-ok lets",
    ],
  ])("what lets people in at Dovecot without a password is found: %s", (conf, complaint) => {
    expect(judged(conf)).toEqual([expect.stringContaining(complaint)]);
  });

  test.each([
    "auth_mechanisms = plain login scram-sha-256",
    "passdb {\n  driver = passwd-file\n  args = username_format=%Lu /etc/dovecot/more\n  result_failure = continue\n}",
    "passdb ldap {\n  fields {\n    user = %{ldap:uid}\n  }\n  result_success = continue-ok\n}",
    "userdb {\n  driver = static\n  args = uid=vmail gid=vmail home=/var/mail/%u\n}",
    "# passdb static {\nauth_mechanisms = anonymous\nauth_mechanisms = plain",
  ])("what lets nobody in at Dovecot without a password is left alone: %s", (conf) => {
    expect(judged(conf)).toEqual([]);
  });
});
