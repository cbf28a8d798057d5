import { describe, expect, test } from "vitest";
import { fromIsLogin } from "../../../policy/rules/from";
import { said, serverResources } from "./fixtures";

const opendkim = (...lines: string[]) => said(fromIsLogin, serverResources({ opendkim: { conf: lines.join("\n") } }));
const postfix = (mainCf: Record<string, string>, ...masterCf: string[]) =>
  said(fromIsLogin, serverResources({ postfix: { mainCf, masterCf } }));
const port = "2525 inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes";

describe("From is bound to the login", () => {
  test("From is bound to the login by what the component makes, and with what others add", () => {
    expect(said(fromIsLogin, serverResources())).toEqual([]);
    expect(opendkim("MinimumKeyBits 1024", "# FinalPolicyScript /x", "InternalHosts 127.0.0.1,::1")).toEqual([]);
    expect(postfix({ milter_mail_macros: "i {auth_authen}" }, port)).toEqual([]);
    expect(postfix({ smtpd_milters: "inet:127.0.0.1:11332, unix:opendkim/opendkim.sock" })).toEqual([]);
    expect(postfix({}, "2525 inet n - y - - smtpd -o smtpd_milters=")).toEqual([]);
  });

  test.each([
    ["FinalPolicyScript /etc/opendkim/mine.lua", "FinalPolicyScript /etc/opendkim/mine.lua leaves From and Sender"],
    ["finalpolicyscript", "FinalPolicyScript  leaves From and Sender"],
    ["SetupPolicyScript /x # mine", "SetupPolicyScript /x leaves From and Sender"],
    ["Mode s", "Mode s signs or verifies nothing"],
    ["PeerList 192.0.2.0/24", "PeerList 192.0.2.0/24 has OpenDKIM overlook messages"],
    ["PeerList refile:/etc/opendkim/peers", "PeerList refile:/etc/opendkim/peers has OpenDKIM overlook"],
    ["ExemptDomains example.org", "ExemptDomains example.org has OpenDKIM overlook messages"],
    ["InternalHosts 127.0.0.1, 192.0.2.0/24", "InternalHosts 127.0.0.1, 192.0.2.0/24 signs what is written there"],
    ["On-InternalError accept", "On-InternalError accept lets through what OpenDKIM could not judge"],
  ])("From is not bound to the login with %s in opendkim.conf", (line, problem) => {
    expect(opendkim(line)).toEqual([expect.stringContaining(problem)]);
  });

  test.each<[string, Record<string, string>]>([
    ["smtpd_milters = (none) leaves OpenDKIM out", { smtpd_milters: "" }],
    ["smtpd_milters = inet:localhost:11332 leaves OpenDKIM out", { smtpd_milters: "inet:localhost:11332" }],
    ["has no_milters", { receive_override_options: "no_milters" }],
    ["smtpd_milter_maps = cidr:/x may leave OpenDKIM out", { smtpd_milter_maps: "cidr:/x" }],
    ["milter_mail_macros leaves out {auth_authen}", { milter_mail_macros: "i" }],
    ["milter_default_action = accept lets mail through", { milter_default_action: "accept" }],
  ])("From is not bound to the login where main.cf says that %s", (problem, mainCf) => {
    const complaints = postfix(mainCf);
    expect(complaints.map((each) => each.replace(/^.*master\.cf, \w+: /, ""))).toEqual([
      expect.stringContaining(problem),
      expect.stringContaining(problem),
    ]);
  });

  test("From is not bound to the login at a port whose messages OpenDKIM does not see", () => {
    expect(postfix({}, `${port} -o smtpd_milters=`)).toEqual([
      expect.stringContaining("master.cf, 2525: smtpd_milters"),
    ]);
    expect(postfix({}, `${port} -o receive_override_options=no_milters`)).toHaveLength(1);
  });
});
