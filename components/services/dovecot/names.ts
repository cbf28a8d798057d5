import type { MachineModel } from "../../model";
import { accountIds } from "../../users/systemAccounts/store";

/** Regular expression of the names at which people with an account get mail: those of `mydestination`. */
function ownNames({ hostname }: MachineModel): string {
  const domain = hostname.split(".").slice(1).join("\\.");
  return `(localhost(\\.${domain})?|${hostname.replaceAll(".", "\\.")})`;
}

/** By which name Dovecot 2.3 knows whom a client or Postfix calls so: an account of the machine by its own. */
export function loginName23(model: MachineModel): string {
  return model.systemAccounts ? `%{if;%Ld;~;^${ownNames(model)}$;%Ln;%Lu}` : "%Lu";
}

/** As {@link loginName23}, of Dovecot 2.4. A backslash begins an escape there. */
export function loginName24(model: MachineModel): string {
  return model.systemAccounts
    ? `%{user | lower | regexp("^(.*)@${ownNames(model).replaceAll("\\.", "[.]")}$", "\\\\1")}`
    : "%{user | lower}";
}

/** Whose mail Dovecot touches. */
export function validIds({ systemAccounts }: MachineModel): string {
  const { first, last } = systemAccounts ? accountIds : { first: vmailId, last: vmailId };
  return `first_valid_uid = ${first}\nlast_valid_uid = ${last}`;
}

/** Numeric id of the account that owns the mail of all mailboxes; the same on every machine, so that a restored backup fits. */
export const vmailId = 5000;
