import * as pulumi from "@pulumi/pulumi";
import type { MailServerArgs } from "../index";

/**
 * The args as they stand in the stack's configuration file, each member of {@link MailServerArgs} under its own name after
 * `namespace:`. Values that were set with `--secret` are in clear here: the component itself makes a secret of what must be one.
 */
export function mailServerArgs(namespace: string): MailServerArgs {
  const prefix = `${namespace}:`;
  const members = Object.entries(pulumi.runtime.allConfig())
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, text]) => [key.slice(prefix.length), text])
    .map(([member = "", text = ""]) => [member, member === "reapply" ? text : parse(text)]);
  if (members.length === 0) {
    throw new pulumi.RunError(
      `The stack's configuration has no value under ${prefix} – start from one of the files in stacks/, such as stacks/Pulumi.local.yaml`,
    );
  }
  return Object.fromEntries(members);
}

/** Structured values arrive as JSON, the others as they were written. (`reapply` is any text, a number included.) */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
