"""systemd units: their state, how they start, stop and reload, and what they say when they fail."""

from __future__ import annotations

import pwd
import re
import time
from collections.abc import Iterable

from errors import Failure
from paths import Wanted
from process import run
from progress import CLOCK, say

States = dict[str, dict[str, str]]  # unit -> what `systemctl show` says of it
ENABLED = ("enabled", "static", "generated", "indirect", "alias")


def unit_names(wanted: Wanted) -> list[str]:
    return [unit["name"] for role in wanted["roles"] for unit in role.get("units", [])]


def stem(name: str) -> str:
    """What the units of one service have in common: `postfix` of `postfix@-.service`."""
    return re.split(r"[.@]", name)[0]


def unit_states(names: Iterable[str]) -> States:
    """The state of each unit, with the units that it runs as: `postfix.service` of Debian 12 is `postfix@-.service` in truth."""
    names = list(dict.fromkeys(names))
    if not names:
        return {}
    told = shown_states([*names, *(part for name in names for part in KNOWN_PARTS.get(name, ()))])
    for name in names:
        state = told[name]
        wants = state.get("Wants", "").split()
        state["parts"] = " ".join(part for part in state.get("ConsistsOf", "").split() if part in wants)
        KNOWN_PARTS[name] = state["parts"].split()
    told |= shown_states(part for name in names for part in KNOWN_PARTS[name] if part not in told)
    states = {name: told[name] for name in names}
    for name, state in states.items():
        runs = [state, *(told[part] for part in KNOWN_PARTS[name])]
        state["healthy"] = "yes" if all(each["ActiveState"] in ("active", "reloading") for each in runs) else ""
    return {name: {key: value for key, value in state.items() if key not in UNSHOWN} for name, state in states.items()}


# The units that units ran as when systemd was asked last: they are asked for with them, not after them.
KNOWN_PARTS: dict[str, list[str]] = {}
UNSHOWN = ("ConsistsOf", "Wants")


def with_parts(names: Iterable[str]) -> list[str]:
    """Units, and those that they run as."""
    names = list(names)
    unit_states(name for name in names if name not in KNOWN_PARTS)
    return [unit for name in names for unit in (name, *KNOWN_PARTS[name])]


def shown_states(names: Iterable[str]) -> States:
    """What systemd says of each unit itself."""
    names = list(dict.fromkeys(names))
    if not names:
        return {}
    keys = ("LoadState", "ActiveState", "SubState", "UnitFileState", *UNSHOWN)
    answer = run("systemctl", "show", *(f"-p{key}" for key in keys), *names)
    answer.demand("systemd does not tell the state of the units")
    blocks = answer.text.strip().split("\n\n")
    return {
        name: dict(line.split("=", 1) for line in block.splitlines()) for name, block in zip(names, blocks, strict=True)
    }


def is_healthy(name: str) -> bool:
    return bool(unit_states([name])[name]["healthy"])


