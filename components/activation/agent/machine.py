"""The machine before any file changes: may we, packages, accounts, directories."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from listeners import listeners
from plumbing import (
    DIRECTORIES,
    LOCK,
    LOCK_PATIENCE,
    OUR_POLICY,
    POLICY,
    REPLACED,
    ROOT,
    Failure,
    Output,
    Patience,
    Wanted,
    folder_handle,
    make_parents,
    read_bytes,
    read_json,
    remove_file,
    run,
    say,
    to_json,
    write_new,
    write_over,
)
from units import States, stem, systemctl

FOREVER = float("inf")


@contextmanager
def machine_lock(owner: str, patience: float = LOCK_PATIENCE) -> Iterator[None]:
    """One activation at a time; says who holds the lock while it waits."""
    handle = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        clock = Patience(patience)
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if patience < FOREVER else 0))
                break
            except BlockingIOError:
                holder = os.pread(handle, 300, 0).decode("utf-8", "replace").strip()
                if clock.over():
                    failure = Failure(
                        f"another activation holds this machine for more than {patience:.0f} s: {holder}; wait for it or end it"
                    )
                    failure.outcome = "This activation changed nothing."
                    raise failure from None
                clock.wait(0.2, "agent", f"waiting for another activation: {holder}")
        os.ftruncate(handle, 0)
        os.pwrite(
            handle,
            f"process {os.getpid()} for {owner}, since {time.strftime('%F %T UTC', time.gmtime())}\n".encode(),
            0,
        )
        yield
    finally:
        os.close(handle)


def check_machine(wanted: Wanted, before: Wanted, ssh_port: str) -> None:
    """Refuses a machine that is not the one the state was made for, and a state that would close the port of this connection."""
    check_format(wanted)
    check_release(wanted["operatingSystem"])
    if before:
        check_owner(wanted, before)
    check_door(wanted["openPorts"], ssh_port)
    check_accounts(wanted)


def check_format(wanted: Wanted) -> None:
    if wanted.get("format") != 1:
        raise Failure(
            f"this agent reads format 1 of the wanted state, not {wanted.get('format')!r}; use one version of pulumi-mailserver throughout"
        )


def check_release(asked: Wanted) -> None:
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', read_bytes(ROOT + "/etc/os-release").decode(), re.M))
    if (release.get("ID"), release.get("VERSION_ID")) != (asked["id"], asked["versionId"]):
        name = release.get("PRETTY_NAME", "unknown")
        raise Failure(
            f"this machine runs {name}, but the state was made for {asked['id']} {asked['versionId']}; "
            f"set `operatingSystem` to what the machine runs, or install {asked['id']} {asked['versionId']} on it"
        )


def check_door(ports: list[int], ssh_port: str) -> None:
    """Refuses a firewall that would shut out this connection, or, where it is none of SSH (a console), everybody who comes by SSH."""
    if not ports:
        return
    doors = [] if ssh_port else ssh_ports()
    if doors and not set(doors) & set(ports):
        raise Failure(
            f"sshd listens on port {', '.join(map(str, doors))}, which the wanted firewall would close "
            f"(it opens {', '.join(map(str, sorted(ports)))}); add {doors[0]} to `firewall.sshPorts`"
        )
    if ssh_port and int(ssh_port) not in ports:
        raise Failure(
            f"this SSH connection came in on port {ssh_port}, which the wanted firewall would close "
            f"(it opens {', '.join(map(str, sorted(ports)))}); add {ssh_port} to `firewall.sshPorts`"
        )


def ssh_ports() -> list[int]:
    """Where sshd listens, or is told to where systemd listens for it; none without sshd."""
    told = re.findall(r"^port (\d+)$", run("sshd", "-T").text, re.M)
    return sorted({one.port for one in listeners() if one.process == "sshd"} or map(int, told))


def check_accounts(wanted: Wanted) -> None:
    """Refuses accounts that have another number than files and daemons will go by, and numbers that somebody else has."""
    for role in wanted["roles"]:
        for account in role.get("accounts", []):
            user, uid = account["user"], account.get("uid")
            if uid is None:
                continue
            there, taken = known(pwd.getpwnam, user), known(pwd.getpwuid, uid)
            if taken and taken.pw_name != user:
                raise Failure(
                    f"role {role['name']} needs uid {uid} for the account {user}, but {taken.pw_name} has it here; "
                    f"give that one another by `usermod -u NUMBER {taken.pw_name}`, or remove it by `userdel {taken.pw_name}`"
                )
            if there and there.pw_uid != uid:
                raise Failure(
                    f"the account {user} has uid {there.pw_uid} here, but role {role['name']} needs {uid}; stop what runs as {user}, "
                    f"then `usermod -u {uid} {user}` gives it that number with the files in its home ({there.pw_dir}), "
                    f"and `find / -xdev -uid {there.pw_uid} -exec chown -h {user} {{}} +` all its others"
                )


def check_owner(
    asking: Wanted,
    manifest: Wanted,
    remedy: str = "destroy that one first, or give this one another machine",
) -> None:
    """Refuses the server of somebody else. One that was renamed is known by its identity, one whose stack was lost by its name."""
    renamed = "identity" in asking and asking["identity"] == manifest.get("identity")
    if asking["owner"] != manifest["owner"] and not renamed:
        raise Failure(
            f"this machine belongs to the mail server {manifest['owner']}, not to {asking['owner']}; {remedy}"
        )


def install_packages(wanted: Wanted, found: States) -> list[str]:
    """Installs what is missing. Its units stay masked until their configuration is ours, so that not even a power cut starts them.
    Those that run already may be restarted, as may the services of everybody else."""
    status = package_states(package_names(wanted))
    missing = [name for name, word in status.items() if word[1:2] != "i"]
    if not missing:
        return []
    unborn = [name for name, state in found.items() if state["LoadState"] in ("not-found", "masked")]
    with no_daemon_starts([name for name, state in found.items() if state["ActiveState"] != "active"]):
        if unborn:
            systemctl("mask", *unborn)
        answers = [line for role in wanted["roles"] for line in role.get("debconf", [])]
        if answers:
            run("debconf-set-selections", stdin="\n".join(answers) + "\n").demand(
                "debconf did not take the answers for the packages"
            )
        if os.listdir(ROOT + "/var/lib/dpkg/updates") or any(
            status[name][1:] not in ("n", "i", "c") for name in missing
        ):
            say("packages", "finishing an installation that was interrupted")
            unless_locked("dpkg", "--configure", "-a", "--force-confold")
            apt("install", "--fix-broken")
        say("packages", f"installing {', '.join(missing)}")
        fresh = time.time() - newest_index() < 86400
        if not fresh:
            apt("update").demand("the package lists could not be fetched", APT_LINES)
        installed = install(missing)
        if (
            installed.code
            and fresh
            and re.search(r"Unable to (locate|fetch)|no installation candidate|Failed to fetch|404", installed.text)
        ):
            apt("update").demand("the package lists could not be fetched", APT_LINES)
            installed = install(missing)
        installed.demand(f"the packages {', '.join(missing)} could not be installed", APT_LINES)
    say("packages", "installed")
    return missing


def install(missing: list[str]) -> Output:
    """Installs packages. Another mail server, which Postfix conflicts with, goes, and that is written down; nothing else may go."""
    rehearsal = run("apt-get", "-s", "-q", "--no-install-recommends", "install", *missing).text
    leaving = re.findall(r"^Remv ([\w.+-]+)", rehearsal, re.M)
    if leaving:
        facts = run("dpkg-query", "-W", "-f", "${Package} ${source:Package} ${Provides}\n", *leaving).text
        sources = {name: (source, given) for name, source, given in re.findall(r"^(\S+) (\S+) ?(.*)$", facts, re.M)}
        mail = {source for source, given in sources.values() if "mail-transport-agent" in given}
        others = [name for name in leaving if sources.get(name, ("",))[0] not in mail]
        if others:
            raise Failure(
                f"to install {', '.join(missing)}, apt would remove {', '.join(others)}; "
                f"remove what this machine can do without by `apt-get remove`, or give the mail server a machine of its own"
            )
        servers = [name for name in leaving if "mail-transport-agent" in sources[name][1]]
        write_over(REPLACED, "".join(f"{name}\n" for name in dict.fromkeys([*replaced_packages(), *servers])).encode())
        say("packages", f"removing {', '.join(leaving)}, which conflicts with Postfix")
    return apt("install", *missing)


def replaced_packages() -> list[str]:
    """The mail servers that had to go for Postfix, and have not come back since."""
    if not os.path.exists(REPLACED):
        return []
    names = read_bytes(REPLACED).decode().split()
    return [name for name, word in package_states(names).items() if word[1:2] != "i"]


def told_replaced() -> str:
    """What somebody must know whose mail server went; empty where none did."""
    names = replaced_packages()
    if not names:
        return ""
    return (
        f"apt removed {', '.join(names)}, since Postfix conflicts with it; "
        f"`apt-get install {' '.join(names)}` brings it back, and removes Postfix."
    )


def package_names(wanted: Wanted) -> list[str]:
    return sorted({package for role in wanted["roles"] for package in role["packages"]} | {"python3"})


def package_states(names: list[str]) -> dict[str, str]:
    """dpkg's abbreviation for each package: `ii` is installed, `hi` on hold, `rc` removed, `un` unknown."""
    listed = run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *names).text
    status = dict(re.findall(r"^(\S+) (\S+)\s*$", listed, re.M))
    return {name: status.get(name, "un") for name in names}


