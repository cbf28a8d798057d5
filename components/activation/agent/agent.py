"""The host agent: makes one Debian machine what a `WantedHost` says (`components/role.ts`), all or nothing.

It arrives on the stdin of one SSH command, runs as root and needs no more than `python3-minimal`; that package of
Debian 12 has no `json`, so nothing reads or writes JSON before the packages are there. A folder holds its memory:

    /var/lib/pulumi-mailserver/
      manifest.json    what is active: path -> hash, mode, owner, role
      certificate.json what DNS says of the certificate: its key, and the account it was issued to
      originals.json   what stood there before the first activation (the files themselves in originals/)
      directories.json owner, group and mode that directories had before the first activation
      journal.json     only while files are being swapped: how to get back (the old files themselves in undo/)
      undo-NUMBER/     after the commit: the previous generation, with its journal; what `rollback` brings back
      repaired/        the same of the last activation that put this generation itself right: what had been changed by hand
      own-addresses    by which the world reaches the machine, and from which it was deployed to lately: never to be shut out
      replaced         mail servers that apt removed for Postfix, a package a line
      installed        packages installed since the last commit, a package a line
      stage/ scratch/  new files before they go live; the tree in which daemons judge them

The rename of journal.json into undo-NUMBER/ is the commit. Whoever finds journal.json in its place (the next activation, or
the recovery unit at boot) goes back to the previous generation first.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from certificate import (
    certificate_need,
    certificates_of,
    fingerprint,
    forget_certificates,
    keep_key_and_account,
    missing_certificate_files,
    obtain_certificates,
    remove_certificate_files,
)
from errors import Failure, as_failure
from files import Plan, clear_stage, compare, decide_units, sessions_to_end, stage, validate
from filesystem import read_json, read_lines, remove_folder_if_empty, to_json
from firewall import (
    FIREWALL_MANAGERS,
    check_firewall,
    firewall_faults,
    firewall_unit,
    forget_firewalls,
    reset_firewall,
    unload_firewall,
    with_firewall,
)
from listeners import ACME_PORT, check_ports, listeners
from look import look, served_certificates
from machine import (
    FOREVER,
    check_owner,
    machine_lock,
    make_accounts,
    make_directories,
    remember_addresses,
    restore_directories,
)
from packages import forget_installed, install_packages, replaced_packages, tell_replaced, told_replaced
from paths import INSTALLED, JOURNAL, MANIFEST, ORIGINALS, STATE, Wanted
from preflight import preflight, tell_warnings
from previous import (
    check_rollback,
    next_generation,
    previous_files,
    previous_manifest,
    rollback_actions,
    stage_previous,
)
from probes import probe
from process import run
from progress import ANSWER, SIGNALS, Deployer, on_signal, printable, say
from transaction import (
    abort,
    check_room,
    commit,
    install_recovery,
    known_of,
    manifest_of,
    recover,
    remember_originals,
    remove_recovery,
    restore_originals,
    start_guard,
    swap,
    tell_name,
    undo_folder,
    with_aside,
    write_journal,
)
from units import (
    States,
    act_on_unit,
    enable_units,
    is_healthy,
    journal_lines,
    stop_units,
    stopped_with,
    systemctl,
    unit_names,
    unit_states,
)

UNIT_RESULTS = {"start": "started", "restart": "restarted", "reload": "reloaded", "enable": "enabled"}


def install(wanted: Wanted, source: str, ssh_port: str) -> dict[str, Any]:
    """Installs packages while the rest of the machine is not decided yet: `wanted` is a `WantedPackages`. What stops a machine is found before, and what is new
    does not run before `apply`."""
    with machine_lock(wanted["owner"]), outcome_told(wanted):
        _, _, installed = prepare(wanted, source, ssh_port)
        return {"installed": installed}


def apply(wanted: Wanted, source: str, ssh_port: str, deployer: str = "") -> dict[str, Any]:
    """Makes the machine what `wanted` says, or leaves it as it was and raises `Failure`."""
    with machine_lock(wanted["owner"]), outcome_told(wanted):
        try:
            before, found, installed = prepare(wanted, source, ssh_port)
            remember_addresses([*wanted.get("addresses", []), deployer])
            make_accounts(wanted)
            make_directories(wanted)
            plan = compare(wanted, before)
            stage(plan, wanted)
            validate(plan, wanted)
            return activate(plan, wanted, before, found, installed, ssh_port)
        finally:
            clear_stage()


@contextmanager
def outcome_told(wanted: Wanted) -> Iterator[None]:
    """Has a failure say what is running now."""
    try:
        yield
    except Exception as error:
        failure = as_failure(error)
        failure.outcome = failure.outcome or (
            "The previous configuration is running, nothing was changed."
            if os.path.exists(MANIFEST)
            else "Nothing was activated: no mail service was started."
        )
        if not os.path.exists(MANIFEST) and not os.path.exists(JOURNAL):
            restore_directories()
        if not os.path.exists(MANIFEST):
            failure.outcome = f"{failure.outcome} {told_replaced(wanted)}".strip()
        raise failure from error


def prepare(wanted: Wanted, source: str, ssh_port: str) -> tuple[Wanted, States, list[str]]:
    """The part before which nothing changes and after which the packages are there: what is active, the units as they were found, and what was installed."""
    recover()
    before = read_json(MANIFEST)
    preflight(wanted, before, ssh_port)
    if not before and not read_lines(INSTALLED):  # told before they were installed
        tell_warnings(wanted)
    install_recovery(source)
    start_guard()
    found = states_now(wanted, before)
    installed = install_packages(wanted, {name: found[name] for name in unit_names(wanted)})
    if installed:
        check_ports(wanted, before)
    return before, found, installed


def activate(
    plan: Plan, wanted: Wanted, before: Wanted, found: States, installed: list[str], ssh_port: str
) -> dict[str, Any]:
    """The part after which the machine is a new one: journal, swap, units, certificates, probes, commit."""
    known = known_of(wanted, before)
    states = states_now(wanted, before) if installed else found
    actions = decide_units(plan, wanted, before, states, installed)
    actions |= repair_actions(wanted, before, states, actions)
    dropped = [name for name in reversed(before.get("units", [])) if name not in unit_names(wanted)]
    actions |= {name: "restart" for name in stopped_with(dropped) if name in unit_names(wanted)}
    needs = {certificate["name"]: certificate_need(certificate) for certificate in certificates_of(wanted)}
    manifest = manifest_of(wanted, plan)
    folder = undo_folder(manifest, before)
    result = {"manifest": manifest["sha256"], "changed": plan.shown, "units": {}, "installed": installed, "replaced": replaced_packages(wanted)}
    if not plan.changes and not actions and not dropped and not any(needs.values()) and manifest == before:
        say("agent", "everything is as wanted")
        keep_key_and_account(wanted)
        forget_installed()
        return result
    check_room(plan)
    remember_originals(plan, wanted, before, found, ssh_port)
    plan.add_json(MANIFEST, manifest)
    done: dict[str, str] = {}
    fresh = missing_certificate_files(wanted)
    ending = sessions_to_end(plan, manifest)
    try:
        write_journal(plan, wanted["owner"], {name: states[name] for name in [*actions, *dropped]}, actions, folder, known)
        started = time.monotonic()
        stop_units(dropped)
        forget_firewalls(dropped)
        swap(plan)
        actions |= clear_the_challenge(actions, needs)
        bring_up(wanted, before, actions, states, needs, done)
        if plan.shown or done:
            probe(wanted, done, started)
            if known["firewall"] in done:  # of any other it is known that it has no fault (`repairs`)
                check_firewall(wanted)
        keep_key_and_account(wanted)
        forgotten = forget_certificates(wanted, before)
        commit(folder)
        forget_installed()
        remove_certificate_files(forgotten)
    except BaseException as error:
        failure = abort(error, bool(before), {*done, *dropped}, folder)
        if read_json(MANIFEST) == before:
            remove_certificate_files(fresh)
        raise failure from error
    end_sessions(ending)
    result["units"] = done | {name: "stopped" for name in dropped}
    for name in give_back(dropped):
        result["units"][name] = "given back"
    say(
        "agent",
        f"committed: {len(plan.shown)} files changed, units: {', '.join(f'{n} {d}' for n, d in done.items()) or 'none touched'}",
    )
    return result


def give_back(dropped: list[str]) -> list[str]:
    """Starts units again that ran before the first activation, and with which the state has nothing to do any more; a firewall only `remove` gives back, which
    knows whether it lets the deployer in. Returns those that run."""
    ran = read_json(ORIGINALS).get("units", {})
    return [name for name in reversed(dropped) if ran.get(name, {}).get("active") and name not in FIREWALL_MANAGERS and not start_again(name)]


def states_now(wanted: Wanted, before: Wanted) -> States:
    """The states of the units of both generations."""
    return with_firewall(unit_states(unit_names(wanted) + before.get("units", [])), known_of(wanted, before)["firewall"])


def end_sessions(commands: list[list[str]]) -> None:
    if commands:
        say("agent", "ending the sessions of those whose login changed")
    for command in commands:
        run(*command, timeout=10)


def clear_the_challenge(actions: dict[str, str], needs: dict[str, str]) -> dict[str, str]:
    """Stops units that are to restart anyway, but hold, from before, the port on which the authority will ask."""
    holders = {one.unit for one in listeners({ACME_PORT})} & set(actions) if any(needs.values()) else set()
    for name in sorted(holders):
        say("agent", f"stopping {name}, which listens on port {ACME_PORT}")
        systemctl("stop", name)
    return dict.fromkeys(holders, "start")


def bring_up(
    wanted: Wanted, before: Wanted, actions: dict[str, str], states: States, needs: dict[str, str], done: dict[str, str]
) -> None:
    """Starts, restarts and reloads units role by role; a role's certificates come before its units."""
    enable_units(actions, states)
    firewall = firewall_unit(wanted)
    for role in wanted["roles"]:
        obtain_certificates(role, needs, wanted.get("addresses", []), actions)
        for unit in role.get("units", []):
            name = unit["name"]
            if name in actions:
                done[name] = UNIT_RESULTS[actions[name]]
                if name == firewall:
                    if actions[name] == "start":
                        unload_firewall(name)
                    reset_firewall(before, name)
                act_on_unit(role["name"], name, actions[name])


