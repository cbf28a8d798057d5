"""Where names lead in DNS, and whether that is here. The machine's own resolver is no witness: systemd-resolved, dnsmasq and others
answer from /etc/hosts, and for the host's own name from nothing at all."""

from __future__ import annotations

import os
import re
import socket
import struct

from errors import Failure
from filesystem import read_bytes
from paths import ROOT
from process import run
from progress import RESOLVE_TIMEOUT, Deadline

# Who forwards questions writes down where to, as resolv.conf(5); /etc/resolv.conf then names a loopback address.
UPSTREAMS = (
    "/etc/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/run/NetworkManager/no-stub-resolv.conf",
    "/run/dnsmasq/resolv.conf",
)
TYPES = {"A": (1, socket.AF_INET, 4), "AAAA": (28, socket.AF_INET6, 16)}  # RFC 1035, RFC 3596
PRIVATE = r"10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|100\.(6[4-9]|[789]\d|1[01]\d|12[0-7])\.|f[cd]"
LOOPBACK = r"127\.|::1$"


class Unanswered(Exception):
    """Nobody says whether there is a record."""


def wait_for_names(role: str, names: list[str], reached: list[str]) -> None:
    """The authority will look the names up, so they must lead here first. `reached`: addresses by which the world reaches this machine,
    also where the machine has others."""
    own = run("hostname", "-I").text.split()
    here = {*own, *reached}
    clock = Deadline(RESOLVE_TIMEOUT)
    for name in names:
        while True:
            found, trouble = look_up(name)
            if leads_here(found, own, here):
                break
            seen = f"resolves to {', '.join(sorted(found))}" if found else "does not resolve"
            if clock.over():
                raise Failure(
                    f"{name} {seen} after {RESOLVE_TIMEOUT} s, but this machine is {', '.join(sorted(here))}; "
                    f"point {name} to it by A and AAAA records or a CNAME, the authority checks them before it gives a certificate",
                    trouble,
                )
            clock.wait(1, role, f"waiting: {name} {seen}")


def leads_here(found: set[str], own: list[str], here: set[str]) -> bool:
    """Whether one of the addresses is this machine's. Each protocol by itself: where all that the machine has is private, somebody
    translates it, and only the authority can tell."""
    if found & here:
        return True
    for is_v6 in (False, True):
        held = [address for address in own if (":" in address) == is_v6]
        hidden = bool(held) and all(re.match(PRIVATE, address) for address in held)
        if hidden and any((":" in address) == is_v6 for address in found):
            return True
    return False


def look_up(name: str) -> tuple[set[str], list[str]]:
    """Addresses of a name in DNS, and what stood in the way of an answer."""
    found: set[str] = set()
    trouble: list[str] = []
    servers = name_servers()
    for kind in TYPES:
        try:
            found |= ask_one_of(servers, name, kind)
        except Unanswered as error:
            trouble.append(str(error))
    if all(re.match(LOOPBACK, server) for server in servers):
        invented = found & set(hosts_file().get(name, []))
        found -= invented
        if invented:
            trouble.append(
                f"the machine's resolver {', '.join(servers)} answers {', '.join(sorted(invented))} from /etc/hosts; take {name} out of there"
            )
    return {address for address in found if not re.match(LOOPBACK, address)}, list(dict.fromkeys(trouble))


def name_servers() -> list[str]:
    """Those that this machine asks in the end; one on the machine itself only where nobody knows whom that one asks."""
    listed = [address for path in UPSTREAMS for address in servers_in(path)]
    far = [address for address in listed if not re.match(LOOPBACK, address)]
    return list(dict.fromkeys(far or listed or ["127.0.0.1"]))


def servers_in(path: str) -> list[str]:
    if not os.path.exists(ROOT + path):
        return []
    text = read_bytes(ROOT + path).decode("utf-8", "replace")
    return re.findall(r"^\s*nameserver\s+([\da-fA-F.:]+(?:%\S+)?)\s*(?:[#;].*)?$", text, re.M)


def hosts_file() -> dict[str, list[str]]:
    """Addresses of each name in /etc/hosts."""
    path = ROOT + "/etc/hosts"
    known: dict[str, list[str]] = {}
    for line in read_bytes(path).decode("utf-8", "replace").splitlines() if os.path.exists(path) else []:
        address, *names = line.split("#")[0].split() or [""]
        for name in names:
            known.setdefault(name.lower().rstrip("."), []).append(address)
    return known


def ask_one_of(servers: list[str], name: str, kind: str) -> set[str]:
    """What the first server says that answers."""
    silent = []
    for _ in range(2):
        for server in servers:
            try:
                return ask_server(server, name, kind)
            except (OSError, Unanswered, IndexError, struct.error) as error:
                silent.append(f"{server}: {error or type(error).__name__}")
    raise Unanswered(f"no name server said whether {name} has an {kind} record: {', '.join(dict.fromkeys(silent))}")


def ask_server(server: str, name: str, kind: str, port: int = 53, seconds: float = 2) -> set[str]:
    """One question of RFC 1035 by UDP, and by TCP where the answer is too long for that."""
    labels = name.encode("ascii").split(b".")
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + struct.pack("!HH", TYPES[kind][0], 1)
    head = os.urandom(2)
    question = head + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + asked  # recursion desired
    target = socket.getaddrinfo(server, port, flags=socket.AI_NUMERICHOST)[0]
    for transport in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(target[0], transport) as plug:
            plug.settimeout(seconds)
            plug.connect(target[4])
            answer = by_udp(plug, question) if transport == socket.SOCK_DGRAM else by_tcp(plug, question)
        flags = struct.unpack_from("!H", answer, 2)[0]
        if answer[:2] != head or not flags & 0x8000 or answer[12 : 12 + len(asked)].lower() != asked.lower():
            raise Unanswered("answers something else")
        if not flags & 0x0200:
            break
    if flags & 15 not in (0, 3):  # no error, no such name
        raise Unanswered({2: "SERVFAIL", 5: "REFUSED"}.get(flags & 15, f"RCODE {flags & 15}"))
    return addresses_in(answer, 12 + len(asked), kind)


def by_udp(plug: socket.socket, question: bytes) -> bytes:
    plug.send(question)
    return plug.recv(65535)


def by_tcp(plug: socket.socket, question: bytes) -> bytes:
    plug.sendall(struct.pack("!H", len(question)) + question)
    answer = b""
    while len(answer) < 2 or len(answer) < 2 + struct.unpack_from("!H", answer)[0]:
        more = plug.recv(65535)
        if not more:
            raise Unanswered("closed the connection")
        answer += more
    return answer[2:]


def addresses_in(answer: bytes, move_into_place: int, kind: str) -> set[str]:
    """Addresses in the answer section, also those at the end of a chain of CNAMEs."""
    number, family, size = TYPES[kind]
    found = set()
    for _ in range(struct.unpack_from("!H", answer, 6)[0]):
        while 0 < answer[move_into_place] < 192:
            move_into_place += 1 + answer[move_into_place]
        move_into_place += 2 if answer[move_into_place] else 1
        held, _, _, length = struct.unpack_from("!HHIH", answer, move_into_place)
        move_into_place += 10
        if held == number and length == size:
            found.add(socket.inet_ntop(family, answer[move_into_place : move_into_place + size]))
        move_into_place += length
    return found