APT_LINES = r"^(E:|Err:|dpkg: error|dpkg: dependency)"
# The scripts of packages say more: on Debian 12 that units could not be enabled, which is as it should be.
APT_PROGRESS = r"^(?:Get:|Unpacking |Setting up |Processing )|Could not get lock"


def apt(*arguments: str) -> Output:
    """`apt-get`, asking nobody and patient with others who hold its locks."""
    options = [
        "Dpkg::Options::=--force-confold",
        f"DPkg::Lock::Timeout={LOCK_PATIENCE}",
        "Dpkg::Use-Pty=0",
        "Acquire::Retries=2",
    ]
    words = [word for option in options for word in ("-o", option)]
    return unless_locked("apt-get", "-y", "-q", "--no-install-recommends", *words, *arguments)


def unless_locked(*command: str) -> Output:
    """Runs a package tool, again and again while somebody else's has the lock; dpkg names that by its path on Debian 13."""
    clock = Patience(LOCK_PATIENCE)
    while True:
        output = run(*command, timeout=1800, patient=True, shown="packages", worth=APT_PROGRESS)
        locked = re.search(r"^.*(?:Could not get lock|was locked by .+ process).*$", output.text, re.M)
        if not output.code or not locked or clock.over():
            return output
        clock.wait(3, "packages", f"waiting: {locked[0]}")


