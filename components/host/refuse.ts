import * as pulumi from "@pulumi/pulumi";
import { refusal } from "../refusal";

/**
 * Ends the program because of something that is known only when outputs are. The message goes to the log by itself, too: what the
 * engine makes of a failed output names every property that it was to be part of.
 */
export async function refuse(problem: string, about: pulumi.Resource): Promise<never> {
  await pulumi.log.error(problem, about);
  throw refusal(problem);
}
