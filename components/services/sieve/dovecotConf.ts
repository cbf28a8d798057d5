import { createHash } from "node:crypto";
import type { DovecotContribution } from "../contributions";
import type { Scripts } from "./scripts";

/** Global scripts, and those of mailboxes whose owners have none of their own. */
export const scriptFolder = "/etc/dovecot/sieve";

/**
 * What Dovecot makes of the scripts that are not people's own. It takes a compiled script for current that is not older than its text, as one may be that was
 * compiled a moment before a change or before a rollback: so each set of texts has a folder of its own.
 */
export const compiledFolder = "/var/cache/mailserver-sieve";

/** Where the script of a mailbox lies. */
export function mailboxScript(user: string, domain: string): string {
  return `${scriptFolder}/mailboxes/${domain}/${user}.sieve`;
}

/** What Sieve adds to Dovecot, in each of its languages. */
export function dovecotConf(own: Scripts): DovecotContribution {
  const digest = createHash("sha256").update(JSON.stringify(own)).digest("hex").slice(0, 16);
  const compiled = `${compiledFolder}/${digest}`;
  const global = (["before", "after"] as const).filter((when) => own[when] !== "");
  const ofMailboxes = own.mailboxes.length > 0;
  return {
    protocols: ["sieve"],
    conf: {
      "2.3": block(
        "protocol lmtp {",
        "  mail_plugins = $mail_plugins sieve",
        "}",
        "plugin {",
        "  sieve = file:~/sieve;active=~/.dovecot.sieve",
        ...(ofMailboxes
          ? [
              `  sieve_default = file:${mailboxScript("%Ln", "%Ld")};bindir=${compiled}/mailboxes/%Ld`,
              `  sieve_default_name = ${defaultName}`,
            ]
          : []),
        ...global.map((when) => `  sieve_${when} = file:${scriptFolder}/${when}.sieve;bindir=${compiled}`),
        "  sieve_redirect_envelope_from = recipient",
        "}",
      ),
      "2.4": block(
        "protocol lmtp {",
        "  mail_plugins {",
        "    sieve = yes",
        "  }",
        "}",
        "sieve_script personal {",
        "  type = personal",
        "  path = ~/sieve",
        "  active_path = ~/.dovecot.sieve",
        "}",
        ...(ofMailboxes
          ? [
              `sieve_script ${defaultName} {`,
              "  type = default",
              `  name = ${defaultName}`,
              `  path = ${mailboxScript("%{user | username | lower}", "%{user | domain | lower}")}`,
              `  bin_path = ${compiled}/mailboxes/%{user | domain | lower}/%{user | username | lower}`,
              "}",
            ]
          : []),
        ...global.flatMap((when) => [
          `sieve_script ${when} {`,
          `  type = ${when}`,
          `  path = ${scriptFolder}/${when}.sieve`,
          `  bin_path = ${compiled}`,
          "}",
        ]),
        "sieve_redirect_envelope_from = recipient",
      ),
    },
  };
}

/** What ManageSieve shows the script of a mailbox as. */
const defaultName = "default";

/** A folder that a script files into is made where it is not there; ManageSieve has one port alone. */
function block(...lines: string[]): string {
  return [
    ...lines,
    "lda_mailbox_autocreate = yes",
    "lda_mailbox_autosubscribe = yes",
    "service managesieve-login {",
    "  inet_listener sieve {",
    "    port = 4190",
    "  }",
    "}",
  ].join("\n");
}
