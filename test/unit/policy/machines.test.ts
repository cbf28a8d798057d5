import { describe, expect, test } from "vitest";
import type { Resource } from "../../../policy/rule";
import { mxAfterHost } from "../../../policy/rules/mx";
import { ptrIsHelo } from "../../../policy/rules/reverse";
import { file, hostCommand, ovhRecord, resource, said, serverResources } from "./fixtures";

const reverse = (ReverseIp: string, ReverseValue: string) =>
  resource("ovh:Ip/reverse:Reverse", `reverse-${ReverseIp}`, { ReverseIp, ReverseValue });

/** A stack may have machines that are no mail server, and several that are. */
describe("PTR records", () => {
  const server = serverResources().filter(({ type }) => type !== "ovh:Ip/reverse:Reverse");

  test("PTR records of a mail server's addresses say the server's name, at OVH and by RFC 2136", () => {
    const environment = { RECORD: "7.100.51.198.in-addr.arpa. 300 IN PTR old.example.org.", SERVER: "192.0.2.53 53" };
    expect(
      said(ptrIsHelo, [
        ...server,
        reverse("2001:0db8:51::0007", "vps-1.vps.ovh.net."),
        resource("command:local:Command", "v4", { environment }),
      ]),
    ).toEqual([
      "reverse-2001:0db8:51::0007: 2001:db8:51::7 is called vps-1.vps.ovh.net, but the server greets as mail.example.org; make them the same (hostname)",
      expect.stringContaining("v4: 198.51.100.7 is called old.example.org, but the server greets as"),
    ]);
  });

  test("PTR records of a machine that is known by its SSH connection only say the server's name, too", () => {
    const known = server.filter(({ type }) => type !== "ovh:Domain/zoneRecord:ZoneRecord");
    expect(said(ptrIsHelo, [...known, reverse("198.51.100.7", "old.example.org.")])).toEqual([
      expect.stringContaining("198.51.100.7 is called old.example.org"),
    ]);
  });

  test("PTR records of other machines say what they like, also where the stack reaches them by SSH", () => {
    const database = resource("command:remote:Command", "database", { connection: { host: "198.51.100.9" } });
    const others = [reverse("198.51.100.9", "db.example.org."), reverse("2001:db8:51::9", "db.example.org.")];
    expect(said(ptrIsHelo, [...server, database, ...others])).toEqual([]);
  });

  test("PTR records of two mail servers are not each other's", () => {
    const second = [
      file("/etc/postfix/main.cf", "myhostname = mx2.example.org\n", "second"),
      hostCommand({ connection: { host: "198.51.100.8" } }, "second"),
    ];
    const swapped = [reverse("198.51.100.7", "mx2.example.org."), reverse("198.51.100.8", "mail.example.org.")];
    expect(said(ptrIsHelo, [...server, ...second, ...swapped])).toHaveLength(2);
    const right = [reverse("198.51.100.7", "mail.example.org."), reverse("198.51.100.8", "mx2.example.org.")];
    expect(said(ptrIsHelo, [...server, ...second, ...right])).toEqual([]);
  });

  test.each([
    ["main.cf", { mainCf: { smtp_helo_name: "out.$mydomain" } }],
    [
      "master.cf",
      {
        masterCf: ["smtp", "relay"].map(
          (service) => `${service} unix - - y - - smtp -o smtp_helo_name=out.example.org`,
        ),
      },
    ],
  ])("PTR records say what %s has Postfix greet with", (_, postfix) => {
    const sender = serverResources({ postfix }).filter(({ type }) => type !== "ovh:Ip/reverse:Reverse");
    expect(said(ptrIsHelo, [...sender, reverse("198.51.100.7", "out.example.org.")])).toEqual([]);
    expect(said(ptrIsHelo, [...sender, reverse("198.51.100.7", "mail.example.org.")])).toEqual([
      expect.stringContaining("the server greets as out.example.org"),
    ]);
  });
});

describe("MX", () => {
  const main = file("/etc/postfix/main.cf", "myhostname = mail.example.org\n");
  const host = hostCommand({ connection: { host: "198.51.100.7" } });
  const probe = resource("command:local:Command", "probe", {}, [host.urn]);
  const judged = (...more: Resource[]) => said(mxAfterHost, [main, host, probe, ...more]);

  test("an MX record that waits for nothing is found, and so is one that waits for something else", () => {
    const records = [
      ovhRecord("", "MX", "10 mail.example.org."),
      ovhRecord("news", "MX", "10 mail.example.org.", ["salt"]),
      ovhRecord("shop", "MX", "10 mail.example.org.", ["backup"]),
    ];
    const others = [
      resource("random:index/randomBytes:RandomBytes", "salt", {}),
      resource("command:remote:Command", "backup", { connection: { host: "198.51.100.7" } }),
    ];
    expect(judged(...others, ...records)).toEqual([
      expect.stringContaining("the mail of example.org would go to mail.example.org"),
      expect.stringContaining("the mail of news.example.org would go to mail.example.org"),
      expect.stringContaining("the mail of shop.example.org would go to mail.example.org"),
    ]);
  });

  test("an MX record that waits for the machine by way of something else, and one that leads elsewhere, may be", () => {
    const records = [
      ovhRecord("", "MX", "10 mail.example.org.", ["probe"]),
      ovhRecord("shop", "MX", "1 mx.example.net."),
    ];
    expect(judged(...records)).toEqual([]);
  });

  test("an MX record that leads to the machine by another name waits for it, too", () => {
    const records = [ovhRecord("mx", "A", "198.51.100.7"), ovhRecord("", "MX", "10 mx.example.org.")];
    expect(judged(...records)).toEqual([
      expect.stringContaining("the mail of example.org would go to mx.example.org before"),
    ]);
  });

  test("an MX record that leads to one machine and waits for another is found", () => {
    const second = [
      file("/etc/postfix/main.cf", "myhostname = mx2.example.org\n", "second"),
      hostCommand({}, "second"),
    ];
    expect(judged(...second, ovhRecord("", "MX", "10 mx2.example.org.", ["probe"]))).toEqual([
      expect.stringContaining("would go to mx2.example.org before"),
    ]);
  });

  test("a server that greets by another name than its MX record has is known by both", () => {
    const sender = file("/etc/postfix/main.cf", "myhostname = mail.example.org\nsmtp_helo_name = out.example.org\n");
    expect(said(mxAfterHost, [sender, host, ovhRecord("", "MX", "10 mail.example.org.")])).toEqual([
      expect.stringContaining("would go to mail.example.org before"),
    ]);
  });
});
