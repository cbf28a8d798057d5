"""The machine before any file changes: may we, accounts, directories."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import re
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from errors import Failure
from filesystem import (
    folder_handle,
    make_parents,
    read_bytes,
    read_json,
    read_lines,
    remove_file,
    to_json,
    write_lines,
    write_over,
)
from listeners import listeners
from paths import DIRECTORIES, LOCK, OWN_ADDRESSES, ROOT, Wanted
from process import run
from progress import LOCK_TIMEOUT, Deadline, say

FOREVER = float("inf")
MOST_ADDRESSES = 20


@contextmanager
def machine_lock(owner: str, patience: float = LOCK_TIMEOUT) -> Iterator[None]:
    """One activation at a time; says who holds the lock while it waits."""
    handle = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        clock = Deadline(patience)
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


def kept_in(wanted: Wanted) -> dict[str, str]:
    """Directories with what nobody can make again, by the members of the args that say where they are."""
    return {
        folder["keeps"]: folder["path"]
        for role in wanted["roles"] for folder in role.get("directories", []) if "keeps" in folder
    }  # fmt: skip


def kept_of(manifest: Wanted) -> dict[str, str]:
    """The same of what is active, or was; one of an earlier version knows no other place."""
    return manifest.get("kept", {"mailStore": "/var/mail/vhosts"}) if manifest else {}


def check_kept(wanted: dict[str, str], before: Wanted) -> None:
    """Refuses to look for mail elsewhere as long as some is where it was: nobody would find it."""
    was = kept_of(before)
    for member, path in wanted.items():
        old = was.get(member, path)
        if old == path or not os.path.isdir(ROOT + old) or not os.listdir(ROOT + old):
            continue
        raise Failure(
            f"mail lies in {old}, and `{member}` says {path}; set it back to {old}, or move the mail first: "
            f"`systemctl stop postfix dovecot && mv {old} {path}` on the machine, and this again"
        )


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


def check_ssh_stays_open(ports: list[int], ssh_port: str) -> None:
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
    """Where sshd listens, or systemd for it; where neither is seen, where sshd is told to; none without sshd."""
    heard = {one.port for one in listeners() if one.process == "sshd"}
    told = re.findall(r"^port (\d+)$", run("sshd", "-T").text, re.M)
    return sorted(heard | ssh_socket_ports() or map(int, told))


def ssh_socket_ports() -> set[int]:
    """Where systemd listens for sshd, as on Ubuntu: before the first connection, `sshd -T` fails there for want of /run/sshd."""
    shown = run("systemctl", "show", "-pActiveState", "-pListen", "ssh.socket").text
    if not re.search(r"^ActiveState=active$", shown, re.M):
        return set()
    return set(map(int, re.findall(r"^Listen=(?:.*:)?(\d+) \(Stream\)$", shown, re.M)))


def check_accounts(wanted: Wanted) -> None:
    """Refuses accounts that have another number than files and daemons will go by, and numbers that somebody else has."""
    for role in wanted["roles"]:
        for account in role.get("accounts", []):
            user, uid = account["user"], account.get("uid")
            check_person(user, account.get("ids"))
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


def check_person(user: str, ids: dict[str, int] | None) -> None:
    """Refuses an account of a person that is not there, or is a part of the system."""
    if ids is None:
        return
    there = known(pwd.getpwnam, user)
    if not there:
        raise Failure(
            f"systemAccounts names {user}, and there is no such account on this machine; make it by `adduser {user}`, or leave it out"
        )
    if not ids["first"] <= there.pw_uid <= ids["last"]:
        raise Failure(
            f"systemAccounts names {user}, whose uid {there.pw_uid} is not one of people ({ids['first']} to {ids['last']}); name a person's account"
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


def remember_addresses(addresses: list[str]) -> None:
    """Keeps addresses that nothing on the machine may shut out, one a line, the latest last. Of earlier ones only some: whoever deployed from one may have left it."""
    kept = read_lines(OWN_ADDRESSES)
    latest = [one for one in map(canonical, addresses) if one]
    lines = [*(one for one in kept if one not in latest), *dict.fromkeys(latest)][-MOST_ADDRESSES:]
    if lines != kept:
        write_lines(OWN_ADDRESSES, lines)


def canonical(address: str) -> str:
    """An address as the kernel writes it, IPv4 that came in by IPv6 as IPv4; nothing where it is none, as at a console."""
    bare = address.split("%")[0]
    for family, text in ((socket.AF_INET, re.sub(r"(?i)^::ffff:(?=[\d.]+$)", "", bare)), (socket.AF_INET6, bare)):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, text))
        except (OSError, ValueError):  # ValueError: a zero byte
            continue
    return ""


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


def restore_directories() -> None:
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
