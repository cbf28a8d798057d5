"""The previous generation, as the last commit kept it, and what it takes to go back to it."""

from __future__ import annotations

import os
from typing import Any

from certificate import inspect, lineage_of
from files import Plan
from machine import check_door, check_owner, check_release
from plumbing import MANIFEST, ROOT, STAGE, UNDO, Failure, Wanted, copy_as_is, read_json
from units import States


def previous_manifest() -> Wanted:
    """The manifest of the previous generation; an empty one where there was none."""
    journal = read_json(UNDO + "/journal.json")
    kept = dict(journal["entries"]).get(MANIFEST.removeprefix(ROOT)) if journal else None
    return read_json(f"{UNDO}/{kept}") if kept else {}


def previous_files(manifest: Wanted, target: Wanted) -> list[str]:
    """Paths of the files that going back changes, without the tables and the agent's own."""
    journal = read_json(UNDO + "/journal.json")
    managed = {*manifest["files"], *target["files"]}
    return sorted(path for path, _ in journal["entries"] if path in managed)


def check_way_back(manifest: Wanted, target: Wanted, owner: str, ssh_port: str) -> None:
    """Refuses to go back where the previous generation would not work, or would shut the door behind us."""
    if not manifest:
        raise Failure("no mail server was activated on this machine")
    if owner:
        check_owner({"owner": owner}, manifest, "if that is its old name, run `pulumi up` first")
    if not target.get("roles"):
        raise Failure("this machine holds no previous generation: it was changed once only")
    check_release(target["operatingSystem"])
    check_door(target["openPorts"], ssh_port)
    for name, path in target["certificates"].items():
        if not (inspect(path) and inspect(lineage_of({"name": name}) + "/fullchain.pem")):
            raise Failure(
                f"the previous generation needs the certificate {name}, which was forgotten since; "
                f"go back by the program: check out the commit before and run `pulumi up`"
            )


def stage_previous() -> tuple[Plan, dict[str, str]]:
    """The way back as a plan, and what was done to which unit on the way here."""
    journal: dict[str, Any] = read_json(UNDO + "/journal.json")
    plan = Plan()
    os.makedirs(STAGE, 0o700)
    for path, kept in journal["entries"]:
        staged = f"{STAGE}/{len(plan.changes)}"
        if kept:
            copy_as_is(f"{UNDO}/{kept}", staged)
        plan.changes[path] = staged if kept else None
    return plan, journal["moves"]


def moves_back(target: Wanted, moved: dict[str, str], states: States) -> dict[str, str]:
    """What each unit of the previous generation needs: what it needed on the way here, or a start."""
    moves = {"reload": "reload", "restart": "restart", "start": "restart"}
    back = {
        name: "start" if not states[name]["healthy"] else moves.get(moved.get(name, ""), "") for name in target["units"]
    }
    return {name: move for name, move in back.items() if move}
