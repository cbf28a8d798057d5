"""What OpenDKIM takes without a word and does not understand: values of opendkim.conf(5) that neither `opendkim -n` nor its start minds."""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections.abc import Callable

from filesystem import read_bytes
from machine import known

ACTION = "an action: accept, discard, quarantine, reject or tempfail"
NETWORKS = "names, addresses and networks"


def is_known_account(value: str) -> bool:
    user, _, group = value.partition(":")
    return bool(known(pwd.getpwnam, user) and (not group or known(grp.getgrnam, group)))


def has_possible_networks(value: str) -> bool:
    """A prefix is as long as an address at most; data sets of other kinds are files, which `opendkim -n` opens."""
    entries = [] if re.match(r"[a-z]+:/|/", value) else re.split(r"[,\s]+", value)
    networks = [entry.rpartition("/") for entry in entries if "/" in entry]
    return all(re.fullmatch(r"\d{1,3}", bits) and int(bits) <= (128 if ":" in address else 32) for address, _, bits in networks)


def is_in_folder(value: str) -> bool:
    """/run/opendkim is there once systemd has started the daemon."""
    return os.path.dirname(value) == "/run/opendkim" or os.path.isdir(os.path.dirname(value))


def is_list_of_addresses(value: str) -> bool:
    return all(re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+", each, re.I) for each in re.split(r"[,\s]+", value))


def words(pattern: str) -> Callable[[str], bool]:
    return lambda value: bool(re.fullmatch(pattern, value, re.I))


# Names, what their values may be, and that in words.
ALLOWED: list[tuple[str, Callable[[str], bool], str]] = [
    (r"On-\w+", words("a|accept|d|discard|q|quarantine|r|reject|t|tempfail"), ACTION),
    ("AutoRestartRate", words(r"\d+/\d+[smhd]?"), "restarts in a time, such as 10/1h"),
    ("Socket", words(r"(local|unix):/\S+|inet6?:\d+(@\S+)?"), "local:PATH, inet:PORT@ADDRESS or inet6:PORT@ADDRESS"),
    ("UMask", words("[0-7]{1,4}"), "an octal number"),
    (r"LDAP(Timeout|Keepalive\w+)", words(r"\d+"), "a number"),
    ("LDAPAuthMechanism", words("none|simple|anonymous|cram-md5|digest-md5|external|gssapi|gss-spnego|login|ntlm|plain|scram-sha-[0-9]+"), "a mechanism of LDAP or SASL"),
    ("SyslogFacility", words("auth|authpriv|cron|daemon|ftp|kern|lpr|mail|news|syslog|user|uucp|local[0-7]"), "a facility of syslog(3)"),
    ("Nameservers", is_list_of_addresses, "IP addresses"),
    ("UserID", is_known_account, "a user of this machine, with or without :GROUP"),
    ("RedirectFailuresTo", words(r"[^\s()<>,;:]+"), "an address"),
    ("ReportAddress", words(r"[^()]*[^\s()<>,;:]+[^()]*"), "an address"),
    (r"(DiagnosticDirectory|TemporaryDirectory|ChangeRootDirectory|BaseDirectory)", os.path.isdir, "a folder of this machine"),
    (r"(MTACommand|ResolverConfiguration|TestPublicKeys)", os.path.isfile, "a file of this machine"),
    (r"(PidFile|Statistics)", is_in_folder, "a file in a folder of this machine"),
    (r"(InternalHosts|ExternalIgnoreList|PeerList|ExemptDomains)", has_possible_networks, NETWORKS),
]


def ask_opendkim(file: str) -> list[str]:
    """What is wrong with the words of a configuration."""
    said = []
    for number, line in enumerate(read_bytes(file).decode().splitlines(), 1):
        setting = re.match(r"\s*([\w-]+)\s+([^#]*)", line)
        if not setting:
            continue
        name, value = setting[1], setting[2].strip()
        for names, fits, kind in ALLOWED:
            if re.fullmatch(names, name, re.I) and not fits(value):
                said.append(f"{file}: line {number}: {name} {value}: this is not {kind}; see opendkim.conf(5)")
    return said
