import * as pulumi from "@pulumi/pulumi";
import type { MailServerArgs } from "../index";

/**
 * The args as they stand in the stack's configuration file, under `mail:`, each member of {@link MailServerArgs} with its own
 * name. Values that were set with `--secret` are read too: the component itself keeps what must be secret a secret.
 */
export async function mailServerArgs(config: pulumi.Config): Promise<MailServerArgs> {
  const prefix = `${config.name}:`;
  const members = Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
  if (members.length === 0) {
    throw new pulumi.RunError(
      `The stack's configuration has no value under ${prefix} – start from one of the files in stacks/, such as stacks/Pulumi.local.yaml`,
    );
  }
  const entries = await Promise.all(
    members.map(async (member) => [member, parse(await plain(config.requireSecret(member)))]),
  );
  return Object.fromEntries(entries);
}

/** Structured values arrive as JSON, the others as they were written. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function plain(value: pulumi.Output<string>): Promise<string> {
  return new Promise((resolve) => value.apply(resolve));
}
