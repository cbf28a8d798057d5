import * as pulumi from "@pulumi/pulumi";
import type { MachineModel } from "../model";
import type { Platform } from "../platforms/platform";
import type { RoleFile } from "../role";
import { passwdFile } from "./passwdFile/store";
import { systemAccounts } from "./systemAccounts/store";
import type { UserArgs, UserSources, UserStore } from "./userStore";

/** The stores of mailboxes, in the order in which Dovecot asks them. */
export const userStores: UserStore[] = [passwdFile, systemAccounts];

/** What the secret files of the stores are made of, by the names of the stores. */
export type UserSecrets = Record<string, unknown>;

/** Packages by which Postfix and Dovecot ask the stores. */
export function userPackages(platform: Platform): string[] {
  return userStores.flatMap(({ packages }) => packages?.(platform) ?? []);
}

/** Look-ups of main.cf by which Postfix asks the stores, `of` one kind. */
export function userMaps(model: MachineModel, of: "mailboxMap" | "localMap" | "senderMap"): string[] {
  return userStores.flatMap((store) => (has(store, model) ? (store[of] ?? []) : []));
}

/** Whether a server has people of a store. */
function has({ enabled }: UserStore, model: MachineModel): boolean {
  return enabled?.(model) ?? true;
}

/** Files of the stores that Postfix reads. */
export function postfixUserFiles(model: MachineModel, transport: string): RoleFile[] {
  return userStores.flatMap((store) => (has(store, model) ? store.postfixFiles(model, transport) : []));
}

/** Files of the stores that Dovecot reads. */
export function dovecotUserFiles(model: MachineModel, secrets: UserSecrets, endSessions: string[][]): RoleFile[] {
  return userStores.flatMap((store) =>
    has(store, model) ? store.dovecotFiles(model, secrets[store.name], endSessions) : [],
  );
}

/** `passdb` and `userdb` of dovecot.conf. */
export function userDatabases(model: MachineModel): string {
  return userStores
    .filter((store) => has(store, model))
    .map(({ dovecot }) => dovecot[model.platform.dovecot.dialect](model))
    .join("\n");
}

/** The secrets of all stores; made by resources where nobody gave them. */
export function userSecrets(sources: UserSources): pulumi.Output<UserSecrets> {
  const own = userStores.flatMap(({ name, secrets }) => (secrets ? [[name, secrets(sources)] as const] : []));
  return pulumi.secret(pulumi.output(Object.fromEntries(own) as pulumi.Inputs)) as pulumi.Output<UserSecrets>;
}

/** Says of an address whether it is a mailbox; undefined where only the database of a store knows. */
export function knownMailbox(args: UserArgs): (address: string) => boolean | undefined {
  const stores = userStores.map(({ knows }) => knows(args));
  return (address) => {
    const answers = stores.map((knows) => knows(address));
    return answers.includes(true) || (answers.includes(undefined) ? undefined : false);
  };
}
