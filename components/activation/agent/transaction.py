"""All or nothing: the manifest, the originals, the journal, the swap and the ways back."""

from __future__ import annotations

import errno
import hashlib
import marshal
import os
import sys
from collections.abc import Iterable
from typing import Any

from certificate import certificates_of
from errors import Failure, as_failure
from files import Plan
from filesystem import (
    copy_as_is,
    copy_into_place,
    digest,
    existing_folder,
    make_parents,
    missing_parents,
    mount_point,
    move_into_place,
    read_bytes,
    read_json,
    remove_file,
    remove_folder_if_empty,
    remove_tree,
    sync_folder,
    temporary_name,
    to_json,
    write_new,
    write_over,
)
from firewall import firewall_unit, unload_firewall
from machine import kept_in
from packages import PACKAGE_MANAGERS, name_of_manager
from paths import (
    BOOT_LINK,
    BOOT_UNIT,
    COMPILED,
    HOSTNAME_FILE,
    INSTALLED_AGENT,
    JOURNAL,
    KEPT_ORIGINALS,
    LOCK,
    ORIGINALS,
    OWN_POLICY,
    REPAIRS,
    ROOT,
    STAGE,
    STATE,
    Wanted,
)
from previous import forget_all_but, next_generation
from process import run
from progress import Deployer, say, uninterruptible
from units import ENABLED, Faults, States, faults_of, is_healthy, journal_lines, systemctl, unit_names


def manifest_of(wanted: Wanted, plan: Plan) -> dict[str, Any]:
    """What is active after this activation. Its hash depends on the wanted state alone, not on the bytes of tables."""
    files = {
        file["path"]: {
            "sha256": digest(plan.files[file["path"]].content), "mode": file["mode"], "owner": file["owner"],
            "group": file["group"], "role": role["name"], "size": len(plan.files[file["path"]].content),
        }
        for role in wanted["roles"] for file in role["files"]
    }  # fmt: skip
    state = {
        "format": 1,
        "owner": wanted["owner"],
        "identity": wanted["identity"],
        "files": files,
        "operatingSystem": wanted["operatingSystem"],
        "roles": [outline_of(role) for role in wanted["roles"]],
        "units": unit_names(wanted),
        "openPorts": wanted["openPorts"],
        "openPortsV6": wanted["openPortsV6"],
        "certificates": {certificate["name"]: certificate["pemPath"] for certificate in certificates_of(wanted)},
    }
    endings = {file["path"]: file["endSessions"] for role in wanted["roles"] for file in role["files"] if "endSessions" in file}
    aside = {"endSessions": endings, "faults": faults_of(wanted), "firewall": firewall_unit(wanted), "packageManager": name_of_manager(wanted), "room": rooms_of(wanted), "kept": kept_in(wanted)}
    return {**state, "sha256": digest(to_json(state)), "tables": plan.tables, **aside}


def rooms_of(wanted: Wanted) -> list[Wanted]:
    return [room for role in wanted["roles"] for room in role.get("room", [])]


def known_of(after: Wanted, before: Wanted) -> Wanted:
    """What the way back must know of the units of both generations."""
    return {"firewall": firewall_unit(after) or firewall_unit(before), "faults": faults_of(before) | faults_of(after)}


def with_aside(manifest: Wanted, newer: Wanted) -> Wanted:
    """A manifest with what one of an earlier version does not have yet, which is outside of its hash, as a newer one has it."""
    return {**{name: newer[name] for name in ("endSessions", "faults", "firewall", "room", "kept") if name in newer}, **manifest}


def outline_of(role: Wanted) -> Wanted:
    """What of a role must be known later, without its files: whether it still is as it was, and whether it works."""
    units = [{"name": unit["name"]} for unit in role.get("units", [])]
    return {"name": role["name"], "packages": role["packages"], "units": units, "probes": role.get("probes", [])}