def newest_index() -> float:
    """When package lists were fetched last; 0 without any."""
    folder = ROOT + "/var/lib/apt/lists"
    if not any("_Packages" in name for name in os.listdir(folder)):
        return 0
    return max(os.stat(path).st_mtime for path in (folder, folder + "/partial") if os.path.exists(path))


@contextmanager
def no_daemon_starts(units: list[str]) -> Iterator[None]:
    """Packages ask policy-rc.d whether they may start their services: these units no. For all others, whose packages somebody else
    may install meanwhile, it answers as one does that is there already, and that one is put back afterwards."""
    allow_daemon_starts()
    if units:
        write_new(OUR_POLICY, policy(units).encode(), 0o755)
        if os.path.lexists(POLICY):
            os.rename(POLICY, POLICY + ".pulumi-mailserver")
        os.symlink(OUR_POLICY, POLICY)
    try:
        yield
    finally:
        allow_daemon_starts()


def policy(units: list[str]) -> str:
    """Answers of policy-rc.d: $1 is a unit, with or without its suffix, and $2 what is to be done. What goes by conflict may stop."""
    names = "|".join(f"{name}|{name}[.@]*" for name in dict.fromkeys(map(stem, units)))
    theirs = POLICY + ".pulumi-mailserver"
    return f"""\
#!/bin/sh
[ "$2" = stop ] && exit 0
case "$1" in {names}) exit 101;; esac
[ ! -x {theirs} ] || exec {theirs} "$@"
exit 0
"""