def repair_actions(wanted: Wanted, before: Wanted, states: States, actions: dict[str, str]) -> dict[str, str]:
    """What units need besides `actions` as they do something else than their files say: a firewall that somebody changed in the
    kernel, a service that shows an old certificate."""
    more: dict[str, str] = {}
    on_disk = {fingerprint(path) for path in before.get("certificates", {}).values()}
    for role in wanted["roles"]:
        names = [unit["name"] for unit in role.get("units", [])]
        due = [name for name in names if states[name]["healthy"] and actions.get(name) not in ("start", "restart")]
        if firewall_unit(wanted) in due and firewall_faults(before):
            more |= {name: "restart" for name in due}
        elif due and any(answer["sha256"] and answer["sha256"] not in on_disk for answer in served_certificates([role])):
            more |= {name: "reload" for name in due}
    return more


def rollback(asked: Wanted, source: str, ssh_port: str, deployer: str = "") -> dict[str, Any]:
    """Brings the previous generation back, or leaves the machine as it was and raises `Failure`. What is active now becomes the
    previous generation: a second rollback that is told to go `forward` takes the first one back."""
    with machine_lock("a rollback"):
        try:
            recover()
            before, target = read_json(MANIFEST), previous_manifest()
            check_rollback(before, target, asked, ssh_port)
            install_recovery(source)
            remember_addresses([deployer])
            clear_stage()
            plan, moved = stage_previous()
            changed = previous_files(before, target)
            units = activate_previous(plan, moved, target, before, asked["forward"])
            return {"manifest": target["sha256"], "changed": changed, "units": units}
        except Exception as error:
            failure = as_failure(error)
            failure.outcome = failure.outcome or "Nothing was changed."
            raise failure from error
        finally:
            clear_stage()


