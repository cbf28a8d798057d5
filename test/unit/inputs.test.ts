import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { activateHost } from "../../components/activation/activateHost";
import type { MailServerArgs } from "../../components/args";
import { createDkimKeys } from "../../components/dns/dkimKeys";
import { publishers } from "../../components/dns/publishers";
import { findZones } from "../../components/dns/requireFreeZones";
import { createHost } from "../../components/host/host";
import { lateTexts } from "../../components/lateTexts";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, exampleRecord, modelFor } from "./fixture";
import { Mocked } from "./host/mocked";

const mocked = new Mocked();
beforeAll(() => mocked.start({ preview: true }));
afterEach(() => mocked.settled());

/** An output that a preview does not know. */
const unknown = (): pulumi.Output<string> =>
  new (pulumi.Output as unknown as new (...args: unknown[]) => pulumi.Output<string>)(
    new Set(),
    Promise.resolve(undefined),
    Promise.resolve(false),
    Promise.resolve(false),
    Promise.resolve(new Set()),
  );

const files = (name: string) => (path: string) => mocked.resource(`${name}${path}`).inputs.content;

/** Activates a host with these args, and tells the content of its files. */
function activated(name: string, changes: Partial<MailServerArgs>) {
  const valid = validate(exampleArgs(changes));
  const model = modelFor(valid);
  const parent = mocked.parent();
  const keys = createDkimKeys(name, model, parent);
  activateHost(name, valid, model, createHost(name, valid, parent), keys, {
    parent,
    packagesAfter: [],
    activationAfter: [],
  });
  return files(name);
}

describe("a relay host whose name and user are outputs", () => {
  const password = "over: hill";

  it("is in the same files as one that is known at once, when it is known", async () => {
    const text = { hostname: "smtp.example.net", user: "anna" };
    activated("plain", { relayHost: { ...text, password } });
    activated("later", {
      relayHost: { hostname: pulumi.output("SMTP.example.net"), user: pulumi.output(text.user), password },
    });
    await mocked.settled();
    const paths = [...mocked.resources.keys()].filter((name) => name.startsWith("plain/")).map((name) => name.slice(5));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) expect([path, files("later")(path)]).toEqual([path, files("plain")(path)]);
  });

  it("leaves unknown in a preview only the file that names it", async () => {
    activated("unknown", { relayHost: { hostname: unknown() } });
    await mocked.settled();
    const contents = [...mocked.resources.values()].filter(({ name }) => name.startsWith("unknown/"));
    const missing = contents.filter(({ inputs }) => typeof inputs.content !== "string").map(({ name }) => name);
    expect(missing).toEqual(["unknown/etc/postfix/main.cf"]);
  });

  it("is judged when it is known, and a secret is not repeated", async () => {
    const said = (relayHost: MailServerArgs["relayHost"]) =>
      failures(() => [...lateTexts(validate(exampleArgs({ relayHost }))).values()]);
    expect(await said({ hostname: pulumi.output("no name") })).toEqual([expect.stringMatching(/^"no name" has/)]);
    const own = pulumi.output("mail.example.org");
    expect(await said({ hostname: own })).toEqual([expect.stringContaining("this server itself")]);
    expect(await said({ hostname: "smtp.example.net", user: pulumi.secret("an na"), password })).toEqual([
      expect.stringMatching(/^A secret of the mail server is not a name to log in with/),
    ]);
  });

  it("has a mark in the model that no file of a known one has", () => {
    const { hostname } = modelFor(validate(exampleArgs({ relayHost: { hostname: unknown() } }))).relayHost ?? {};
    expect(hostname).toBe("\0relayHost.hostname\0");
    const texts = JSON.stringify(roles(modelFor(validate(exampleArgs()))));
    expect(texts).not.toContain("\\u0000");
  });
});

describe("DNS whose place is an output", () => {
  const parent = () => mocked.parent();
  const record = exampleRecord("A", "mail.example.org", "198.51.100.7");

  it("is a Cloudflare zone that is looked up once it is known", async () => {
    mocked.answers["cloudflare:index/getZone:getZone"] = { name: "example.net" };
    const at = (zoneId: pulumi.Input<string>) => validate(exampleArgs({ dns: { cloudflare: { zoneId } } }));
    await findZones(at(unknown()), [record], () => ({ parent: parent() }));
    await expect(findZones(at(pulumi.output("0".repeat(32))), [record], () => ({ parent: parent() }))).rejects.toThrow(
      /outside the zone/,
    );
    publishers(at(pulumi.output("0".repeat(32))), () => ({}))(record)?.("known-zone", record, pulumi.output(record), {
      parent: parent(),
    });
    await mocked.settled();
    expect(mocked.resource("known-zone").inputs).toMatchObject({ zoneId: "0".repeat(32), name: "mail.example.org" });
  });

  it("is a name server whose address and key are known later", async () => {
    const rfc2136 = { keyName: pulumi.output("key"), keySecret: "dG9wLXNlY3JldC1rZXk=" };
    for (const [name, server] of [
      ["server-later", pulumi.output("192.0.2.53")],
      ["server-unknown", unknown()],
    ] as const) {
      const args = validate(exampleArgs({ dns: { rfc2136: { ...rfc2136, server } } }));
      publishers(args, () => ({}))(record)?.(name, record, pulumi.output(record), { parent: parent() });
    }
    await mocked.settled();
    const { environment } = mocked.resource("server-later").inputs as { environment: Record<string, string> };
    expect(environment).toMatchObject({ SERVER: "192.0.2.53 53", RECORD: expect.stringContaining("198.51.100.7") });
    const other = mocked.resource("server-unknown").inputs as { environment: Record<string, string> };
    expect(other.environment.RECORD).toBe(environment.RECORD);
  });
});

it("a list of mailboxes that is an output is refused with the way to give secrets", () => {
  const mailboxes = pulumi.secret([{ address: "anna@example.org", password: "a walk by the sea" }]);
  const refused = () => validate({ ...exampleArgs(), mailboxes } as unknown as MailServerArgs);
  expect(refused).toThrow(/mailboxes: is an output; .*password: config\.requireSecret\(/);
  expect(refused).not.toThrow(/aliases/);
});

/** How outputs fail. Pulumi leaves several promises of each to themselves, and ends the program on them. */
async function failures<T>(make: () => pulumi.Output<T>[]): Promise<string[]> {
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", () => {});
  const settled = await Promise.allSettled(
    make().map((output) => (output as unknown as { promise(): Promise<T> }).promise()),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.removeAllListeners("unhandledRejection");
  for (const listener of listeners) process.on("unhandledRejection", listener);
  return settled.flatMap((each) => (each.status === "rejected" ? [(each.reason as Error).message] : []));
}
