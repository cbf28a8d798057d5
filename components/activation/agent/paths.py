"""Where the agent keeps what, and what others keep."""

from __future__ import annotations

import os
from typing import Any

ROOT = os.environ.get("MAILSERVER_ROOT", "")  # tests point it at a scratch folder
STATE = ROOT + "/var/lib/pulumi-mailserver"
MANIFEST, ORIGINALS, JOURNAL = STATE + "/manifest.json", STATE + "/originals.json", STATE + "/journal.json"
CERTIFICATE = STATE + "/certificate.json"
REPLACED, INSTALLED = STATE + "/replaced", STATE + "/installed"
DIRECTORIES = STATE + "/directories.json"
OWN_ADDRESSES = STATE + "/own-addresses"  # as roles know it that shut addresses out
KEPT_ORIGINALS, REPAIRS = STATE + "/originals", STATE + "/repaired"
STAGE, SCRATCH = STATE + "/stage", STATE + "/scratch"
LOCK = ROOT + "/run/pulumi-mailserver.lock"
POLICY, OWN_POLICY = ROOT + "/usr/sbin/policy-rc.d", STATE + "/policy-rc.d"
INSTALLED_AGENT = ROOT + "/usr/local/lib/pulumi-mailserver/agent.py"
COMPILED = ROOT + "/usr/local/lib/pulumi-mailserver/agent.compiled"  # as start.py knows it
BOOT_UNIT = ROOT + "/etc/systemd/system/pulumi-mailserver-recovery.service"
BOOT_LINK = ROOT + "/etc/systemd/system/sysinit.target.wants/pulumi-mailserver-recovery.service"
HOSTNAME_FILE = "/etc/hostname"
TABLE_SUFFIX = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb"}
Wanted = dict[str, Any]  # WantedHost, Role, RoleFile … of role.ts as they come out of JSON
