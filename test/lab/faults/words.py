"""Holds a wrong value of every setting of Dovecot, or every parameter of OpenDKIM, against what judges them, and prints those that get through.

Runs on a machine with the mail server, beside the agent's modules. Arguments: `dovecot` or `opendkim`; with `dovecot`, of how many settings one is tried that only a start of
Dovecot judges. Prints how many were tried, how many take any text and so were not, and the names that got through.
"""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys

import dovecot
import filesystem
import opendkim
import paths

WRONG = "nosuch explode"

# Settings whose value is any text, by kind. None of them is a number, a size, a time, yes or no, or one of a list of words.
FREE = {
    "a path": r"\S+_(path|dir|dirs|file|socket|sockets|bin_dir|db_config)|valid_chroot_dirs|sendmail_path|\S+_keytab|\S+_attachment_fs|mail_attribute_dict",
    "a login, a password or a secret": r"\S*(user|username|password|nonce|api_key|api_header|realm|realms|authz_id|dn|master_user_separator|key_name)",
    "a host": r"\S*(host|hostname|servers|server|source_ips|proxy_self|domain|uris|url)|hostname|director_\S+",
    "a text for people or logs": r"\S*(format|prefix|comment|greeting|reason|subject|message|description|cause|_elements|log_timestamp|from_name|template)",
    "a name that somebody gives": r"\S*_name|instance_name|\S*_(mailbox|flag|header|headers|key|tag|pattern|filter|query|table|attribute|field|base|id|fields|include|current|mask|value|char|group_by_\w+|modifier)|hostname|postmaster_address|mail_server_admin",
    "a rule of a plugin": r"acl_(groups|rights)|apparmor_hats|fts_(driver|header_\w+)|\S+_listener_(group|type)|metric_exporter|(ldap|mysql|pgsql)_\S+",
    "of Pigeonhole, which is not installed": r"sieve_\S+",
    "sent or passed on as it is": r"imap_(capability|id_log|id_send)|auth_policy_request_attributes|import_environment|dsync_\S+|execute_args|rejection_\S+|recipient_delimiter|auth_username_\w+|auth_default_\w+|quota_status_\w+|\S*_cmd|\S+_parameters|\S+_allowed_commands|ssl_client_ca|\S*_scope|\S*_audience|\S*_issuers",
}  # fmt: skip


# Parameters of opendkim.conf(5) that take any name, address, host, header or text; some count only where there is no KeyTable.
FREE_OF_OPENDKIM = set(
    "AuthservID BodyLengthDB Domain DontSignMailTo ExemptDomains ExternalIgnoreList InternalHosts KeyFile KeyTable LDAPAuthName LDAPAuthRealm LDAPAuthUser LDAPBindPassword LDAPBindUser "
    "MacroList MTA MustBeSigned OmitHeaders OversignHeaders PeerList RedirectFailuresTo RemoveARFrom ReplaceHeaders ReportAddress ReportBccAddress "
    "SelectCanonicalizationHeader Selector SenderHeaders SenderMacro SignHeaders StatisticsName StatisticsPrefix SyslogName TestDNSData TrustSignaturesFrom "
    "VBR-Certifiers VBR-TrustedCertifiers VBR-Type".split()
)


def said_by(*words: str) -> str:
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return ended.stdout


def kind_of(name: str) -> str | None:
    return next((kind for kind, names in FREE.items() if re.fullmatch(names, name)), None)


def of_dovecot(step: int) -> None:
    config = paths.SCRATCH + "/etc/dovecot/dovecot.conf"
    os.makedirs(os.path.dirname(config), exist_ok=True)
    with open("/etc/dovecot/dovecot.conf", encoding="utf-8") as file:
        original = file.read()
    lmtp, mailboxes = "/var/spool/postfix/private/dovecot-lmtp", "/var/mail/vhosts"
    with open("/etc/dovecot/passwd", encoding="utf-8") as file:
        mailbox = file.readline().partition(":")[0]
    # A question to doveconf is a tenth of a start.
    names = re.findall(r"^(\w+) = ", said_by("doveconf", "-a"), re.M)[:: max(1, step // 10)]
    free: list[str] = []
    left: list[str] = []
    for name in names:
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"{original}\n{name} = {WRONG}\n")
        if re.search("Warning:|Error:|Fatal:", said_by("doveconf", "-c", config, "-n")) or dovecot.wrong_words(config) or dovecot.about_the_machine(config):
            continue
        if kind_of(name):
            free.append(name)
        else:
            left.append(name)
    through = []
    for name in left[::step]:
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"{original}\n{name} = {WRONG}\n")
        filesystem.remove_file(f"{config}.apart")
        if not dovecot.ask_dovecot(config, mailbox, lmtp, mailboxes):
            through.append(name)
    print(len(names) - len(free) - len(left) + len(left[::step]), len(free), *through)


def of_opendkim() -> None:
    config = "/root/judge/opendkim.conf"
    with open("/etc/opendkim.conf", encoding="utf-8") as file:
        original = file.read()
    names = re.findall(r"^\.I ([\w-]+) \(", opendkim_manual(), re.M)
    free, through = [], []
    for name in names:
        rest = re.sub(rf"(?im)^{re.escape(name)}\s.*\n", "", original)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"{rest}{name} explode\n")
        if said_by("opendkim", "-n", "-x", config) or opendkim.ask_opendkim(config):
            continue
        (free if name in FREE_OF_OPENDKIM else through).append(name)
    print(len(names) - len(free), len(free), *through)


def opendkim_manual() -> str:
    with gzip.open("/usr/share/man/man5/opendkim.conf.5.gz", "rt", encoding="utf-8") as file:
        return file.read()


def main() -> None:
    of_opendkim() if sys.argv[1] == "opendkim" else of_dovecot(int(sys.argv[2]))


main()