def remember_originals(plan: Plan, wanted: Wanted, before: Wanted, found: States, ssh_port: str) -> None:
    """Keeps what stands at each path that is managed for the first time, so that `remove` can put it back; also what is as it should
    be, since later it may not be. A path without an entry was there: earlier versions kept nothing of such files."""
    originals = read_json(ORIGINALS) or {"files": {}, "units": {}, "folders": [], "sshPort": ssh_port}
    was = to_json(originals)
    os.makedirs(KEPT_ORIGINALS, 0o700, exist_ok=True)
    for path in plan.dropped:
        originals["files"].pop(path, None)
    for path in [*plan.files, *plan.tables]:
        if path not in originals["files"]:
            kept = digest(path.encode())[:24]
            remove_file(f"{KEPT_ORIGINALS}/{kept}")
            originals["files"][path] = kept if os.path.lexists(ROOT + path) else None
            if originals["files"][path]:
                copy_as_is(ROOT + path, f"{KEPT_ORIGINALS}/{kept}")
            originals["folders"] += [
                folder for folder in missing_parents(ROOT + path) if folder not in originals["folders"]
            ]
    for name in unit_names(wanted):
        if name not in before.get("units", []):
            originals["units"][name] = {"active": found[name]["ActiveState"] == "active"}
    if to_json(originals) != was:
        plan.add_json(ORIGINALS, originals)


def check_room(plan: Plan) -> None:
    """Refuses files for a file system of their own that has no room for the new ones and the old ones at once: daemons keep open what
    was replaced, so the way back needs room as well. On the file system of the staged files nothing is copied."""
    needed: dict[int, int] = {}
    folders: dict[int, str] = {}
    for path, staged in plan.changes.items():
        folder = existing_folder(ROOT + path)
        device = os.stat(folder).st_dev
        if device == os.stat(STAGE).st_dev:
            continue
        block = os.statvfs(folder).f_frsize
        sizes = [os.lstat(each).st_size for each in (staged, ROOT + path) if each and os.path.lexists(each)]
        needed[device] = needed.get(device, 0) + sum(size + block for size in sizes)
        folders.setdefault(device, mount_point(folder))
    for device, folder in folders.items():
        room = os.statvfs(folder)
        if room.f_bfree * room.f_frsize < needed[device]:
            raise Failure(
                f"the disk is full: {folder} has room for {room.f_bfree * room.f_frsize // 1024} KiB, but the new files and the old ones "
                f"for the way back take up to {needed[device] // 1024} KiB; make room there"
            )


def undo_folder(manifest: Wanted, before: Wanted) -> str:
    """Where the old files are kept: a repair, which ends in the generation that it began with, leaves the previous one alone."""
    return REPAIRS if manifest["sha256"] == before.get("sha256") else next_generation()


def write_journal(
    plan: Plan, owner: str, units: States, actions: dict[str, str], folder: str, known: Wanted, is_rollback: bool = False
) -> None:
    """Keeps the old files and writes down how to get back; from here on whoever comes next goes back first."""
    remove_tree(folder)
    os.makedirs(folder, 0o700)
    entries: list[tuple[str, str | None]] = []
    for number, path in enumerate(plan.changes):
        present = os.path.lexists(ROOT + path)
        if present:
            copy_as_is(ROOT + path, f"{folder}/{number}")
        entries.append((path, str(number) if present else None))
    for each in (folder, STAGE, KEPT_ORIGINALS, STATE):
        sync_folder(each)
    journal = {
        "owner": owner, "folder": os.path.basename(folder), "entries": entries, "units": units, "moves": actions,
        "isRollback": is_rollback, **known,
    }  # fmt: skip
    write_over(JOURNAL, to_json(journal))
    sync_folder(STATE)


def swap(plan: Plan) -> None:
    """Every new file takes its place by one rename."""
    for path, staged in plan.changes.items():
        if staged:
            move_into_place(staged, ROOT + path)
        else:
            remove_file(ROOT + path)
    after_swap(plan.changes)


def restore_originals(originals: Wanted, paths: Iterable[str]) -> tuple[list[str], list[str]]:
    """Puts in each place what was there before the first activation, or nothing where nothing was. What is kept stays until all is
    done, so that this may be cut off and begun again. Returns the paths that were put back, and those that were cleared."""
    restored, removed = [], []
    for path in paths:
        kept = originals["files"].get(path, "")
        if os.path.isdir(ROOT + path) and not os.path.islink(ROOT + path):
            say("agent", f"warning: {path} is a folder by now, which is left")
        elif kept is None:
            remove_file(ROOT + path)
            removed.append(path)
        elif kept and os.path.lexists(f"{KEPT_ORIGINALS}/{kept}"):
            copy_into_place(f"{KEPT_ORIGINALS}/{kept}", ROOT + path)
            restored.append(path)
    return restored, removed


