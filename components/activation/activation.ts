import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ZodType } from "zod";
import { refuse } from "../refusal";
import type { WantedHost, WantedPackages } from "../role";
import { bundle } from "./bundle";
import { applyCommand, certificateCommand, forgetCommand, installCommand, removeCommand } from "./remoteCommand";
import { activationAnswer, answerIn, certificateAnswer, packagesAnswer } from "./reported";

/** The wanted state of a host and the way to it. */
export interface ActivationArgs {
  connection: command.types.input.remote.ConnectionArgs;
  /** User that the connection logs in as. */
  user: string;
  /** What of `wanted` decides about packages. */
  packages: pulumi.Output<WantedPackages>;
  /** Everything that the host should be. Holds secrets. */
  wanted: pulumi.Output<WantedHost>;
  /** What the server's certificate follows from: where it changes, the certificate's key and account are read anew. */
  certificateSource: pulumi.Input<unknown>[];
  /** When these texts change, the host is activated again, as it is when `wanted` changes. */
  triggers: string[];
  /** What packages are installed after: the machine is changed by it. */
  packagesAfter: pulumi.Input<pulumi.Resource[]>;
  /** What the host is activated after, besides. */
  activationAfter: pulumi.Input<pulumi.Resource[]>;
}

/**
 * Changes a host in one transaction over one SSH connection, and has packages installed before, over another, where other ones are wanted. The wanted state goes to
 * the agent's standard input and so appears in no command line, log or error text. Destroying it stops the services and gives the host's own files back; mail stays.
 */
export class Activation extends pulumi.ComponentResource {
  /** SHA-256 over all that is managed on the host, as the host reported it. */
  readonly manifestHash: pulumi.Output<string>;
  /** SHA-256 of the SubjectPublicKeyInfo of the server's certificate, hex: what a TLSA record 3 1 1 holds. Stays the same over renewals. */
  readonly certificateSpkiSha256: pulumi.Output<string>;
  /** URI of the ACME account that the certificates are issued to: what a CAA record may name (`accounturi`, RFC 8657). */
  readonly acmeAccountUri: pulumi.Output<string>;
  /** The last of its steps: who waits for this one waits for all, and has one name in the state instead of each. */
  readonly last: pulumi.Resource;

  constructor(name: string, args: ActivationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mailserver:index:Activation", name, {}, opts);
    // Left out of the bundle where there are none.
    const triggers = args.triggers.length > 0 ? args.triggers : undefined;
    const steps = {
      connection: args.connection,
      addPreviousOutputInEnv: false,
      logging: command.remote.Logging.Stderr,
    };
    const guarded = {
      parent: this,
      additionalSecretOutputs: ["stdout", "stderr"],
      customTimeouts: { create: "30m", update: "30m", delete: "10m" },
    };
    // By itself, as it takes longest and needs no name: names are published, and awaited, meanwhile.
    const packages = new command.remote.Command(
      `${name}-packages`,
      {
        ...steps,
        create: installCommand(args.user),
        update: installCommand(args.user),
        // Packages stay; what else it took is given back where the activation never came.
        delete: forgetCommand(args.user),
        // Nothing in it is secret; it would fill a screen.
        stdin: pulumi.secret(args.packages.apply((wanted) => bundle({ wanted }))),
      },
      { ...guarded, dependsOn: args.packagesAfter },
    );
    const run = new command.remote.Command(
      `${name}-command`,
      {
        ...steps,
        create: applyCommand(args.user),
        update: applyCommand(args.user),
        delete: removeCommand(args.user),
        stdin: pulumi.secret(args.wanted.apply((wanted) => bundle({ wanted, triggers }))),
      },
      {
        ...guarded,
        // Not on the component: all that is in it would wait.
        dependsOn: pulumi.output(args.activationAfter).apply((others) => [packages, ...others]),
        // The old state must be off the host before the new one goes on, or it would take the new one down.
        deleteBeforeReplace: true,
      },
    );
    // By itself: what the command above says is unknown in each preview that changes the host, and so would be the records that say this.
    const certificate = new command.remote.Command(
      `${name}-certificate`,
      {
        ...steps,
        create: certificateCommand(args.user),
        // An empty text where there are none: a state of an earlier version has it, and another list would replace the command.
        triggers: [...args.certificateSource, ...(triggers ?? [""])],
        logging: command.remote.Logging.None,
      },
      { parent: this, dependsOn: run },
    );
    // None of these is secret, although the agent is told secrets and may print more than these.
    const told = <T>(from: command.remote.Command, judge: ZodType<T>) =>
      pulumi.unsecret(from.stdout.apply((text) => answerOf(text, judge, this)));
    const ofCertificate = told(certificate, certificateAnswer);
    this.manifestHash = pulumi
      .all([told(run, activationAnswer), told(packages, packagesAnswer)])
      .apply(([{ manifest }]) => manifest);
    this.certificateSpkiSha256 = ofCertificate.apply(({ certificateKey }) => certificateKey);
    this.acmeAccountUri = ofCertificate.apply(({ acmeAccount }) => acmeAccount);
    this.last = certificate;
    this.registerOutputs({
      manifestHash: this.manifestHash,
      certificateSpkiSha256: this.certificateSpkiSha256,
      acmeAccountUri: this.acmeAccountUri,
    });
  }
}

async function answerOf<T>(printed: string, judge: ZodType<T>, about: pulumi.Resource): Promise<T> {
  try {
    return answerIn(printed, judge, remedy);
  } catch (error) {
    return refuse((error as Error).message, about);
  }
}

const remedy =
  "See that a command over SSH runs as it is there, and is not answered by something else (a forced command, a shell's start-up file that ends the shell); then change the mail server's `triggers` and run `pulumi up`.";
