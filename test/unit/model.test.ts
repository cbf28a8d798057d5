import { describe, expect, it } from "vitest";
import type { MailServerArgs } from "../../components/args";
import { openPorts } from "../../components/services/openPorts";
import { validate } from "../../components/validate";
import { exampleArgs, hostKey, modelFor, passwordHash } from "./fixture";

const targets = (entries: { address: string; targets: string[] }[]) =>
  Object.fromEntries(entries.map((each) => [each.address, each.targets]));

describe("the model", () => {
  const model = modelFor(validate(exampleArgs()));

  it("the model delivers postmaster and abuse of every domain", () => {
    expect(targets(model.aliases)).toMatchObject({
      "abuse@example.com": ["anna@example.org"],
      "abuse@example.org": ["anna@example.org"],
      "postmaster@example.com": ["anna@example.org"],
      "postmaster@example.org": ["anna@example.org"],
    });
  });

  it("the model does not let a catch-all swallow the mailboxes of its domain", () => {
    expect(targets(model.aliases)).toMatchObject({
      "@example.com": ["anna@example.org"],
      "ben@example.com": ["ben@example.com"],
    });
    expect(targets(model.aliases)).not.toHaveProperty("anna@example.org");
  });

  it("the model lets people send as themselves and as the aliases that reach them, and as nobody else", () => {
    expect(targets(model.senders)).toEqual({
      "abuse@example.com": ["anna@example.org"],
      "abuse@example.org": ["anna@example.org"],
      "all@example.org": ["anna@example.org", "ben@example.com"],
      "anna@example.org": ["anna@example.org"],
      "ben@example.com": ["ben@example.com"],
      "postmaster@example.com": ["anna@example.org"],
      "postmaster@example.org": ["anna@example.org"],
      "team@example.org": ["anna@example.org", "ben@example.com"],
    });
  });

  it("the model lets the owner of a forwarded mailbox go on sending as it", () => {
    const forwarding = modelFor(
      validate(
        exampleArgs({
          aliases: [{ address: "ben@example.com", destinations: ["someone@example.net", "anna@example.org"] }],
        }),
      ),
    );
    expect(targets(forwarding.senders)["ben@example.com"]).toEqual(["anna@example.org", "ben@example.com"]);
  });

  it("the model knows who reads an alias by any spelling of the mailbox", () => {
    const destinations = ["Anna@example.org", "ben+team@example.com"];
    const spelt = modelFor(validate(exampleArgs({ aliases: [{ address: "team@example.org", destinations }] })));
    expect(targets(spelt.senders)["team@example.org"]).toEqual(["anna@example.org", "ben@example.com"]);
  });

  it("the model gives an alias domain the addresses of the other and no others, to receive and to send", () => {
    const domains = [
      { name: "example.org" },
      { name: "example.com" },
      { name: "alias.example.net", aliasOf: "example.org" },
    ];
    const model = modelFor(
      validate(
        exampleArgs({
          domains,
          aliases: [
            ...(exampleArgs().aliases ?? []),
            { address: "all@alias.example.net", destinations: ["ben@example.com"] },
          ],
        }),
      ),
    );
    const at = (entries: { address: string; targets: string[] }[]) =>
      Object.fromEntries(
        entries
          .filter(({ address }) => address.endsWith("@alias.example.net"))
          .map((each) => [each.address, each.targets]),
      );
    expect(at(model.aliases)).toEqual({
      "abuse@alias.example.net": ["abuse@example.org"],
      "all@alias.example.net": ["ben@example.com"],
      "anna@alias.example.net": ["anna@example.org"],
      "postmaster@alias.example.net": ["postmaster@example.org"],
      "team@alias.example.net": ["team@example.org"],
    });
    expect(at(model.senders)).toMatchObject({
      "anna@alias.example.net": ["anna@example.org"],
      "team@alias.example.net": ["anna@example.org", "ben@example.com"],
    });
    expect(model.domains.map(({ name }) => name)).toContain("alias.example.net");
  });

  it("the model lets the mailbox of a catch-all send as any address of the domain that is nobody else's, where told so", () => {
    const domains = (catchAllSends?: boolean) => [
      { name: "example.org" },
      { name: "example.com", catchAll: "anna@example.org", catchAllSends },
      { name: "example.net", aliasOf: "example.com" },
    ];
    const model = modelFor(validate(exampleArgs({ domains: domains(true) })));
    expect(targets(model.senders)).toMatchObject({
      "@example.com": ["anna@example.org"],
      "@example.net": ["anna@example.org"],
      "ben@example.com": ["ben@example.com"],
    });
    expect(targets(model.aliases)).toMatchObject({
      "@example.net": ["anna@example.org"],
      "ben@example.net": ["ben@example.com"],
    });
    expect(targets(modelFor(validate(exampleArgs({ domains: domains() }))).senders)).not.toHaveProperty("@example.com");
  });

  it("the model delivers root's mail where the machine's name is a domain of mailboxes", () => {
    const rootOf = (changes: Partial<MailServerArgs>) =>
      targets(modelFor(validate(exampleArgs(changes))).aliases)["root@example.org"];
    expect(rootOf({ hostname: "example.org" })).toEqual(["anna@example.org"]);
    expect(rootOf({})).toBeUndefined();
  });

  it("the model opens the ports in use and SSH", () => {
    const numbers = (changes: Parameters<typeof exampleArgs>[0]) =>
      openPorts(modelFor(validate(exampleArgs(changes)))).map(({ number }) => number);
    expect(numbers({})).toEqual([22, 25, 80, 143, 465, 587, 993]);
    expect(numbers({ enablePop3: true })).toEqual([22, 25, 80, 110, 143, 465, 587, 993, 995]);
    expect(numbers({ host: { ssh: { ipv4Address: "198.51.100.7", hostKey, port: 2222 } } })).toEqual([
      25, 80, 143, 465, 587, 993, 2222,
    ]);
  });

  it("the model is the same however its lists are ordered", () => {
    const args = exampleArgs({ postmaster: "anna@example.org" });
    const shuffled = {
      ...args,
      domains: [...args.domains].reverse(),
      mailboxes: [...(args.mailboxes ?? [])].reverse(),
      aliases: [...(args.aliases ?? [])].reverse(),
    };
    expect(modelFor(validate(shuffled))).toEqual(modelFor(validate(args)));
  });

  it("the model handles several thousand mailboxes", () => {
    const mailboxes = Array.from({ length: 5000 }, (_, index) => ({
      address: `user${index}@example.com`,
      passwordHash,
    }));
    const big = modelFor(
      validate(
        exampleArgs({ mailboxes, aliases: [], domains: [{ name: "example.com", catchAll: "user0@example.com" }] }),
      ),
    );
    expect(big.aliases).toHaveLength(5003);
  });
});
