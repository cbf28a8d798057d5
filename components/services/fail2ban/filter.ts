import type { MachineModel } from "../../model";

/**
 * How Dovecot logs a password or a name that is wrong, of IMAP, POP3 and submission alike; 2.3 first, then 2.4. `<ADDR>` is an address, never a name that
 * would have to be looked up.
 *
 * The fail2ban of Debian 13 knows nothing of what Dovecot 2.4 writes. Each expression holds from the first character to the last, and the name of the mailbox
 * has no character that ends it: no name can put another address into a line. So names with characters that no mailbox has are not counted.
 */
export const failedLogins = [
  String.raw`^\s*\S+ dovecot(?:\[\d+\])?: auth: [a-z-]+\([^,()<>]*,<ADDR>(?:,<[\w+/]+=*>)?\): (?:Password mismatch|unknown user)$`,
  String.raw`^\s*\S+ dovecot(?:\[\d+\])?: auth\([^,()<>]*,<ADDR>,sasl:[\w-]+\)(?:<[\w+/]+=*>)?: [a-z-]+: (?:Password mismatch|unknown user)$`,
];

/** The same of accounts of the machine, which PAM judges. */
export const failedAccounts = [
  String.raw`^\s*\S+ dovecot(?:\[\d+\])?: auth-worker\(\d+\): conn unix:auth-worker \(pid=\d+,uid=\d+\): auth-worker<\d+>: pam\([^,()<>]*,<ADDR>(?:,<[\w+/]+=*>)?\): pam_authenticate\(\) failed: Authentication failure \(Password mismatch\?\)$`,
  String.raw`^\s*\S+ dovecot(?:\[\d+\])?: auth-worker\([^,()<>]*,<ADDR>(?:,sasl:[\w-]+)?\)<\d+>(?:<[\w+/]+=*>)?: request \[\d+\]: pam: pam_authenticate\(\) failed: Authentication failure \(Password mismatch\?\)$`,
];

/** A filter of fail2ban (jail.conf(5)). The journal itself vouches for the unit, so that no other program speaks for Dovecot. */
export function filter({ systemAccounts }: Pick<MachineModel, "systemAccounts">): string {
  const failures = [...failedLogins, ...(systemAccounts ? failedAccounts : [])];
  return `[Definition]
failregex = ${failures.join("\n            ")}
journalmatch = _SYSTEMD_UNIT=dovecot.service
`;
}
