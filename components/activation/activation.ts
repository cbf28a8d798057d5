import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { WantedHost } from "../roles/role";
import { agentSource } from "./agentSource";
import { applyCommand, removeCommand } from "./remoteCommand";

/** The wanted state of a host and the way to it. */
export interface ActivationArgs {
  connection: command.types.input.remote.ConnectionArgs;
  /** User that the connection logs in as. */
  user: string;
  /** Everything that the host should be. Holds secrets. */
  wanted: pulumi.Output<WantedHost>;
}

/**
 * Changes a host in one transaction over one SSH connection: the wanted state goes to the agent's standard input and so appears in no command
 * line, log or error text. Destroying it stops the services and gives the host's own files back; mail stays.
 */
export class Activation extends pulumi.ComponentResource {
  /** SHA-256 over all that is managed on the host, as the host reported it. */
  readonly manifestHash: pulumi.Output<string>;

  constructor(name: string, args: ActivationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mailserver:index:Activation", name, {}, opts);
    const bundle = args.wanted.apply((wanted) => JSON.stringify({ agent: agentSource(), wanted }));
    const run = new command.remote.Command(
      `${name}-command`,
      {
        connection: args.connection,
        create: applyCommand(args.user),
        update: applyCommand(args.user),
        delete: removeCommand(args.user),
        stdin: pulumi.secret(bundle),
        addPreviousOutputInEnv: false,
        logging: command.remote.Logging.Stderr,
      },
      {
        parent: this,
        // The component waits for these anyway; on the command they count for destroying, too.
        dependsOn: opts?.dependsOn,
        // The old state must be off the host before the new one goes on, or it would take the new one down.
        deleteBeforeReplace: true,
        additionalSecretOutputs: ["stdout", "stderr"],
        hideDiffs: ["stdin"],
        customTimeouts: { create: "30m", update: "30m", delete: "10m" },
      },
    );
    this.manifestHash = pulumi.unsecret(
      run.stdout.apply((text) => (JSON.parse(text) as { manifest: string }).manifest),
    );
    this.registerOutputs({ manifestHash: this.manifestHash });
  }
}
