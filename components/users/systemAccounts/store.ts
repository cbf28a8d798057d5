import type { MachineModel } from "../../model";
import { indexedTable, publicFile, tableCalled } from "../../roleFiles";
import type { UserStore } from "../userStore";

/** Who of those with an account may log in, a name a line. */
const listPath = "/etc/dovecot/system-accounts";

/** Numbers of people's accounts (login.defs(5)). */
export const accountIds = { first: 1000, last: 59_999 };

const pamService = "mailserver";

const table = tableCalled("system-accounts");

/** People with an account on the machine: their mail lies in their homes, and their passwords are those of the system. */
export const systemAccounts = {
  name: "systemAccounts",
  enabled: (model) => model.systemAccounts !== undefined,
  localMap: table.lookup,
  postfixFiles: (model, transport) => [
    indexedTable(
      table.path,
      namesOf(model).map((name) => [name, transport]),
    ),
  ],
  dovecot: {
    "2.3": () => `passdb {
  driver = pam
  args = ${pamService}
  username_filter = !*@*
}
userdb {
  driver = passwd
}`,
    "2.4": () => `passdb pam {
  service_name = ${pamService}
  username_filter = !*@*
}
userdb passwd {
}`,
  },
  dovecotFiles: (model, _secrets, endSessions) => [
    {
      ...publicFile(
        listPath,
        namesOf(model)
          .map((name) => `${name}\n`)
          .join(""),
      ),
      endSessions,
    },
    publicFile(`/etc/pam.d/${pamService}`, pam),
  ],
  knows: ({ systemAccounts, hostname }) => {
    const addresses = new Set(systemAccounts?.names.map((name) => `${name}@${hostname}`));
    return (address) => addresses.has(address);
  },
} satisfies UserStore;

const namesOf = ({ systemAccounts }: MachineModel) => systemAccounts?.names ?? [];

/**
 * pam.d(5). Who is not on the list, or is a part of the system, is refused before the password is looked at: how long that takes tells nothing of root's.
 */
const pam = `auth requisite pam_listfile.so item=user sense=allow onerr=fail quiet file=${listPath}
auth requisite pam_succeed_if.so quiet uid >= ${accountIds.first}
@include common-auth
@include common-account
`;
