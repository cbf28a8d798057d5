import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { MachineModel } from "../model";
import type { DovecotFeatures, Platform } from "../platforms/platform";
import type { RoleFile } from "../role";
import type { mailboxMembers } from "../schemaMailboxes";

/**
 * Where mailboxes and their passwords are kept: a folder beside this file, and one entry in the list of `index.ts`. Postfix asks it who has a mailbox, Dovecot
 * who may log in and where the mail lies.
 *
 * `Secrets` is what its secret files are made of.
 */
export interface UserStore<Secrets = unknown> {
  /** Its name, unique among the stores. */
  name: string;
  /** Packages by which Postfix and Dovecot ask it. @default - they can by themselves */
  packages?(platform: Platform): string[];
  /** Whether a server has people of it. @default - every server may */
  enabled?(model: MachineModel): boolean;
  /** Look-up by which Postfix knows the addresses of mailboxes (`virtual_mailbox_maps`). @default - none */
  mailboxMap?: string;
  /** Look-up by which Postfix knows who has mail at the machine's own names, and how it is delivered (`mailbox_transport_maps`). @default - none */
  localMap?: string;
  /** Look-up by which Postfix knows who may send as what (`smtpd_sender_login_maps`), beside that of the stack's aliases. @default - none */
  senderMap?: string;
  /**
   * Files that Postfix reads.
   *
   * @param transport by which it hands mail to Dovecot (transport(5))
   */
  postfixFiles(model: MachineModel, transport: string): RoleFile[];
  /** `passdb` and `userdb` in each language of Dovecot. */
  dovecot: Record<DovecotFeatures["dialect"], (model: MachineModel) => string>;
  /**
   * Files that Dovecot reads.
   *
   * @param secrets without them, as far as anybody may see the files
   * @param endSessions as in `RoleFile`, for a file with a line for each person
   */
  dovecotFiles(model: MachineModel, secrets: Secrets | undefined, endSessions: string[][]): RoleFile[];
  /** What its secret files are made of. @default - it has none */
  secrets?(sources: UserSources): pulumi.Output<Secrets>;
  /** Whether an address is a mailbox; undefined where only its database knows. */
  knows(args: UserArgs): (address: string) => boolean | undefined;
}

/** What the args say of mailboxes. */
export interface UserArgs {
  mailboxes: z.output<typeof mailboxMembers.mailboxes>;
  systemAccounts?: z.output<typeof mailboxMembers.systemAccounts>;
  hostname?: string;
}

/** What secrets of mailboxes are made of. */
export interface UserSources {
  /** Name of the component, with which the names of resources begin. */
  name: string;
  args: UserArgs;
  parent: pulumi.Resource;
}
