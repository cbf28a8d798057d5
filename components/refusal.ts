import * as pulumi from "@pulumi/pulumi";

/**
 * An error in words for a person, thrown while outputs are awaited. It has no stack trace: Pulumi would not show it, but has Node.js format it, and
 * Node.js 20 never comes to an end with the paths that Pulumi's source maps put there (`node_modules/@pulumi/output.ts`).
 */
export function refusal(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = message;
  return error;
}

/**
 * Refuses what other resources take their inputs from. The message goes to the log by itself, too: what the engine makes of the failed output begins with
 * every property that it was to be part of.
 */
export async function refuse(message: string, about: pulumi.Resource): Promise<never> {
  await pulumi.log.error(message, about);
  throw refusal(message);
}
