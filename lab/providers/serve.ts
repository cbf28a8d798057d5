import { main } from "@pulumi/pulumi/provider";
import { tellConfiguration } from "./configuration";
import { answerInDetail } from "./detailedDiffs";
import { allowImports } from "./importing";
import { connectMessages, messagesTo } from "./messages";
import { type FunctionType, type ResourceType, standIn } from "./standIn";
import type { Values } from "./values";

/** Replaced by the version of the npm package when the plugin is bundled. */
declare const PLUGIN_VERSION: string;

/**
 * Runs the plugin: prints its port and answers the engine until the engine ends it.
 *
 * @param configure what is done with the provider's configuration
 */
export function serve(
  name: string,
  types: ResourceType[],
  functions: FunctionType[] = [],
  configure: (configuration: Values) => void = () => {},
): void {
  const args = process.argv.slice(2);
  allowImports();
  connectMessages(args.find((arg) => !arg.startsWith("-")));
  const plugin = standIn(name, PLUGIN_VERSION, types, messagesTo, functions);
  answerInDetail(plugin.details);
  tellConfiguration(configure);
  main(plugin, args).catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
