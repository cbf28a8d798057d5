"""The previous generation, as the last commit kept it, and what it takes to go back to it."""

from __future__ import annotations

import os
import re

from certificate import inspect, lineage_of
from errors import Failure
from files import Plan
from filesystem import copy_as_is, read_json, remove_tree
from machine import check_kept, check_owner, check_release, check_ssh_stays_open, kept_of
from paths import MANIFEST, ROOT, STAGE, STATE, Wanted
from units import States


def generations() -> list[int]:
    """Numbers of the generations that were replaced and are kept in `undo-NUMBER/`, the latest last. There is one, or two where
    the activation was cut off that was about to give up the older one."""
    names = os.listdir(STATE) if os.path.isdir(STATE) else []
    numbers = sorted(int(name[5:]) for name in names if re.fullmatch(r"undo-\d+", name))
    return [number for number in numbers if os.path.exists(f"{folder_of(number)}/journal.json")]


def folder_of(generation: int) -> str:
    return f"{STATE}/undo-{generation}"


def next_generation() -> str:
    """Where a change keeps what it replaces. The folder of the change before it stays until the change has come to its end."""
    return folder_of(max(generations(), default=0) + 1)


def forget_all_but(folder: str) -> None:
    for name in os.listdir(STATE):
        if re.fullmatch(r"undo(-\d+)?", name) and name != os.path.basename(folder):
            remove_tree(f"{STATE}/{name}")


def previous_journal() -> tuple[str, Wanted]:
    """The folder of the previous generation and the way back to it; an empty journal where there is none."""
    folder = folder_of(max(generations(), default=0))
    return folder, read_json(folder + "/journal.json")


def previous_manifest() -> Wanted:
    """The manifest of the previous generation; an empty one where there was none."""
    folder, journal = previous_journal()
    kept = dict(journal["entries"]).get(MANIFEST.removeprefix(ROOT)) if journal else None
    return read_json(f"{folder}/{kept}") if kept else {}


def previous_files(manifest: Wanted, target: Wanted) -> list[str]:
    """Paths of the files that going back changes, without the tables and the agent's own."""
    managed = {*manifest["files"], *target["files"]}
    return sorted(path for path, _ in previous_journal()[1]["entries"] if path in managed)


def was_rolled_back() -> bool:
    """Whether the last change was a rollback, so that another one would bring back what was given up."""
    return bool(previous_journal()[1].get("isRollback"))


def check_rollback(manifest: Wanted, target: Wanted, asked: Wanted, ssh_port: str) -> None:
    """Refuses to go back where somebody else went meanwhile, where the previous generation would not work, or where it would close the
    port of this connection."""
    if not manifest:
        raise Failure("no mail server was activated on this machine")
    if asked["owner"]:
        check_owner({"owner": asked["owner"]}, manifest, "if that is its old name, run `pulumi up` first")
    if asked["from"] and asked["from"] != manifest["sha256"]:
        raise Failure("this machine was changed since it was looked at; look again")
    if not target.get("roles"):
        raise Failure("this machine holds no previous generation: it was changed once only")
    if asked["forward"] != was_rolled_back():
        raise Failure(
            "this machine was not rolled back, so there is no way forward"
            if asked["forward"]
            else "this machine was rolled back already, and going on would bring back what was given up; if that is meant, say --forward"
        )
    check_release(target["operatingSystem"])
    check_kept(kept_of(target), manifest)
    check_ssh_stays_open(target["openPorts"], ssh_port)
    for name, path in target["certificates"].items():
        if not (inspect(path) and inspect(lineage_of({"name": name}) + "/fullchain.pem")):
            raise Failure(
                f"the previous generation needs the certificate {name}, which was forgotten since; "
                f"go back by the program: check out the commit before and run `pulumi up`"
            )


def stage_previous() -> tuple[Plan, dict[str, str]]:
    """The way back as a plan, and what was done to which unit on the way here."""
    folder, journal = previous_journal()
    plan = Plan()
    os.makedirs(STAGE, 0o700)
    for path, kept in journal["entries"]:
        staged = f"{STAGE}/{len(plan.changes)}"
        if kept:
            copy_as_is(f"{folder}/{kept}", staged)
        plan.changes[path] = staged if kept else None
    return plan, journal["moves"]


def rollback_actions(target: Wanted, moved: dict[str, str], states: States) -> dict[str, str]:
    """What each unit of the previous generation needs: what it needed on the way here, or a start."""
    actions = {"reload": "reload", "restart": "restart", "start": "restart"}
    back = {
        name: "start" if not states[name]["healthy"] else actions.get(moved.get(name, ""), "") for name in target["units"]
    }
    return {name: move for name, move in back.items() if move}
