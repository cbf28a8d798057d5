import type { MachineModel } from "../../model";
import type { RoleFile } from "../../role";
import { inQueueDirectory, paths } from "../paths";

/** What a client is told that writes to a full mailbox, and one whose message an empty one would not hold (RFC 3463 section 3.3). */
const overQuota = "552 5.2.2 The mailbox is full";
const tooLarge = "552 5.2.3 The message is larger than the mailbox";

/** Restriction of smtpd(8) that asks Dovecot whether a recipient's mailbox has room. */
export const quotaCheck = `check_policy_service unix:${inQueueDirectory(paths.quotaSocket)}`;

const warningScript = "/usr/local/lib/pulumi-mailserver/quota-warning";

/**
 * Limits in the language of Dovecot 2.3; nothing where no mailbox has one. What Postfix has taken is delivered whatever the limit: a refusal would be a bounce. So the
 * limits bind where a client can still be told, at RCPT and in IMAP.
 */
export function quota23({ quota, systemAccounts }: MachineModel): string {
  if (!quota) return "";
  return `
mail_plugins = $mail_plugins quota
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
protocol lmtp {
  plugin {
    quota = count:User quota:noenforcing
  }
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
  quota_rule = *:storage=${quota.storageSize === "unlimited" ? "0" : quota.storageSize}
  quota_warning = storage=${quota.warningPercentage}%% quota-warning ${quota.warningPercentage} %u
  quota_status_success = DUNNO
  quota_status_nouser = DUNNO
  quota_status_overquota = "${overQuota}"
  quota_status_toolarge = "${tooLarge}"
}

${services(systemAccounts !== undefined)}
`;
}

/** As {@link quota23}, in the language of Dovecot 2.4. */
export function quota24({ quota, systemAccounts }: MachineModel): string {
  if (!quota) return "";
  return `
mail_plugins {
  quota = yes
}
protocol imap {
  mail_plugins {
    imap_quota = yes
  }
}
protocol lmtp {
  quota_enforce = no
}
quota_driver = count
quota_storage_grace = 0
quota_storage_size = ${quota.storageSize}
quota "User quota" {
  warning filling {
    quota_storage_percentage = ${quota.warningPercentage}
    execute quota-warning {
      args = ${quota.warningPercentage} %{user}
    }
  }
}
quota_status_success = DUNNO
quota_status_nouser = DUNNO
quota_status_overquota = ${overQuota}
quota_status_toolarge = ${tooLarge}

${services(systemAccounts !== undefined)}
`;
}

/** A mailbox is touched by the account that its mail belongs to, which asks for the warning: `vmail`, or any of those `withAccounts`. */
const services = (withAccounts: boolean) => `service quota-status {
  executable = quota-status -p postfix
  client_limit = 1
  unix_listener ${paths.quotaSocket} {
    user = postfix
    group = postfix
    mode = 0600
  }
}

service quota-warning {
  executable = script ${warningScript}
  user = vmail
  unix_listener quota-warning {
    user = vmail
    mode = ${withAccounts ? "0666" : "0600"}
  }
}`;

/** The program that writes to somebody whose mailbox fills up. Its message goes the way of all others; it has no sender, so that nobody answers or gets it back. */
export function quotaFiles({ quota, hostname }: MachineModel): RoleFile[] {
  if (!quota) return [];
  const content = `#!/bin/sh
# Dovecot runs it when a mailbox fills up, with the percentage and the name that its owner logs in by.
exec /usr/sbin/sendmail -i -f '' -- "$2" <<END
From: Mail server <postmaster@${hostname}>
To: <$2>
Subject: Your mailbox is $1 % full
Auto-Submitted: auto-generated
MIME-Version: 1.0
Content-Type: text/plain; charset=us-ascii

The mailbox $2 is more than $1 % full. When it is full, mail to it is
refused until something is deleted, the folder Trash included.
END
`;
  return [{ path: warningScript, owner: "root", group: "root", mode: "0755", content, secret: false }];
}
