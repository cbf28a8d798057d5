import { describe, expect, test } from "vitest";
import { senderIsLogin } from "../../../policy/rules/sender";
import { said, serverResources } from "./fixtures";

const judged = (mainCf: Record<string, string>, ...masterCf: string[]) =>
  said(senderIsLogin, serverResources({ postfix: { mainCf, masterCf } }));
const port = "2525 inet n - y - - smtpd";
const submission = `${port} -o smtpd_sasl_auth_enable=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject`;
const senders = "smtpd_sender_restrictions";

describe("where people log in, the sender is bound to the login", () => {
  test.each([
    "reject_sender_login_mismatch",
    "reject_non_fqdn_sender Reject_Authenticated_Sender_Login_Mismatch, permit",
    "permit_mynetworks, reject_sender_login_mismatch",
    "check_sender_access inline:{{<> = 550 not from here}, spam@example.org=REJECT}, reject_sender_login_mismatch",
    "warn_if_reject reject_unknown_sender_domain, reject_sender_login_mismatch",
    "$ours",
  ])("where people log in, the sender is bound to the login by %s", (list) => {
    expect(judged({ ours: "reject_sender_login_mismatch" }, `${submission} -o { ${senders} = ${list} }`)).toEqual([]);
  });

  test("where people log in, the sender is bound to the login by another list, too, as a message must pass all", () => {
    const list = "reject_sender_login_mismatch,permit_sasl_authenticated,reject";
    expect(judged({}, `${submission} -o ${senders}= -o smtpd_recipient_restrictions=${list}`)).toEqual([]);
  });

  test.each([
    ["", "(none)"],
    ["reject_non_fqdn_sender", "reject_non_fqdn_sender"],
    ["permit_sasl_authenticated, reject_sender_login_mismatch", "permit_sasl_authenticated, reject_sender"],
    ["warn_if_reject reject_sender_login_mismatch", "warn_if_reject, reject_sender_login_mismatch"],
    ["check_sender_access hash:/x, reject_sender_login_mismatch", "check_sender_access, hash:/x, reject"],
    ["check_sender_access inline:{a@example.org=OK}, reject_sender_login_mismatch", "check_sender_access, inline:{a@"],
    ["check_sender_access inline:{a@example.org=450}, reject_sender_login_mismatch", "check_sender_access, inline:{a@"],
    ["reject_known_sender_login_mismatch", "reject_known_sender_login_mismatch"],
    ["reject_unauthenticated_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch"],
  ])("where people log in, the sender is not bound to the login by %s", (list, shown) => {
    expect(judged({}, `${submission} -o { ${senders} = ${list} }`)).toEqual([
      expect.stringContaining(`master.cf, 2525: ${senders} = ${shown}`),
    ]);
    expect(judged({}, `${submission} -o { ${senders} = ${list} }`)).toEqual([
      expect.stringContaining("lets whoever logs in send as anybody; put reject_sender_login_mismatch into it"),
    ]);
  });

  test("where people log in, the sender is not bound by main.cf, which a copied service without that line falls back to", () => {
    expect(judged({}, submission)).toEqual([expect.stringContaining("master.cf, 2525: ")]);
    expect(judged({ smtpd_sasl_auth_enable: "yes" })).toEqual([expect.stringContaining("main.cf: ")]);
  });

  test("where people log in, the sender is bound to the login only where it is said whose each address is", () => {
    const problem = "smtpd_sender_login_maps says of no address whose it is";
    const complaints = judged({ smtpd_sender_login_maps: "" });
    expect(complaints).toEqual([expect.stringContaining(problem), expect.stringContaining(problem)]);
  });
});

test("where nobody logs in, senders are everybody's", () => {
  expect(judged({}, `${port} -o ${senders}=`)).toEqual([]);
});
