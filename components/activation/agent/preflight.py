"""What stands in the way of a mail server on this machine, and what somebody should know of it: all at once, and before anything changes."""

from __future__ import annotations

import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable

from errors import Failure
from filesystem import existing_folder, read_bytes
from firewall import check_other_firewalls
from listeners import check_ports
from machine import check_accounts, check_format, check_kept, check_owner, check_release, check_ssh_stays_open, kept_in
from packages import manager_of, package_names
from paths import ROOT, Wanted
from process import run
from progress import say
from queues import check_queues

MIB = 2**20
ENOUGH_MEMORY = 448 * MIB  # what a machine has that is sold with 512 MB
ENOUGH_DISK = 9 * 10**9  # what a file system has of a disk that is sold with 10 GB
ROOM_FOR_PACKAGES = 400 * MIB
MOST_CLOCK_ERROR = 300  # seconds: of a signature's time, OpenDKIM takes no more (ClockDrift)
CONNECT_TIMEOUT, NTP_TIMEOUT = 10, 2  # seconds
NTP_EPOCH = 2208988800  # seconds from 1900 to 1970
TIME_SERVERS = {"debian": "2.debian.pool.ntp.org", "ubuntu": "ntp.ubuntu.com"}
FAMILIES = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}


def preflight(wanted: Wanted, before: Wanted, ssh_port: str) -> None:
    """Raises all findings as one `Failure`. Of another machine than the state was made for, nothing else is worth a look; of one that is a mail
    server already, only what a change may spoil."""
    check_format(wanted)
    check_release(wanted["operatingSystem"])
    if before:
        check_owner(wanted, before)
    checks: list[Callable[[], None]] = [
        lambda: check_ssh_stays_open(wanted["openPorts"], ssh_port),
        lambda: check_accounts(wanted),
        lambda: check_kept(kept_in(wanted), before),
        lambda: check_ports(wanted, before),
        lambda: check_queues(wanted),
        *([] if before else first_checks(wanted)),
    ]
    raise_together([failure for check in checks if (failure := failure_of(check))])


def first_checks(wanted: Wanted) -> list[Callable[[], None]]:
    """Of a machine that is no mail server yet: what goes wrong later of itself must not stop a change that may put it right."""
    checks = (check_other_firewalls, check_memory, check_room_for_packages, check_package_lists, check_clock, check_outbound)
    return [lambda check=check: check(wanted) for check in checks]


def failure_of(check: Callable[[], None]) -> Failure | None:
    try:
        check()
    except Failure as failure:
        return failure
    return None


def raise_together(failures: list[Failure]) -> None:
    """One as it is, several as a list with a number each."""
    if len(failures) == 1:
        raise failures[0]
    if failures:
        lines = [
            line
            for number, failure in enumerate(failures, 1)
            for line in (f"{number}. {failure.sentence}", *(f"   {line}" for line in failure.lines))
        ]
        raise Failure(f"{len(failures)} findings stand in the way of a mail server on this machine:", lines)


def tell_warnings(wanted: Wanted) -> None:
    """Says what does not stand in the way of a machine that is to become a mail server."""
    for warning in (*memory_warnings(), *disk_warnings(wanted), *clock_warnings(wanted), *name_warnings(wanted), *package_warnings(wanted)):
        say("preflight", f"warning: {warning}")


def part_of(wanted: Wanted, name: str) -> Wanted | None:
    """What the state says of one of the checks."""
    return wanted.get("preflight", {}).get(name)


def memory_sizes() -> dict[str, int]:
    """Bytes, by the names of /proc/meminfo; nothing where that is not there."""
    path = ROOT + "/proc/meminfo"
    text = read_bytes(path).decode() if os.path.exists(path) else ""
    return {name: int(size) * 1024 for name, size in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.M)}


def check_memory(wanted: Wanted) -> None:
    sizes, needed = memory_sizes(), (part_of(wanted, "memory") or 0) * MIB
    total = sizes.get("MemTotal", 0) + sizes.get("SwapTotal", 0)
    if sizes and total < needed:
        raise Failure(
            f"this machine has {total // MIB} MiB of memory and swap, but the services in use take {needed // MIB} MiB; "
            "give it more, or leave services out (`enableFail2ban: false` saves most)"
        )


