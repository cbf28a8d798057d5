"""Who listens already where the mail server is to listen: asked of the kernel, before anything changes."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from certificate import certificate_need, certificates_of
from errors import Failure
from filesystem import read_bytes
from packages import PackageManager, manager_of
from paths import ROOT, Wanted
from units import stem, unit_names

ACME_PORT = 80  # of the challenge (RFC 8555 section 8.3)


class Listener(NamedTuple):
    """A process with a listening socket."""

    port: int
    loopback: bool  # nobody else reaches it
    process: str
    pid: int
    unit: str  # empty where systemd did not start it


def check_ports(wanted: Wanted, before: Wanted) -> None:
    """Refuses a machine where others listen on the mail server's ports. Not meant are older servers of the same units, whose
    configuration is kept and replaced, and a mail server for the machine itself, whose package goes when Postfix comes."""
    manager = manager_of(wanted)
    ours = {stem(name) for name in [*unit_names(wanted), *before.get("units", [])]}
    taken: dict[tuple[str, str, int], list[int]] = {}
    for one in listeners({*wanted["ports"], ACME_PORT}):
        if stem(one.unit) in ours or one.loopback and manager.is_mail_server(package_of(manager, one.pid)):
            continue
        if one.port == ACME_PORT and not any(map(certificate_need, certificates_of(wanted))):
            continue
        taken.setdefault((one.process, one.unit, one.pid), []).append(one.port)
    if taken:
        raise Failure(
            "other programs listen on ports of the mail server; end them, or give the mail server a machine of its own",
            [taken_by(*who, ports, package_of(manager, who[2])) for who, ports in taken.items()],
        )


def taken_by(process: str, unit: str, pid: int, ports: list[int], package: str) -> str:
    """Who has ports, and how to get them back."""
    details = [f"process {pid}", unit and f"unit {unit}", package and f"package {package}"]
    if process.startswith("docker"):
        remedy = f"`docker ps --filter publish={ports[0]}` names the container, `docker stop` ends it"
    elif pid == 1:
        remedy = "`systemctl list-sockets` names its unit, `systemctl disable --now` ends it"
    else:  # of a unit that is a script of SysV, `disable --now` stops nothing
        remedy = f"`systemctl stop {unit} && systemctl disable {unit}`" if unit.endswith(".service") else f"`kill {pid}`"
    numbers = ", ".join(map(str, sorted(set(ports))))
    return f"port {numbers}: {process} ({', '.join(filter(None, details))}); {remedy}"


def listeners(ports: set[int] | None = None) -> list[Listener]:
    """The processes that listen on these TCP ports, or on any, one for each socket."""
    sockets = {}
    for table in ("tcp", "tcp6"):
        path = f"{ROOT}/proc/net/{table}"
        for line in read_bytes(path).decode().splitlines()[1:] if os.path.exists(path) else []:
            fields = line.split()
            address, port = fields[1].split(":")
            if fields[3] == "0A" and (ports is None or int(port, 16) in ports):  # TCP_LISTEN
                sockets[fields[9]] = (int(port, 16), is_loopback(address))
    owners = owners_of(set(sockets)) if sockets else {}
    found = [Listener(*socket, *owners.get(inode, ("the kernel", 0, ""))) for inode, socket in sockets.items()]
    return sorted(found, key=lambda one: (one.port, one.pid))


def is_loopback(address: str) -> bool:
    """Whether an address of /proc/net/tcp (words of the machine's byte order, in hex) is one of the loopback interface."""
    if len(address) == 8:
        return address.endswith("7F")
    return address == "0" * 24 + "01000000" or address.startswith("0" * 16 + "FFFF0000") and address.endswith("7F")


def owners_of(inodes: set[str]) -> dict[str, tuple[str, int, str]]:
    """The process, its number and its unit for each socket; of several processes, the eldest."""
    owners: dict[str, tuple[str, int, str]] = {}
    for pid in sorted(int(name) for name in os.listdir(ROOT + "/proc") if name.isdigit()):
        folder = f"{ROOT}/proc/{pid}"
        try:
            held = sockets_of(folder) & inodes - owners.keys()
            if held:
                name = re.sub(r"[^\w.+-]", "?", read_bytes(folder + "/comm").decode("utf-8", "replace").strip())
                owners |= dict.fromkeys(held, (name, pid, unit_of(read_bytes(folder + "/cgroup").decode())))
        except OSError:
            continue  # ended meanwhile
    return owners


def sockets_of(folder: str) -> set[str]:
    """The inodes of a process's sockets; it may close some while they are read."""
    inodes = set()
    for handle in os.listdir(folder + "/fd"):
        try:
            link = os.readlink(f"{folder}/fd/{handle}")
        except FileNotFoundError:
            continue
        if link.startswith("socket:["):
            inodes.add(link[8:-1])
    return inodes


def unit_of(cgroups: str) -> str:
    """The unit of a process, from its /proc/PID/cgroup."""
    paths = re.findall(r"^(?:0:|\d+:name=systemd):(.*)$", cgroups, re.M)
    units = [unit for path in paths for unit in re.findall(r"[\w:.\\@-]+\.(?:service|scope)(?=/|$)", path)]
    return units[-1] if units else ""


def package_of(manager: PackageManager, pid: int) -> str:
    """The package of a process's program; empty where none has it."""
    program = program_of(pid)
    return manager.owner_of(program) if program else ""


def program_of(pid: int) -> str:
    """The path of a process's program; empty where it has ended, or is the kernel's."""
    try:
        return os.readlink(f"{ROOT}/proc/{pid}/exe").removesuffix(" (deleted)")
    except OSError:
        return ""