def settings(content: bytes) -> dict[str, str]:
    """`name = value` lines; a line that begins with white space continues the one before."""
    lines = [
        line
        for line in content.decode("utf-8", "replace").splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    pairs = re.findall(r"^([\w.-]+)\s*=\s*(.*)$", re.sub(r"\n\s+", " ", "\n".join(lines)), re.M)
    return {name: " ".join(value.split()) for name, value in pairs}


def act_on_unit(role: str, name: str, move: str) -> None:
    if move == "enable":
        return
    say(role, {"start": "starting", "restart": "restarting", "reload": "reloading"}[move] + f" {name}")
    since = time.monotonic()
    output = run("systemctl", "reload-or-restart" if move == "reload" else move, name)
    if output.code or not is_healthy(name):
        raise Failure(
            f"{name} did not {move} with the new configuration",
            journal_lines([name], since) or output.text.splitlines(),
        )


def stopped_with(names: list[str]) -> list[str]:
    """The units that systemd stops together with these (`PartOf=`)."""
    return run("systemctl", "show", "-pConsistsOf", "--value", *names).text.split() if names else []


def enable_units(names: Iterable[str], states: States) -> None:
    """Has those start at boot that do not, or may not, yet."""
    disabled = [name for name in names if states[name]["UnitFileState"] not in ENABLED]
    if disabled:
        systemctl("unmask", *disabled)
        systemctl("enable", *disabled)


def stop_units(names: Iterable[str]) -> None:
    for name in names:
        say("agent", f"stopping {name}")
        systemctl("disable", "--now", name, tolerant=True)


def systemctl(*arguments: str, tolerant: bool = False) -> None:
    output = run("systemctl", *arguments)
    if not tolerant:
        output.demand(f"systemctl {' '.join(arguments)} failed")


ERROR_WORDS = r"(?i)\b(fatal|error|panic|failed|invalid|cannot|can't|could not|unable|denied)\b"
WARNING_WORDS = ERROR_WORDS.replace("fatal", "fatal|warning|no such")


class Faults:
    """What the processes of some units log about their configuration (`Faults` of role.ts); patterns of `re`, empty where nothing counts."""

    def __init__(self, known: dict[str, Wanted], names: Iterable[str]) -> None:
        found = [known.get(name, {}) for name in names]
        self.broken = either(one.get("broken") for one in found)
        self.refused = either([self.broken, *(one.get("refusedReload") for one in found)])
        self.held_back = either(one.get("heldBack", {}).get("pattern") for one in found)
        self.throttled = either([self.broken, self.held_back])
        self.throttle_time = max((one.get("heldBack", {}).get("seconds", 0) for one in found), default=0)


def either(patterns: Iterable[str | None]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in dict.fromkeys(patterns) if pattern)


def faults_of(state: Wanted) -> dict[str, Wanted]:
    """What counts as a fault of each unit, by a wanted state or a manifest."""
    if "faults" in state:
        return state["faults"]
    return {unit["name"]: unit["faults"] for role in state.get("roles", []) for unit in role.get("units", []) if "faults" in unit}


def journal_lines(names: Iterable[str], since: float, pattern: str = WARNING_WORDS) -> list[str]:
    """The last lines with which units named their trouble since then (seconds since boot), systemd's own word only where they had none."""
    if not pattern:
        return []
    units = with_parts(names)
    run("journalctl", "--sync")
    earliest = since + min(CLOCK, time.time() - time.monotonic()) - 0.01  # by the clock, which may have been set back meanwhile
    listed = run(
        "journalctl", "-q", "-b", "--no-pager", "-o", "short-monotonic", f"--since=@{earliest:.3f}", *entries_of(units)
    )  # fmt: skip
    lines = lines_since(since - 0.01, listed.text)
    troubled = [line for line in dict.fromkeys(lines) if re.search(pattern, line)]
    own = [line for line in troubled if not line.startswith("systemd[")]
    return ([line for line in own if re.search(ERROR_WORDS, line)] or own or troubled)[-4:]


def lines_since(since: float, listed: str) -> list[str]:
    """The lines of a listing with seconds since boot that are not older, without time and host; an entry may have several lines."""
    lines, recent = [], False
    for line in listed.splitlines():
        head = re.match(r"\[ *(\d+\.\d+)\] \S+ (.*)", line)
        recent = float(head[1]) >= since if head else recent
        if recent:
            lines.append(head[2] if head else line)
    return lines


def run_since(names: Iterable[str], since: float) -> float:
    """When the present run of units began (seconds since boot), or `since` where that is later: what an old run said while it was stopped is not about the new
    configuration. A unit that was reloaded goes on with its run."""
    units = with_parts(names)
    shown = run("systemctl", "show", "-pInactiveExitTimestampMonotonic", *units).text
    began = [int(text) / 1e6 for text in re.findall(r"^InactiveExitTimestampMonotonic=([1-9]\d*)$", shown, re.M)]
    return max([since, *sorted(began)[:1]])


def entries_of(units: list[str]) -> list[str]:
    """What journalctl is to show: what units and systemd say of themselves, and what their masters say by name. The last words of a
    process that ends at once reach the journal when nobody knows any more which unit it was of. Everybody may call himself by any name,
    so it must be root's or the service's own account that does; the journal itself sees to the fields that begin with `_`."""
    matches = [match for unit in units for match in (f"_SYSTEMD_UNIT={unit}", f"UNIT={unit} _PID=1")]
    for name in dict.fromkeys(map(stem, units)):
        accounts = " ".join(f"_UID={uid}" for uid in sorted(uids_of(name)))
        matches.append(f"SYSLOG_IDENTIFIER={name} SYSLOG_IDENTIFIER={name}/master {accounts}")
    return " + ".join(matches).split()


def uids_of(name: str) -> set[int]:
    """Root's and that of a service's account, where there is one."""
    try:
        return {0, pwd.getpwnam(name).pw_uid}
    except KeyError:
        return {0}