def after_swap(paths: Iterable[str]) -> None:
    """Makes renames last through a power cut, and tells systemd when units of its own changed, and the kernel when its name did."""
    for folder in sorted({os.path.dirname(ROOT + path) for path in paths}):
        if os.path.isdir(folder):
            sync_folder(folder)
    if any("/systemd/system/" in path for path in paths):
        systemctl("daemon-reload")
    tell_name(paths)


def tell_name(paths: Iterable[str]) -> None:
    """Has the kernel know by which name the machine calls itself."""
    if HOSTNAME_FILE in paths and os.path.exists(ROOT + HOSTNAME_FILE):
        run("hostname", "-F", ROOT + HOSTNAME_FILE)


def commit(folder: str) -> None:
    """One rename: the journal becomes the memory of what was there before, and only then is an older memory given up."""
    with uninterruptible():
        os.rename(JOURNAL, folder + "/journal.json")
        sync_folder(STATE)
        if folder != REPAIRS:
            forget_all_but(folder)


def abort(error: BaseException, had_previous: bool, touched: set[str], folder: str) -> Failure:
    """Puts back what was there before, after `error`, and says what is running now."""
    failure = as_failure(error)
    with uninterruptible():
        if not os.path.exists(JOURNAL):
            if os.path.exists(folder + "/journal.json"):
                failure.outcome = "The new configuration is running: it was committed before this happened."
            return failure
        say("agent", f"failed: {failure.sentence}")
        say("agent", "putting the previous configuration back")
        try:
            down = restore_previous(touched)
        except Exception as second:
            failure.outcome = f"Going back failed as well ({as_failure(second).sentence}); the next activation or reboot tries it again."
            return failure
    if down:
        failure.outcome = f"The previous configuration is back, but {', '.join(down)} does not run with it either."
    elif had_previous:
        failure.outcome = "The previous configuration is running."
    else:
        failure.outcome = "Nothing was activated: the services that were new are stopped, all files are as they were."
    return failure


def recover(booting: bool = False) -> None:
    """Goes back where an earlier activation was cut off; at boot without waiting for units, which are about to start anyway."""
    for manager in PACKAGE_MANAGERS.values():
        manager.allow_daemon_starts()
    if os.path.exists(JOURNAL):
        say("agent", "an earlier activation was cut off: putting the configuration back that was there before it")
        with uninterruptible():
            restore_previous(None, booting)


def restore_previous(touched: set[str] | None, booting: bool = False) -> list[str]:
    """Takes back what the journal tells of, restarting the `touched` units (None: any may be). May be cut off and begun
    again at any point. Returns units that should run and do not."""
    journal = read_json(JOURNAL)
    folder = f"{STATE}/{journal['folder']}"
    before: States = journal["units"]
    ran = [name for name, state in before.items() if state["ActiveState"] == "active"]
    fresh = [name for name in before if name not in ran]
    later = ["--no-block"] if booting else []
    if fresh:
        systemctl("stop", *later, *reversed(fresh), tolerant=True)
        systemctl("reset-failed", *fresh, tolerant=True)
    for path, kept in journal["entries"]:
        remove_file(temporary_name(ROOT + path))
        if kept is None:
            remove_file(ROOT + path)
    firewall = journal.get("firewall", "")
    if not booting and firewall in ran and (touched is None or firewall in touched):
        systemctl("stop", firewall, tolerant=True)  # by the files that it was started with: it looks there whether it is on
        unload_firewall(firewall)
    restore_files({ROOT + path: f"{folder}/{kept}" for path, kept in reversed(journal["entries"]) if kept})
    after_swap([path for path, _ in journal["entries"]])
    for verb, names in {
        "disable": [name for name in fresh if before[name]["UnitFileState"] not in ENABLED],
        "mask": [name for name in fresh if before[name]["LoadState"] in ("masked", "not-found")],
        "enable": [name for name in ran if before[name]["UnitFileState"] == "enabled"],
    }.items():
        if names:
            systemctl(verb, *names, tolerant=True)
    for name in ran:
        if booting:
            systemctl("start", *later, name, tolerant=True)
        elif touched is None or name in touched or not is_healthy(name):
            reloaded = journal["moves"].get(name) in ("reload", "enable") and is_healthy(name)
            faults = Faults(journal.get("faults", {}), [name])
            gently = reloaded and not journal_lines([name], Deployer.start - faults.throttle_time, faults.throttled)
            systemctl("reload-or-restart" if gently else "restart", name, tolerant=True)
    down = [] if booting else [name for name in ran if not is_healthy(name)]
    os.unlink(JOURNAL)
    sync_folder(STATE)
    remove_tree(folder)
    return down