def memory_warnings() -> list[str]:
    sizes = memory_sizes()
    total = sizes.get("MemTotal", ENOUGH_MEMORY)
    if total >= ENOUGH_MEMORY or sizes.get("SwapTotal"):
        return []
    return [
        f"this machine has {total // MIB} MiB of memory and no swap; with less than 512 MB, the kernel may end a service when mail comes in crowds: "
        "give it a swap file (`fallocate -l 512M /swapfile`, `mkswap`, `swapon`, a line in /etc/fstab)"
    ]


def check_room_for_packages(wanted: Wanted) -> None:
    if not missing_packages(wanted):
        return
    for folder in ("/usr", "/var"):
        now = os.statvfs(existing_folder(ROOT + folder + "/"))
        free = now.f_bavail * now.f_frsize
        if free < ROOM_FOR_PACKAGES:
            raise Failure(f"{folder} has room for {free // MIB} MiB, but packages and what they unpack take up to {ROOM_FOR_PACKAGES // MIB} MiB; make room there")


def check_package_lists(wanted: Wanted) -> None:
    if missing_packages(wanted):
        manager_of(wanted).refresh()


def disk_warnings(wanted: Wanted) -> list[str]:
    now = os.statvfs(existing_folder(ROOT + "/var/mail/"))
    size = now.f_blocks * now.f_frsize
    if size >= ENOUGH_DISK:
        return []
    return [f"the file system of /var/mail has {size / 10**9:.1f} GB; with less than 10 GB, mail that people keep fills it soon"]


def missing_packages(wanted: Wanted) -> list[str]:
    manager = manager_of(wanted)
    return [name for name, state in manager.states(package_names(wanted)).items() if not manager.is_installed(state)]


def is_synchronised() -> bool:
    return run("timedatectl", "show", "-pNTPSynchronized", "--value").text.strip() == "yes"


def check_clock(wanted: Wanted) -> None:
    """Refuses a clock that is wrong by so much that others refuse what is signed by it, and that it takes good certificates for bad ones."""
    if is_synchronised():
        return
    error = clock_error(time_server(wanted))
    if error is not None and abs(error) > MOST_CLOCK_ERROR:
        raise Failure(
            f"the clock of this machine is {abs(error):.0f} s {'ahead' if error > 0 else 'behind'}, by {time_server(wanted)}; certificates and DKIM "
            f"signatures take {MOST_CLOCK_ERROR} s at most: `timedatectl set-ntp true` has systemd-timesyncd set it (package systemd-timesyncd)"
        )


def clock_warnings(wanted: Wanted) -> list[str]:
    if is_synchronised():
        return []
    error = clock_error(time_server(wanted))
    told = f"{time_server(wanted)} did not answer" if error is None else f"{abs(error):.1f} s {'ahead' if error > 0 else 'behind'} now"
    return [f"nothing keeps the clock of this machine right ({told}); `timedatectl set-ntp true` does (package systemd-timesyncd)"]


def time_server(wanted: Wanted) -> str:
    return TIME_SERVERS.get(wanted["operatingSystem"]["id"], "pool.ntp.org")