def activate_previous(plan: Plan, moved: dict[str, str], target: Wanted, before: Wanted, forward: bool) -> dict[str, str]:
    """The part of a rollback after which the machine is the one before: journal, swap, units, probes, commit. Returns what became
    of which unit."""
    dropped = [name for name in reversed(before["units"]) if name not in target["units"]]
    target = with_aside(target, before)
    known = known_of(target, before)
    states = with_firewall(unit_states([*target["units"], *dropped]), known["firewall"])
    actions = rollback_actions(target, moved, states)
    actions |= repair_actions(target, before, states, actions)
    actions |= {name: "restart" for name in stopped_with(dropped) if name in target["units"]}
    check_room(plan)
    done: dict[str, str] = {}
    folder = next_generation()
    ending = sessions_to_end(plan, target)
    try:
        write_journal(
            plan, before["owner"], {name: states[name] for name in [*actions, *dropped]}, actions, folder, known, not forward
        )
        start_guard()
        started = time.monotonic()
        stop_units(dropped)
        forget_firewalls(dropped)
        swap(plan)
        bring_up(target, before, actions, states, {}, done)
        # Its certificates are those of now: one that has run out is no reason to keep a configuration that is worse.
        probe(target, done, started, believe=True)
        check_firewall(target)
        commit(folder)
    except BaseException as error:
        raise abort(error, True, {*done, *dropped}, folder) from error
    end_sessions(ending)
    say("agent", f"rolled back: units: {', '.join(f'{n} {d}' for n, d in done.items()) or 'none touched'}")
    return done | {name: "stopped" for name in dropped}