def restore_files(old: dict[str, str]) -> None:
    """Puts old files, by the paths that they go to, in their places. Where the disk is full, all that is new goes first, as some of
    the old files may be larger: the journal still tells where they are."""
    left = [path for path, kept in old.items() if os.path.lexists(kept)]
    for path in left:
        try:
            move_into_place(old[path], path)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            remove_file(temporary_name(path))
            for each in left[left.index(path) :]:
                remove_file(each)
            move_into_place(old[path], path)


RECOVERY = f"""\
[Unit]
Description=Go back to the mail server's last complete configuration after an activation that was cut off
DefaultDependencies=no
RequiresMountsFor={STATE} /etc /usr
After=local-fs.target
Before=sysinit.target network-pre.target ufw.service nftables.service shutdown.target
Conflicts=shutdown.target
ConditionPathExists=|{JOURNAL}
ConditionPathExists=|{OWN_POLICY}

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -I {INSTALLED_AGENT} recover

[Install]
WantedBy=sysinit.target
"""


def start_guard() -> None:
    """A process of its own waits for the lock that this one holds: if this one is killed, the way back begins at once.
    The recovery unit itself cannot do that, as units of the mail server wait for it to end."""
    # Without a semicolon, which systemd-run escapes in a way that systemd warns of.
    begin = f"flock {LOCK} true && [ ! -e {JOURNAL} ] && [ ! -e {OWN_POLICY} ] || exec python3 -I {INSTALLED_AGENT} recover"
    run("systemd-run", "--quiet", "--collect", f"--unit=pulumi-mailserver-guard-{os.getpid()}", "sh", "-c", begin)


def install_recovery(source: str) -> None:
    """Leaves a copy of this agent on the machine, which goes back where a journal tells of a power cut or a killed activation."""
    os.makedirs(STATE, 0o700, exist_ok=True)
    for path, content in ((INSTALLED_AGENT, source.encode()), (BOOT_UNIT, RECOVERY.encode())):
        known = os.path.exists(path)
        if not known or read_bytes(path) != content:
            make_parents(path)
            remove_file(temporary_name(path))
            write_new(temporary_name(path), content, 0o644)
            os.rename(temporary_name(path), path)
            sync_folder(os.path.dirname(path))
            if known and path == BOOT_UNIT:
                systemctl("daemon-reload")
    keep_compiled(source)
    if not os.path.lexists(BOOT_LINK):
        make_parents(BOOT_LINK)
        os.symlink(BOOT_UNIT, BOOT_LINK)
        sync_folder(os.path.dirname(BOOT_LINK))


def keep_compiled(source: str) -> None:
    """Keeps what Python makes of the agent for the next time that the same one comes to the same Python (`start.py`)."""
    known = sys.version.encode() + source.encode()
    kept = read_bytes(COMPILED) if os.path.exists(COMPILED) else b""
    if kept[:32] != hashlib.sha256(known + kept[32:]).digest():
        compiled = marshal.dumps(compile(source, "mailserver-agent", "exec"))
        write_over(COMPILED, hashlib.sha256(known + compiled).digest() + compiled)


def remove_recovery() -> None:
    for path in (BOOT_LINK, BOOT_UNIT, INSTALLED_AGENT, COMPILED):
        remove_file(path)
    remove_folder_if_empty(os.path.dirname(INSTALLED_AGENT))
    remove_tree(STATE)
