import { describe, expect, it } from "vitest";
import { type StackExport, serverIn } from "../../../cli/stack";
import { findTarget } from "../../../cli/target";
import { hostKey } from "../fixture";

const host = { address: "198.51.100.7", user: "admin", port: 22, hostKey };
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});
const urn = (name: string, type: string) => `urn:pulumi:production::shop::${type}::${name}`;

/** A stack with mail servers of these names. */
function stackWith(...names: string[]): StackExport {
  const resources = names.flatMap((name) => {
    const server = urn(name, "mailserver:index:MailServer");
    const machine = urn(name, "mailserver:index:MailServer$mailserver:index:MailHost");
    const activation = urn(`${name}-host`, "mailserver:index:MailHost$mailserver:index:Activation");
    return [
      {
        urn: server,
        type: "mailserver:index:MailServer",
        outputs: { sshEndpoint: host, manifestHash: "ff", records: {} },
      },
      { urn: machine, type: "mailserver:index:MailHost", parent: server },
      { urn: activation, type: "mailserver:index:Activation", parent: machine },
      {
        urn: urn(`${name}-host-command`, "command:remote:Command"),
        type: "command:remote:Command",
        parent: activation,
        inputs: { connection: secret({ privateKey: `key of ${name}` }) },
      },
    ];
  });
  return { deployment: { resources } };
}

describe("the mail server of a stack", () => {
  it("the mail server of a stack is found whatever the program exports, with the way in and what should be there", () => {
    expect(serverIn(stackWith("mail"))).toEqual({
      access: host,
      owner: "shop/production/mail",
      manifestHash: "ff",
      records: [],
      connection: { privateKey: "key of mail" },
    });
  });

  it("the mail server of a stack is found where its activation lies straight below it, as an earlier version deployed it", () => {
    const [server, , activation, command] = stackWith("mail").deployment.resources ?? [];
    const earlier = [server, { ...activation, parent: server?.urn }, command];
    expect(serverIn({ deployment: { resources: earlier } } as StackExport)).toMatchObject({
      connection: { privateKey: "key of mail" },
    });
  });

  it("the mail server of a stack is found where the output was called `host`, as an earlier version deployed it", () => {
    const earlier = JSON.parse(JSON.stringify(stackWith("mail")).replace('"sshEndpoint":', '"host":'));
    expect(serverIn(earlier).access).toEqual(host);
  });

  it("the mail server of a stack has no key where secrets were not asked for", () => {
    const hidden = JSON.parse(
      JSON.stringify(stackWith("mail")).replace(/"plaintext":"(?:[^"\\]|\\.)*"/, '"ciphertext":"v1"'),
    );
    expect(serverIn(hidden)).not.toHaveProperty("connection");
  });

  it("the mail server of a stack is chosen by name where there are several", () => {
    expect(serverIn(stackWith("mail", "other"), "other").owner).toBe("shop/production/other");
    expect(() => serverIn(stackWith("mail", "other"))).toThrow("choose one by --server: mail, other");
    expect(() => serverIn(stackWith("mail"), "other")).toThrow("no mail server other; it has: mail");
    expect(() => serverIn({ deployment: {} })).toThrow("no mail server");
  });

  it("the mail server of a stack must have been deployed", () => {
    const planned = stackWith("mail");
    delete planned.deployment.resources?.[0]?.outputs;
    expect(() => serverIn(planned)).toThrow("run `pulumi up` once");
  });
});

describe("a machine named without a stack", () => {
  it("a machine named without a stack needs a login and a host key", async () => {
    const words = { port: "2222", hostKey };
    expect((await findTarget({ ...words, host: "admin@2001:db8::1" })).access).toEqual({
      address: "2001:db8::1",
      user: "admin",
      port: 2222,
      hostKey,
    });
    await expect(findTarget({ ...words, host: "198.51.100.7" })).rejects.toThrow("give user@address");
    await expect(findTarget({ port: "22", host: "root@a.example" })).rejects.toThrow("--host-key is missing");
    await expect(findTarget({ ...words, hostKey: "x", host: "root@a.example" })).rejects.toThrow("--host-key x");
    await expect(findTarget({ ...words, port: "x", host: "root@a.example" })).rejects.toThrow("--port x");
  });
});