def remove(wanted: Wanted, ssh_port: str) -> dict[str, Any]:
    """Takes the mail server off the machine: services stopped, files as they were found; mail, packages and certificates stay."""
    with machine_lock(wanted["owner"]):
        recover()
        manifest, originals = read_json(MANIFEST), read_json(ORIGINALS)
        tell_replaced(wanted)
        if not manifest:
            forget_installation(wanted)
            say("agent", "no mail server was activated on this machine, nothing to remove")
            return {}
        check_owner(wanted, manifest)
        units, firewall = manifest["units"], firewall_unit(manifest) or firewall_unit(wanted)
        stop_units(reversed(units))
        if firewall in units:
            unload_firewall(firewall)
            if not originals["units"].get(firewall, {}).get("active"):
                forget_firewalls([firewall])
        restored, removed = restore_originals(originals, sorted([*manifest["files"], *manifest["tables"]]))
        for folder in sorted(originals["folders"], reverse=True):
            remove_folder_if_empty(folder)
        restore_directories()
        systemctl("daemon-reload")
        tell_name(manifest["files"])
        down: list[str] = []
        for name in dict.fromkeys([*units, *originals["units"]]):  # also those that the stack has let go since
            if not originals["units"].get(name, {}).get("active"):
                continue
            if name in FIREWALL_MANAGERS and originals["sshPort"] != ssh_port:
                say("agent", f"{name} stays off: it ran before, but its rules may not know the SSH port {ssh_port}")
                continue
            down += start_again(name)
        remove_recovery()
        say("agent", "removed; packages, accounts, directories, mail and certificates were left")
        return {
            "removed": removed, "restored": restored, "stopped": units, "notStarted": down, "left": what_stays(wanted),
        }  # fmt: skip


