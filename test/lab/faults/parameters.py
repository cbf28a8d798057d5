"""Holds a wrong value of every parameter of Postfix that has a number, a time or yes or no against what judges them, and prints those that get through.

Runs on a machine with Postfix, beside the agent's modules; the argument is how many parameters to leave out after each one that is tried.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import postfix

STAGE = "/root/stage"
STEP = int(sys.argv[1])


# Texts that look like numbers; nothing reads them as such.
TEXTS = ("mail_release_date", "process_id")


def said_by(*words: str) -> str:
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return ended.stdout


def parameters() -> list[str]:
    found = re.findall(r"^(\S+) = (?:-?\d+|\d+[smhdw]|yes|no)$", said_by("postconf", "-d", "-x"), re.M)
    return [name for name in found if name not in TEXTS]


def refused(name: str, programs: dict[str, bytes]) -> bool:
    """As the role's validations ask, but of those daemons only that know the name."""
    if re.search("(warning|error|fatal):", said_by("postmap", "-c", STAGE, "-q", "postmaster", "static:known")):
        return True
    if postfix.late_trouble(f"{name} = perhaps\n"):
        return True
    client = {"smtp", "lmtp"} if re.match("smtp_|lmtp_", name) else set()
    knowing = [path for path, text in programs.items() if name.encode() in text or os.path.basename(path) in client]
    commands = [[path, *postfix.DAEMON_NEEDS.get(os.path.basename(path), [])] for path in knowing or programs]
    return bool(postfix.ask_daemons(commands, STAGE))


def main() -> None:
    shutil.rmtree(STAGE, ignore_errors=True)
    shutil.copytree("/etc/postfix", STAGE, symlinks=True)
    with open("/etc/postfix/main.cf", encoding="utf-8") as file:
        original = file.read()
    folder = said_by("postconf", "-h", "daemon_directory").strip()
    programs = {}
    for name in postfix.postfix_daemons(STAGE):
        with open(f"{folder}/{name}", "rb") as file:
            programs[f"{folder}/{name}"] = file.read()
    tried = parameters()[::STEP]
    through = []
    for name in tried:
        rest = re.sub(rf"^{re.escape(name)} =.*\n(?:[ \t].*\n)*", "", original, flags=re.M)
        with open(f"{STAGE}/main.cf", "w", encoding="utf-8") as file:
            file.write(f"{rest}{name} = perhaps\n")
        if not refused(name, programs):
            through.append(name)
    print(len(tried), *through)


main()
