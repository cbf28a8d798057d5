import { describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, noSecrets } from "./fixture";

const fileOf = (changes: Partial<MailServerArgs>, path: string) =>
  wantedHost(modelFor(validate(exampleArgs(changes))), "test", noSecrets)
    .roles.flatMap(({ files }) => files)
    .find((file) => file.path === path)?.content ?? "";

describe("additions of the stack", () => {
  it("additions of the stack are not there where there are none", () => {
    for (const path of ["/etc/postfix/main.cf", "/etc/postfix/master.cf"])
      expect(fileOf({ postfix: { mainCf: {}, masterCf: [] } }, path)).toBe(fileOf({}, path));
    expect(fileOf({}, "/etc/postfix/main.cf")).not.toContain("Additions");
  });

  it("additions of the stack to main.cf take the place of the server's own parameter, as Postfix warns of one that is there twice", () => {
    const mainCf = { smtpd_client_connection_count_limit: "20", bounce_queue_lifetime: "2d" };
    const text = fileOf({ postfix: { mainCf } }, "/etc/postfix/main.cf");
    expect(text).toMatch(
      /\n# Additions of the stack\nsmtpd_client_connection_count_limit = 20\nbounce_queue_lifetime = 2d\n$/,
    );
    expect(text.match(/^smtpd_client_connection_count_limit/gm)).toHaveLength(1);
    const before = new Set(fileOf({}, "/etc/postfix/main.cf").split("\n"));
    const lost = [...before].filter((line) => !text.split("\n").includes(line));
    expect(lost).toEqual(["smtpd_client_connection_count_limit = 25"]);
  });

  it("additions of the stack to master.cf take the place of the entry of the same name and type, options and all", () => {
    const masterCf = ["2525 inet n - y - - smtpd\n  -o syslog_name=postfix/2525\n", "relay unix - - y - 2 smtp"];
    const text = fileOf({ postfix: { masterCf } }, "/etc/postfix/master.cf");
    expect(text).toMatch(
      /\n# Additions of the stack\n2525 inet n - y - - smtpd\n {2}-o syslog_name=postfix\/2525\nrelay unix - - y - 2 smtp\n$/,
    );
    expect(text.match(/^relay\s/gm)).toHaveLength(1);
    expect(text).not.toContain("syslog_name=postfix/relay");
    expect(text.match(/^smtp\s/gm)).toHaveLength(2);
  });

  it.each(Object.values(OperatingSystem))(
    "additions of the stack to the checks of headers come after the server's own, on 25 as for those who log in, on %s",
    (operatingSystem) => {
      const [results, clients] = ["result-headers", "submission-headers"].map(
        (each) => `regexp:/etc/postfix/tables/${each}`,
      );
      const added = "regexp:{{/^X-Note:/ IGNORE}}";
      const checks = (given: Record<string, string>) => {
        const postfix = { mainCf: given };
        const entry = (path: string, name: string) =>
          new RegExp(`^(?:  -o \\{ )?${name} =(.*?)(?: \\})?$`, "m").exec(
            fileOf({ operatingSystem, postfix }, path),
          )?.[1];
        return ["/etc/postfix/main.cf", "/etc/postfix/master.cf"].map((path) =>
          ["header_checks", "mime_header_checks", "nested_header_checks"].map((name) => entry(path, name)?.trim()),
        );
      };
      expect(checks({})).toEqual([
        [results, "", ""],
        [`${results}, ${clients}`, "", ""],
      ]);
      expect(checks({ header_checks: added })).toEqual([
        [`${results}, ${added}`, added, added],
        [`${results}, ${clients}, ${added}`, added, added],
      ]);
      expect(checks({ header_checks: added, nested_header_checks: "" })[0]).toEqual([
        `${results}, ${added}`,
        added,
        "",
      ]);
      const text = fileOf({ operatingSystem, postfix: { mainCf: { header_checks: added } } }, "/etc/postfix/main.cf");
      expect(text.match(/^header_checks/gm)).toHaveLength(1);
    },
  );

  it("additions of the stack to the open ports may name what the server could use and does not", () => {
    const open = (more: Partial<MailServerArgs>) => () =>
      validate(exampleArgs({ firewall: { additionalTcpPorts: [110, 443] }, ...more }));
    expect(open({})).not.toThrow();
    expect(open({ enablePop3: true })).toThrow(/additionalTcpPorts\[0\]: .*110 is a port of the mail server/);
    expect(open({ domains: [{ name: "example.org", enableAutoconfig: true }, { name: "example.com" }] })).toThrow(
      /additionalTcpPorts\[1\]: .*443 is a port of the mail server/,
    );
  });

  it.each(Object.values(OperatingSystem))(
    "additions of the stack have the last word in the other files on %s",
    (os) => {
      const args = { operatingSystem: os, dovecot: { conf: "mail_debug = yes" }, opendkim: { conf: "LogWhy yes\n\n" } };
      expect(fileOf(args, "/etc/dovecot/dovecot.conf")).toMatch(/\nmail_debug = yes\n$/);
      expect(fileOf(args, "/etc/opendkim.conf")).toMatch(/\nLogWhy yes\n$/);
    },
  );

  it.each<[string, Partial<MailServerArgs>, RegExp]>([
    [
      "a parameter with two lines",
      { postfix: { mainCf: { a: "1\nb = 2" } } },
      /postfix\.mainCf\.a: .*must be one line/,
    ],
    ["a name that is none", { postfix: { mainCf: { "a b": "1" } } }, /postfix\.mainCf.*not the name of a parameter/],
    [
      "a service of seven fields",
      { postfix: { masterCf: ["x inet n - y - -"] } },
      /masterCf\[0\]: .*is not an entry of/,
    ],
    [
      "two services in one entry",
      { postfix: { masterCf: ["x inet n - y - - smtpd\ny inet n - y - - smtpd"] } },
      /masterCf\[0\]: .*is not an entry of/,
    ],
    [
      "a port that is open already",
      { firewall: { additionalTcpPorts: [2525, 587, 2525] } },
      /additionalTcpPorts\[1\][\s\S]*additionalTcpPorts\[2\]/,
    ],
  ])("an addition of the stack is refused: %s", (_, changes, problem) => {
    expect(() => validate(exampleArgs(changes))).toThrow(problem);
  });
});
