"""Packages: which are missing, who has to go for them, and what somebody is told of it. How they are installed is a back end's business."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from errors import Failure
from filesystem import read_lines, remove_file, write_lines
from packages_apt import Apt
from paths import INSTALLED, REPLACED, Wanted
from progress import say
from units import States, systemctl


class PackageManager(Protocol):
    """What a back end does. `states` are in its own words, which `mailserver drift` reads."""

    def states(self, names: list[str]) -> dict[str, str]: ...
    def is_installed(self, state: str) -> bool: ...
    def is_gone(self, state: str) -> bool:
        """Whether nothing of a package runs any more."""
        ...

    def answer(self, answers: list[str]) -> None:
        """Takes the roles' answers to what packages ask while they are installed."""
        ...

    def finish(self, missing: dict[str, str]) -> None:
        """Finishes an installation that was cut off, as the states of what is missing, or its own memory, tell."""
        ...

    def mail_servers(self, names: list[str]) -> tuple[list[str], list[str]]:
        """Which of these packages are mail servers, and which belong to one, those included."""
        ...

    def install(self, names: list[str], let_go: Callable[[list[str]], None]) -> None:
        """Installs, or raises `Failure` with the tool's own lines. First `let_go` is told what would be removed for it, which may refuse that."""
        ...

    def refresh(self) -> None:
        """Has lists of today of what there is to install; raises `Failure` where they are not to be had."""
        ...

    def fetched(self) -> float:
        """When the lists were fetched last, in seconds since 1970; 0 without any."""
        ...

    def upgraded(self) -> float:
        """When the system last had its turn to install updates by itself; 0 where it never had."""
        ...

    def unfinished(self) -> list[str]:
        """Packages whose installation was cut off or failed."""
        ...

    def upgrades(self) -> dict[str, bool]:
        """Packages of which the lists have a newer version, each with whether that is for security."""
        ...

    def no_daemon_starts(self, units: list[str]) -> AbstractContextManager[None]:
        """A while in which no installation starts these units."""
        ...

    def allow_daemon_starts(self) -> None:
        """Ends it, also where it was cut off."""
        ...

    def owner_of(self, program: str) -> str:
        """The package of a program; empty where none has it."""
        ...

    def is_mail_server(self, package: str) -> bool:
        """Whether Postfix' package would have this one removed."""
        ...

    def by_hand(self, verb: str, names: list[str]) -> str:
        """The command with which somebody does it: `install`, `remove` or `upgrade`."""
        ...


PACKAGE_MANAGERS: dict[str, PackageManager] = {"apt": Apt()}


def manager_of(state: Wanted) -> PackageManager:
    return PACKAGE_MANAGERS[name_of_manager(state)]


def name_of_manager(state: Wanted) -> str:
    """The back end that a wanted state or a manifest names; manifests of earlier versions name none."""
    return state.get("packageManager", "apt")


def install_packages(wanted: Wanted, found: States) -> list[str]:
    """Installs what is missing. Its units stay masked until their configuration is ours, so that not even a power cut starts them.
    Those that run already may be restarted, as may the services of everybody else. Returns what was installed since the last commit: by an
    installation of its own (`install`), or by an activation that came to nothing."""
    manager = manager_of(wanted)
    states = manager.states(package_names(wanted))
    missing = {name: state for name, state in states.items() if not manager.is_installed(state)}
    if not missing:
        return read_lines(INSTALLED)
    write_lines(INSTALLED, dict.fromkeys([*read_lines(INSTALLED), *missing]))
    unborn = [name for name, state in found.items() if state["LoadState"] in ("not-found", "masked")]
    with manager.no_daemon_starts([name for name, state in found.items() if state["ActiveState"] != "active"]):
        if unborn:
            systemctl("mask", *unborn)
        manager.answer([line for role in wanted["roles"] for line in role.get("debconf", [])])
        manager.finish(missing)
        say("packages", f"installing {', '.join(missing)}")
        manager.install(list(missing), lambda leaving: let_go(wanted, list(missing), leaving))
    say("packages", "installed")
    return read_lines(INSTALLED)


def forget_installed() -> None:
    """For an activation that has heeded them: units that ran with what was there before these packages have been restarted."""
    remove_file(INSTALLED)


def let_go(wanted: Wanted, missing: list[str], leaving: list[str]) -> None:
    """Another mail server, which Postfix conflicts with, goes, and that is written down; nothing else may go."""
    if not leaving:
        return
    servers, theirs = manager_of(wanted).mail_servers(leaving)
    others = [name for name in leaving if name not in theirs]
    if others:
        raise Failure(
            f"to install {', '.join(missing)}, {name_of_manager(wanted)} would remove {', '.join(others)}; "
            f"remove what this machine can do without by `{manager_of(wanted).by_hand('remove', others)}`, or give the mail server a machine of its own"
        )
    write_lines(REPLACED, dict.fromkeys([*replaced_packages(wanted), *servers]))
    say("packages", f"removing {', '.join(leaving)}, which conflicts with Postfix")


def replaced_packages(state: Wanted) -> list[str]:
    """The mail servers that had to go for Postfix, and have not come back since."""
    names = read_lines(REPLACED)
    if not names:
        return []
    manager = manager_of(state)
    return [name for name, now in manager.states(names).items() if not manager.is_installed(now)]


def tell_replaced(state: Wanted) -> None:
    """Says it as progress, where there is something to say."""
    told = told_replaced(state)
    if told:
        say("agent", told)


def told_replaced(state: Wanted) -> str:
    """What somebody must know whose mail server went; empty where none did."""
    names = replaced_packages(state)
    if not names:
        return ""
    return (
        f"{name_of_manager(state)} removed {', '.join(names)}, since Postfix conflicts with it; "
        f"`{manager_of(state).by_hand('install', names)}` brings it back, and removes Postfix."
    )


def package_names(wanted: Wanted) -> list[str]:
    return sorted({package for role in wanted["roles"] for package in role["packages"]} | {"python3"})
