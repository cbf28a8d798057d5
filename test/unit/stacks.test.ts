import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { MailServerArgs } from "../../components/args";
import { validate } from "../../components/validate";

const folder = join(__dirname, "../../stacks");
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/** Args as the program reads them: texts that are JSON are what they say. */
function argsOf(file: string): MailServerArgs {
  const { config } = parse(readFileSync(join(folder, file), "utf8"));
  const value = (text: unknown) => (text === "true" || text === "false" ? text === "true" : text);
  const members = Object.entries(config).map(([key, text]) => [key.replace(/^mail:/, ""), value(text)]);
  return Object.fromEntries(members);
}

test.each(files)("the stack file %s lacks nothing but what a person has to fill in", (file) => {
  const args = argsOf(file);
  const host = args.host as Record<string, { hostKey: string }>;
  Object.values(host)[0]!.hostKey = hostKey;
  for (const mailbox of args.mailboxes ?? []) mailbox.password ??= "correct-horse-battery";
  for (const place of [args.dns, args.reverseDns]) if (place?.rfc2136) place.rfc2136.keySecret = "c2VjcmV0";
  expect(() => validate(args)).not.toThrow();
});

test.each(files.filter((file) => file !== "Pulumi.local.yaml"))(
  "the stack file %s is refused as long as it is not filled in",
  (file) => {
    expect(() => validate(argsOf(file))).toThrow(/hostKey[\s\S]*mailboxes\[0\]/);
  },
);
