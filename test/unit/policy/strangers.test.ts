import { describe, expect, test } from "vitest";
import { OperatingSystem } from "../../../components/args";
import { parseMainCf } from "../../../policy/postfix";
import { strangersAreLimited } from "../../../policy/rules/strangers";
import { file, said, serverResources } from "./fixtures";

const added = (mainCf: Record<string, string>, ...masterCf: string[]) =>
  said(strangersAreLimited, serverResources({ postfix: { mainCf, masterCf } }));

describe("what one client may do", () => {
  const own = serverResources().find(({ name }) => name.endsWith("/etc/postfix/main.cf"))?.inputs.content;
  const limits = [...parseMainCf(String(own))].filter(([name]) => /^smtpd_client_\w+_limit$/.test(name));

  test.each(limits)(
    "what one client may do is as the component has it, and %s = %s may be lower and not higher",
    (name, value) => {
      expect(limits).toHaveLength(5);
      expect(added({ [name]: "1" })).toEqual([]);
      expect(added({ [name]: `${Number(value) + 1}` })).toEqual([
        expect.stringContaining(`main.cf: ${name} = ${Number(value) + 1} is more; make it ${value} or less`),
      ]);
      expect(added({ [name]: "0" })).toEqual([
        expect.stringContaining(`main.cf: ${name} = 0 is no limit; make it ${value} or less`),
      ]);
    },
  );

  test.each<[Record<string, string>, string]>([
    [{ anvil_rate_time_unit: "1s" }, "anvil_rate_time_unit = 1s counts anew more than once a minute"],
    [{ anvil_rate_time_unit: "59" }, "anvil_rate_time_unit = 59 counts"],
    [{ smtpd_client_ipv6_prefix_length: "128" }, "smtpd_client_ipv6_prefix_length = 128 gives each of a client's many"],
    [
      { smtpd_client_event_limit_exceptions: "$mynetworks 192.0.2.0/24" },
      "smtpd_client_event_limit_exceptions limits 192.0.2.0/24 in nothing",
    ],
    [{ smtpd_client_event_limit_exceptions: "static:all" }, "limits static:all in nothing"],
  ])("what one client may do is found where %j raises it", (mainCf, complaint) => {
    expect(added(mainCf)).toEqual([expect.stringContaining(complaint)]);
  });

  test.each<Record<string, string>>([
    { anvil_rate_time_unit: "1m" },
    { anvil_rate_time_unit: "1h", smtpd_client_ipv6_prefix_length: "56" },
    { smtpd_client_event_limit_exceptions: "!192.0.2.1, 127.0.0.1" },
  ])("what one client may do is left alone where %j does not", (mainCf) => {
    expect(added(mainCf)).toEqual([]);
  });

  test("what one client may do is judged in a service that the world reaches, and not in one of the machine itself", () => {
    const options = "inet n - y - - smtpd -o smtpd_client_connection_count_limit=0";
    expect(added({}, `2525 ${options}`)).toEqual([
      expect.stringContaining("master.cf, 2525: smtpd_client_connection_count_limit = 0 is no limit"),
    ]);
    expect(added({}, `127.0.0.1:10025 ${options}`, `[::1]:10025 ${options}`)).toEqual([]);
  });
});

describe("what strangers may ask and order", () => {
  test.each<[Record<string, string>, string]>([
    [{ disable_vrfy_command: "no" }, "disable_vrfy_command = no tells strangers which addresses there are"],
    [{ smtpd_discard_ehlo_keywords: "chunking" }, "smtpd_discard_ehlo_keywords = chunking has strangers order reports"],
    [{ smtpd_discard_ehlo_keywords: "" }, "smtpd_discard_ehlo_keywords = (none) has strangers"],
    [
      { smtpd_discard_ehlo_keyword_address_maps: "cidr:/etc/postfix/old-clients" },
      "smtpd_discard_ehlo_keyword_address_maps may offer some clients",
    ],
  ])("what strangers may ask and order is found in %j", (mainCf, complaint) => {
    expect(added(mainCf)).toEqual([expect.stringContaining(`main.cf: ${complaint}`)]);
  });

  test("what strangers may ask and order is for those who have logged in, where reports are", () => {
    const port = "2525 inet n - y - - smtpd -o smtpd_discard_ehlo_keywords=";
    expect(added({}, `${port} -o smtpd_sasl_auth_enable=yes`)).toEqual([]);
    expect(added({}, port)).toEqual([expect.stringContaining("master.cf, 2525: smtpd_discard_ehlo_keywords = (none)")]);
    expect(added({ smtpd_discard_ehlo_keywords: "DSN" })).toEqual([]);
  });
});

describe("the time that a wrong password costs", () => {
  const conf = (text: string) => said(strangersAreLimited, [file("/etc/dovecot/dovecot.conf", text)]);

  test.each(Object.values(OperatingSystem))(
    "the time that a wrong password costs is as the component has it on %s",
    (operatingSystem) => {
      expect(said(strangersAreLimited, serverResources({ operatingSystem }))).toEqual([]);
    },
  );

  test.each(["0", "3", "1 secs", "3999 ms", "2s"])(
    "the time that a wrong password costs is found where it is %s",
    (time) => {
      expect(conf(`auth_failure_delay = 4 secs\nauth_failure_delay = ${time}\n`)).toEqual([
        `dovecot.conf: auth_failure_delay = ${time} lets passwords be guessed faster; make it 4 secs or more`,
      ]);
    },
  );

  test.each(["4", "4 secs", "4000 msecs", "1 min", "1h"])(
    "the time that a wrong password costs is left alone where it is %s",
    (time) => {
      expect(conf(`auth_failure_delay = ${time}\n`)).toEqual([]);
    },
  );
});