def forget(wanted: Wanted) -> dict[str, Any]:
    """Gives back what `install` took, where no activation followed it; `remove` has done so where one did. Packages stay."""
    with machine_lock(wanted["owner"]):
        recover()
        if os.path.exists(STATE) and not read_json(MANIFEST):
            tell_replaced(wanted)
            forget_installation(wanted)
            say("agent", "nothing was activated on this machine; packages were left")
        return {}


def forget_installation(wanted: Wanted) -> None:
    """Lets units start again that an installation masked which no activation followed, though not by themselves, and takes the agent away."""
    masked = [name for name, state in unit_states(unit_names(wanted)).items() if state["LoadState"] == "masked"]
    if masked:
        systemctl("unmask", *masked)
        systemctl("disable", *masked, tolerant=True)
    restore_directories()
    remove_recovery()


def start_again(name: str) -> list[str]:
    """Starts a unit that ran before the mail server. Where it does not come up, that is said, and it is the answer: its files are its
    own again, so no further try would change anything."""
    since = time.monotonic()
    systemctl("enable", name, tolerant=True)
    output = run("systemctl", "start", name)
    if not output.code and is_healthy(name):
        return []
    lines = journal_lines([name], since) or output.text.splitlines()[-4:]
    say("agent", f"warning: {name} ran before the mail server, but does not start with its own files: {'; '.join(lines)}")
    return [name]


def what_stays(wanted: Wanted) -> dict[str, list[str]]:
    """What `remove` leaves on purpose."""
    roles = wanted["roles"]
    return {
        "packages": sorted({package for role in roles for package in role["packages"]}),
        "accounts": sorted({account["user"] for role in roles for account in role.get("accounts", [])}),
        "directories": sorted({folder["path"] for role in roles for folder in role.get("directories", [])}),
        "certificates": [certificate["name"] for certificate in certificates_of(wanted)],
    }


def main(mode: str, connection: str) -> int:
    """`install`, `forget`, `apply`, `remove`, `look` and `rollback` with the bundle from stdin; `recover` from the recovery unit."""
    os.umask(0o077)
    sys.dont_write_bytecode = True
    os.environ.update(
        PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL="C.UTF-8", SYSTEMD_PAGER="", SYSTEMD_COLORS="0",
        DEBIAN_FRONTEND="noninteractive", SYSTEMCTL_SKIP_SYSV="1", APT_LISTCHANGES_FRONTEND="none", NEEDRESTART_SUSPEND="1", UCF_FORCE_CONFFOLD="1",
    )  # fmt: skip
    for number in SIGNALS:
        signal.signal(number, on_signal)
    try:
        if os.geteuid() != 0:
            raise Failure("the agent must run as root; log in as root or as a user with password-less sudo")
        if mode == "recover":
            with machine_lock("recovery", FOREVER):
                recover(booting=run("systemctl", "is-active", "basic.target").code != 0)
            return 0
        bundle = globals()["BUNDLE"]
        deployer, _, _, ssh_port = (connection.split() + [""] * 4)[:4]
        result = {
            "install": lambda: install(bundle["wanted"], bundle["agent"], ssh_port),
            "forget": lambda: forget(bundle["wanted"]),
            "apply": lambda: apply(bundle["wanted"], bundle["agent"], ssh_port, deployer),
            "remove": lambda: remove(bundle["wanted"], ssh_port),
            "look": look,
            "rollback": lambda: rollback(bundle["asked"], bundle["agent"], ssh_port, deployer),
        }[mode]()
        sys.stdout.buffer.write(to_json(result).join(ANSWER) + b"\n")
        sys.stdout.flush()
        return 0
    except BaseException as error:
        failure = as_failure(error)
        Deployer.must_finish = True
        screen = [failure.sentence, *(f"  {line}" for line in failure.lines), failure.outcome]
        try:
            lines = "\n".join(line for line in screen if line).split("\n")
            os.write(2, ("\n".join(map(printable, lines)) + "\n").encode())
        except OSError:
            pass
        return 1


if __name__ == "__main__":
    sys.exit(main(*(sys.argv[1:] + ["", ""])[:2]))