def clock_error(server: str, port: int = 123) -> float | None:
    """By how many seconds this clock is ahead, as an NTP server says (RFC 5905, a client's request of version 4); nothing without an answer."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as plug:
            plug.settimeout(NTP_TIMEOUT)
            plug.connect(address)
            sent = time.time()
            plug.send(b"\x23" + bytes(47))
            answer = plug.recv(512)
            received = time.time()
    except OSError:
        return None
    if len(answer) < 48 or answer[0] & 7 != 4 or not 1 <= answer[1] <= 15:  # a server's, and one that knows the time
        return None
    seconds, fraction = struct.unpack_from("!II", answer, 40)
    return (sent + received) / 2 - (seconds - NTP_EPOCH + fraction / 2**32)


def name_warnings(wanted: Wanted) -> list[str]:
    """Postfix and the others are told their name; what else runs here asks the machine."""
    hostname = part_of(wanted, "hostname")
    if not hostname or any(role["name"] == "hostname" for role in wanted["roles"]):
        return []
    short, full = run("hostname").text.strip(), run("hostname", "-f")
    seen = "no full name" if full.code else full.text.strip()
    if seen == hostname:
        return []
    return [
        f"this machine calls itself {short} (`hostname -f`: {seen}), not {hostname}; the mail server is told its name, but other programs here write mail "
        f"and logs by theirs: `setHostname: true` sets it, as does `hostnamectl set-hostname {hostname}`"
    ]


def package_warnings(wanted: Wanted) -> list[str]:
    manager = manager_of(wanted)
    warnings = []
    if broken := manager.unfinished():
        warnings.append(f"an installation of {few_of(broken)} was cut off or failed; it is tried again with the packages of the mail server")
    held = manager.is_installed(manager.states(["unattended-upgrades"])["unattended-upgrades"])
    automatic = held or any(role["name"] == "unattended-upgrades" for role in wanted["roles"])
    upgrades = manager.upgrades()
    security = [name for name, is_security in upgrades.items() if is_security]
    remedy = "" if automatic else "; nothing installs them by itself: `unattendedUpgrades: {}` does from now on"
    if security:
        warnings.append(f"{len(security)} packages wait for a security update ({few_of(security)}){remedy}; `{manager.by_hand('upgrade', [])}` installs them")
    elif upgrades:
        warnings.append(f"{len(upgrades)} packages have an upgrade ({few_of(list(upgrades))}); `{manager.by_hand('upgrade', [])}` installs them")
    return warnings


def few_of(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def check_outbound(wanted: Wanted) -> None:
    """Refuses a machine that cannot send: it would take mail from people and leave it in the queue for five days. By IPv6 alone it only takes longer."""
    target = part_of(wanted, "outbound")
    if not target:
        return
    families = ["IPv4", *(["IPv6"] if target["ipv6"] else [])]
    trouble: dict[str, str] = {}

    def ask(family: str) -> None:
        trouble[family] = smtp_trouble(target["hostname"], FAMILIES[family])

    threads = [threading.Thread(target=ask, args=(family,), daemon=True) for family in families]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if trouble["IPv4"].startswith(UNRESOLVED):
        say("preflight", f"warning: whether this machine may send on port 25 is not known: {target['hostname']} {trouble['IPv4']}")
    elif trouble["IPv4"]:
        raise Failure(
            f"this machine cannot send mail: by IPv4 it does not reach port 25 of {target['hostname']} ({trouble['IPv4']}); "
            "have whoever rents it out open port 25 outwards, or send through another server (`relayHost`)",
            [f"where {target['hostname']} is no good witness, `outboundProbe.hostname` names another mail server, and `outboundProbe.enabled: false` leaves this out"],
        )
    if not trouble["IPv4"] and trouble.get("IPv6"):
        say(
            "preflight",
            f"warning: by IPv6, this machine does not reach port 25 of {target['hostname']} ({trouble['IPv6']}); mail goes out by IPv4 after a delay: "
            "have port 25 opened for IPv6, too, or leave the IPv6 address out",
        )


UNRESOLVED = "does not resolve"


def smtp_trouble(hostname: str, family: int, port: int = 25) -> str:
    """Why a mail server does not greet; empty where it does, whatever it says."""
    try:
        address = socket.getaddrinfo(hostname, port, family, socket.SOCK_STREAM)[0][4]
    except OSError as error:
        return f"{UNRESOLVED} ({error.strerror or error})"
    try:
        with socket.socket(family, socket.SOCK_STREAM) as plug:
            plug.settimeout(CONNECT_TIMEOUT)
            plug.connect(address)
            if not plug.recv(512):
                return f"{address[0]}: closed the connection"
            plug.sendall(b"QUIT\r\n")
    except socket.timeout:
        return f"{address[0]}: no answer within {CONNECT_TIMEOUT} s"
    except OSError as error:
        return f"{address[0]}: {error.strerror or error}"
    return ""
