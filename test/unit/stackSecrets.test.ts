import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { type Member, membersOf, objectIn } from "../../components/declaration";
import { mailServerSchema } from "../../components/schema";
import { withSecrets } from "../../components/stackSecrets";
import { validate } from "../../components/validate";
import { mailServerArgs } from "../../stacks/config";
import { exampleArgs } from "./fixture";

const canary = "the-canary";

interface Place {
  path: (string | number)[];
  member: Member;
}

/** Every member of the args, at any depth; those of lists in their first element. */
function places(members: Member[], path: Place["path"] = []): Place[] {
  return members.flatMap((member) => {
    const here = [...path, member.name];
    const object = objectIn(member);
    const within = member.type._zod.def.type === "array" ? [...here, 0] : here;
    return [{ path: here, member }, ...(object ? places(membersOf(object), within) : [])];
  });
}

/** A value in the place of a member, and nothing else beside it. */
const inPlace = ([first, ...rest]: Place["path"], value: unknown): unknown => {
  if (first === undefined) return value;
  return typeof first === "number" ? [inPlace(rest, value)] : { [first]: inPlace(rest, value) };
};

const valueAt = (value: unknown, path: Place["path"]) =>
  path.reduce<unknown>((each, key) => (each as Record<string | number, unknown> | undefined)?.[key], value);

const all = places(membersOf(mailServerSchema));
const text = ([first, ...rest]: Place["path"]) =>
  rest.reduce<string>((path, key) => (typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`), `${first}`);

describe("a value that was set with --secret", () => {
  it("is a secret or refused, whatever member of the args it is, and never in clear", async () => {
    const kept: string[] = [];
    const refused: string[] = [];
    for (const { path, member } of all) {
      const [name, ...rest] = path;
      const read = () => withSecrets("mail", `${name}`, inPlace(rest, canary), inPlace(rest, { secure: "v1:cipher" }));
      if (member.meta.type === undefined) {
        expect(read).toThrow(`mail:${text(path)} was set with --secret, but it cannot be kept secret`);
        expect(read).not.toThrow(canary);
        refused.push(text(path));
        continue;
      }
      const value = valueAt({ [`${name}`]: read() }, path);
      if (member.meta.secret) {
        // The component's own secrets: `secretInput`.
        expect([text(path), value]).toEqual([text(path), canary]);
        kept.push(text(path));
        continue;
      }
      expect([text(path), pulumi.Output.isInstance(value) && (await pulumi.isSecret(value))]).toEqual([
        text(path),
        true,
      ]);
      kept.push(text(path));
    }
    expect(kept.length + refused.length).toBe(all.length);
    expect(kept).toEqual(expect.arrayContaining(["mailboxes[0].password", "relayHost.user", "dns.cloudflare.zoneId"]));
    expect(kept.length).toBeGreaterThan(25);
    expect(refused.length).toBeGreaterThan(80);
  });

  it("beside others leaves those as they are, where the stack's file says which it is", async () => {
    const value = [{ address: "anna@example.org", password: canary }];
    const written = [{ address: "anna@example.org", password: { secure: "v1:cipher" } }];
    const [mailbox] = withSecrets("mail", "mailboxes", value, written) as { address: string; password: unknown }[];
    expect(mailbox?.address).toBe("anna@example.org");
    const [valid] = validate(
      exampleArgs({ mailboxes: [{ address: "anna@example.org", password: "a walk by the sea" }], aliases: [] }),
    ).mailboxes;
    expect(mailbox?.password).toBe(canary);
    expect(await pulumi.isSecret(valid?.password as pulumi.Output<string>)).toBe(true);
  });

  it("is what is always a secret, where no file says which it is, and otherwise whatever may be one", async () => {
    const value = { hostname: "smtp.example.net", port: 587, user: "anna" };
    const relay = withSecrets("mail", "relayHost", value, undefined) as Record<string, unknown>;
    expect(relay.port).toBe(587);
    for (const name of ["hostname", "user"])
      expect([name, pulumi.Output.isInstance(relay[name])]).toEqual([name, true]);
    const withPassword = { ...value, password: canary };
    expect(withSecrets("mail", "relayHost", withPassword, undefined)).toEqual(withPassword);
    expect(() => withSecrets("mail", "aliases", [{ address: "a@example.org" }], undefined)).toThrow(
      /Set it without --secret/,
    );
  });

  it("is refused as a whole list with the way to set the secrets in it", () => {
    expect(() => withSecrets("mail", "mailboxes", [{ password: canary }], { secure: "v1:cipher" })).toThrow(
      "pulumi config set --secret --path 'mail:mailboxes[0].password'",
    );
  });
});

describe("the args of a stack", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stack-"));
    vi.spyOn(pulumi, "getRootDirectory").mockReturnValue(folder);
    vi.spyOn(pulumi, "getStack").mockReturnValue("staging");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    vi.restoreAllMocks();
  });

  it("have the secrets that the file in the project's folder of stack files shows", async () => {
    const mailboxes = [{ address: "anna@example.org", password: canary }];
    const written = [{ address: "anna@example.org", password: { secure: "v1:cipher" } }];
    mkdirSync(join(folder, "stacks"));
    writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "mail", stackConfigDir: "stacks" }));
    writeFileSync(
      join(folder, "stacks", "Pulumi.staging.yaml"),
      stringify({
        config: { "mail:mailboxes": written, "mail:dns": { cloudflare: { zoneId: { secure: "v1:cipher" } } } },
      }),
    );
    pulumi.runtime.setAllConfig(
      {
        "mail:mailboxes": JSON.stringify(mailboxes),
        "mail:hostname": "mail.example.org",
        "mail:triggers": "[7]",
        "mail:dns": JSON.stringify({ cloudflare: { zoneId: "0".repeat(32) } }),
      },
      ["mail:mailboxes", "mail:dns"],
    );
    const args = mailServerArgs("mail");
    expect([args.hostname, args.triggers, args.mailboxes?.[0]?.address]).toEqual([
      ...["mail.example.org", ["7"], "anna@example.org"],
    ]);
    expect(await pulumi.isSecret(args.dns?.cloudflare?.zoneId as pulumi.Output<string>)).toBe(true);
  });
});
