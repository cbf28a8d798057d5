"""Who judges staged files: a command of the daemon, or one of these, which hear what no command tells."""

from __future__ import annotations

import re
from collections.abc import Callable

from dovecot import ask_dovecot
from opendkim import ask_opendkim
from paths import SCRATCH, Wanted
from postfix import ask_postfix
from process import run

# By the name in the wanted state: what an error calls it, what it has against the files, and the members of `Judge` (role.ts) that it is told.
JUDGES: dict[str, tuple[str, Callable[..., list[str]], list[str]]] = {
    "postfix": ("its daemons", ask_postfix, ["folder"]),
    "opendkim": ("opendkim.conf(5)", ask_opendkim, ["file"]),
    "dovecot": ("itself, started apart", ask_dovecot, ["file", "mailbox", "lmtpSocket", "mailboxes"]),
}


def judgement(check: Wanted) -> tuple[str, list[str]]:
    """Who judged, and what it has against the staged files."""
    if "judge" in check:
        called, ask_judge, told = JUDGES[check["judge"]["name"]]
        return called, ask_judge(*(staged(check["judge"][member]) for member in told))
    command = [staged(word) for word in check["command"]]
    output = run(*command, timeout=60)
    lines = [line for line in output.text.splitlines() if line.strip()]
    refused = [line for line in lines if re.search(check["refuseOn"], line)] if check.get("refuseOn") else []
    judge = " ".join(command).replace(SCRATCH, "")
    return f"`{judge}`", (meaningful(lines) or [f"status {output.code}"]) if output.code else refused


def staged(word: str) -> str:
    return word.replace("{stage}", SCRATCH)


def meaningful(lines: list[str]) -> list[str]:
    """The lines that name the trouble; all of them where none does."""
    return [
        line for line in lines if re.search(r"(?i)fatal|error|panic|warning|invalid|unknown|unsupported|bad ", line)
    ] or lines