def allow_daemon_starts() -> None:
    if os.path.islink(POLICY) and os.readlink(POLICY) == OUR_POLICY:
        os.unlink(POLICY)
    if os.path.lexists(POLICY + ".pulumi-mailserver"):
        os.rename(POLICY + ".pulumi-mailserver", POLICY)
    remove_file(OUR_POLICY)


def make_accounts(wanted: Wanted) -> None:
    for role in wanted["roles"]:
        for account in role.get("accounts", []):
            make_account(account, role["name"])


def make_account(account: Wanted, role: str) -> None:
    user, uid = account["user"], account.get("uid")
    if not known(pwd.getpwnam, user):
        if uid is None:
            raise Failure(f"role {role} needs the account {user}, which none of its packages made; give it a uid")
        if not known(grp.getgrnam, user):
            run("groupadd", "-g", str(uid), user).demand(f"the group {user} could not be made")
        home = account.get("home", "/nonexistent")
        run("useradd", "-u", str(uid), "-g", user, "-d", home, "-M", "-s", "/usr/sbin/nologin", user).demand(
            f"the account {user} could not be made"
        )
        say("accounts", f"{user} made")
    for group in account.get("groups", []):
        entry = known(grp.getgrnam, group)
        if not entry:
            raise Failure(f"role {role} puts {user} in the group {group}, which does not exist")
        if user not in entry.gr_mem and pwd.getpwnam(user).pw_gid != entry.gr_gid:
            run("usermod", "-a", "-G", group, user).demand(f"{user} could not be put in the group {group}")


def make_directories(wanted: Wanted) -> None:
    """Makes directories, and gives those that are there the owner and mode that they need; what they had is kept for `give_directories_back`."""
    found = read_json(DIRECTORIES)
    for role in wanted["roles"]:
        for folder in role.get("directories", []):
            path, mode = ROOT + folder["path"], int(folder["mode"], 8)
            uid, gid = identity(folder, role["name"])
            make_parents(path)
            if not os.path.lexists(path):
                keep_access(found, folder["path"], None)
                os.mkdir(path, 0o700)
            try:
                with folder_handle(path, links=8) as handle:
                    if access_of(handle) != [uid, gid, mode]:
                        keep_access(found, folder["path"], access_of(handle))
                        give_access(handle, [uid, gid, mode])
            except NotADirectoryError:
                what = "a link that root did not make" if os.path.islink(path) else "a file"
                raise Failure(f"{folder['path']} is {what}; role {role['name']} needs a directory there") from None


def keep_access(found: dict[str, Any], path: str, access: list[int] | None) -> None:
    """Writes down, once, what a directory had before the first activation; nothing of one that is not there yet."""
    if path not in found:
        found[path] = access
        write_over(DIRECTORIES, to_json(found))


def give_directories_back() -> None:
    """Gives directories that were there the owner and mode that they had before the first activation."""
    for path, was in read_json(DIRECTORIES).items():
        if was is None:
            continue
        try:
            with folder_handle(ROOT + path, links=8) as handle:
                give_access(handle, was)
        except (FileNotFoundError, NotADirectoryError):
            continue  # gone, or something else by now
    remove_file(DIRECTORIES)


def access_of(handle: int) -> list[int]:
    """Owner, group and mode of what is open."""
    now = os.fstat(handle)
    return [now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)]


def give_access(handle: int, access: list[int]) -> None:
    uid, gid, mode = access
    os.fchown(handle, uid, gid)
    os.fchmod(handle, mode)  # a change of the owner may have cleared some of it


def identity(thing: Wanted, role: str) -> tuple[int, int]:
    """Numeric owner and group of a file or directory of a role."""
    owner, group = known(pwd.getpwnam, thing["owner"]), known(grp.getgrnam, thing["group"])
    if not owner or not group:
        what = f"user {thing['owner']}" if not owner else f"group {thing['group']}"
        raise Failure(f"role {role} gives {thing['path']} to the {what}, which does not exist on this machine")
    return owner.pw_uid, group.gr_gid


def known(look_up: Callable[[Any], Any], key: Any) -> Any:
    try:
        return look_up(key)
    except KeyError:
        return None
