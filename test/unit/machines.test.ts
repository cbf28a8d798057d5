import { expect, it } from "vitest";
import { dkimName, signers } from "../../components/dns/dkim";
import type { DnsFacts } from "../../components/dns/record";
import { onMachine } from "../../components/model";
import { plannedRecords, records } from "../../components/plannedRecords";
import { platforms } from "../../components/platforms";
import { resolve } from "../../components/resolve";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs } from "./fixture";

// No args make a second machine yet. That the model has room for one shows here.

const one = resolve(validate(exampleArgs()));
const [first] = one.machines;
const second = {
  ...{ name: "second", hostname: "mx2.example.net", platform: platforms["debian-12"] },
  ...{ ipv6: false, sshPorts: [2222], hostDkim: first?.hostDkim },
};
const two = { ...one, machines: [first!, second] };
const facts: DnsFacts = {
  machines: {
    first: { ipv4Address: "198.51.100.7", ipv6Address: "2001:db8:51::7", certificateSpkiSha256: "ab".repeat(32) },
    second: { ipv4Address: "203.0.113.9", certificateSpkiSha256: "cd".repeat(32) },
  },
  dkimPublicKeys: {},
};

it("a second machine adds records of its own, and changes none but the SPF records of the domains", () => {
  const before = new Map(records(one, facts).map((each) => [each.id, each]));
  const after = records(two, facts);
  expect(new Set(after.map(({ id }) => id)).size).toBe(after.length);
  expect([...before.keys()].filter((id) => !after.some((each) => each.id === id))).toEqual([]);
  const changed = after.filter((each) => before.has(each.id) && before.get(each.id)?.value !== each.value);
  expect(changed.map(({ id, value }) => `${id}: ${value}`)).toEqual(
    ["example.com", "example.org"].map(
      (name) => `${name}-SPF: v=spf1 mx ip4:198.51.100.7 ip4:203.0.113.9 ip6:2001:db8:51::7 -all`,
    ),
  );
  expect(after.filter(({ id }) => !before.has(id)).map(({ id }) => id)).toEqual([
    ...["mx2.example.net-A", "reverse-v4-second", "mx2.example.net-SPF", "mx2.example.net-DKIM-mail"],
    ...["mx2.example.net-TLSA", "mx2.example.net-CAA-issue", "mx2.example.net-CAA-issuewild"],
    ...["example.com-MX-second", "example.org-MX-second"],
  ]);
});

it("records of a machine say what is known of this machine", () => {
  const value = (id: string) => records(two, facts).find((each) => each.id === id)?.value;
  expect(value("mail.example.org-TLSA")).toBe("ab".repeat(32));
  expect(value("mx2.example.net-TLSA")).toBe("cd".repeat(32));
  const reverse = records(two, facts).find(({ id }) => id === "reverse-v4-second");
  expect(reverse).toMatchObject({ name: "9.113.0.203.in-addr.arpa", value: "mx2.example.net" });
  expect(plannedRecords(two).find(({ id }) => id === "mx2.example.net-A")?.value).toEqual([
    { from: "ipv4", machine: "second" },
  ]);
});

it("roles are those of one machine: its name, its operating system, its ports and its keys", () => {
  const text = (machine = first!) => JSON.stringify(roles(onMachine(two, machine)));
  expect(text()).toBe(JSON.stringify(roles(onMachine(one))));
  expect(text(second)).toContain("myhostname = mx2.example.net");
  expect(text(second)).toContain("inet_protocols = ipv4");
  expect(text(second)).toContain("dport 2222");
  expect(text(second)).toContain("mail._domainkey.mx2.example.net");
  expect(text(second)).not.toContain("mail._domainkey.mail.example.org");
});

it("each machine has a key of its own for its own mail", () => {
  const names = signers(two).map(({ name, dkim }) => dkimName(dkim.selector, name));
  expect(names.slice(0, 2)).toEqual(["mail._domainkey.mail.example.org", "mail._domainkey.mx2.example.net"]);
});
