"""Where names lead in DNS, asked as RFC 1035 has it; a small name server in a thread answers what each test says."""

from __future__ import annotations

import socket
import struct
import threading
import unittest
from unittest import mock

from scratch import OnMachine  # isort: skip

import errors
import names
import process

Record = tuple[int, bytes]


def a(address: str) -> Record:
    return 1, socket.inet_aton(address)


def aaaa(address: str) -> Record:
    return 28, socket.inet_pton(socket.AF_INET6, address)


def answer_to(query: bytes, records: list[Record], flags: int = 0x8180) -> bytes:
    """An answer whose records have the name of the question, by a pointer."""
    end = query.index(b"\0", 12) + 5
    head = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
    rows = [b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for kind, data in records]
    return head + query[12:end].join([b"", b"".join(rows)])


class NameServer:
    """Answers on one UDP and one TCP port of the loopback address; `seen` has the transport of each question."""

    def __init__(self, by_type: dict[int, list[Record]], *, flags: int = 0x8180, truncate: bool = False) -> None:
        self.by_type, self.flags, self.truncate, self.seen = by_type, flags, truncate, []
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        for work in (self.datagrams, self.streams):
            threading.Thread(target=work, daemon=True).start()

    def answer(self, query: bytes) -> bytes:
        kind = struct.unpack_from("!H", query, query.index(b"\0", 12) + 1)[0]
        return answer_to(query, self.by_type.get(kind, []), self.flags)

    def datagrams(self) -> None:
        while True:
            try:
                query, where = self.udp.recvfrom(4096)
            except OSError:
                return
            self.seen.append("udp")
            self.udp.sendto(answer_to(query, [], 0x8380) if self.truncate else self.answer(query), where)

    def streams(self) -> None:
        while True:
            try:
                plug, _ = self.tcp.accept()
            except OSError:
                return
            with plug:
                self.seen.append("tcp")
                said = self.answer(plug.recv(4096)[2:])
                for part in (struct.pack("!H", len(said)), said[:20], said[20:]):
                    plug.sendall(part)

    def close(self) -> None:
        for each in (self.udp, self.tcp):
            each.close()


class Question(OnMachine):
    def server(self, by_type: dict[int, list[Record]], **more: object) -> NameServer:
        server = NameServer(by_type, **more)
        self.addCleanup(server.close)
        return server

    def test_addresses_of_both_kinds_and_at_the_end_of_a_cname(self) -> None:
        alias = (5, b"\x05other\x07example\x03org\0")
        server = self.server({1: [alias, a("192.0.2.7"), a("192.0.2.8")], 28: [aaaa("2001:db8::7")]})
        self.assertEqual(names.ask_server("127.0.0.1", "mail.example.org", "A", server.port), {"192.0.2.7", "192.0.2.8"})
        self.assertEqual(names.ask_server("127.0.0.1", "mail.example.org", "AAAA", server.port), {"2001:db8::7"})

    def test_a_name_that_is_not_there_is_an_answer(self) -> None:
        server = self.server({}, flags=0x8183)
        self.assertEqual(names.ask_server("127.0.0.1", "mail.example.org", "A", server.port), set())

    def test_a_server_that_fails_or_answers_something_else_gives_no_answer(self) -> None:
        for flags in (0x8182, 0x8185, 0x0180):
            server = self.server({1: [a("192.0.2.7")]}, flags=flags)
            with self.assertRaises(names.Unanswered):
                names.ask_server("127.0.0.1", "mail.example.org", "A", server.port)

    def test_what_is_too_long_for_a_datagram_comes_by_tcp(self) -> None:
        server = self.server({1: [a(f"192.0.2.{number}") for number in range(200)]}, truncate=True)
        self.assertEqual(len(names.ask_server("127.0.0.1", "mail.example.org", "A", server.port)), 200)
        self.assertEqual(server.seen, ["udp", "tcp"])

    def test_rubbish_is_no_answer_and_the_next_server_is_asked(self) -> None:
        good = self.server({1: [a("192.0.2.7")]})
        ask = names.ask_server

        def by_name(server: str, name: str, kind: str) -> set[str]:
            if server == "rubbish":
                return names.addresses_in(b"\0\0\x81\x80\0\1\0\7\0\0\0\0\xc0", 12, kind)
            return ask("127.0.0.1", name, kind, good.port)

        with mock.patch.object(names, "ask_server", by_name):
            self.assertEqual(names.ask_one_of(["rubbish", "good"], "mail.example.org", "A"), {"192.0.2.7"})
            with self.assertRaisesRegex(names.Unanswered, "no name server said whether mail.example.org has an A"):
                names.ask_one_of(["rubbish"], "mail.example.org", "A")


class Servers(OnMachine):
    def test_those_behind_a_resolver_of_the_machine_are_asked(self) -> None:
        self.write("/etc/resolv.conf", "nameserver 127.0.0.53\noptions edns0\n")
        self.write("/run/systemd/resolve/resolv.conf", "# by systemd\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\n")
        self.assertEqual(names.name_servers(), ["192.0.2.53", "fe80::1%eth0"])

    def test_a_resolver_of_the_machine_whose_upstream_nobody_knows(self) -> None:
        self.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.assertEqual(names.name_servers(), ["127.0.0.1"])

    def test_the_hosts_file_does_not_count(self) -> None:
        self.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.write("/etc/hosts", "127.0.1.1 mail.example.org mail\n192.0.2.7 mail.example.org # ours\n")
        with mock.patch.object(names, "ask_one_of", lambda _, name, kind: {"192.0.2.7", "127.0.1.1"} if kind == "A" else set()):
            found, trouble = names.look_up("mail.example.org")
        self.assertEqual(found, set())
        self.assertRegex(trouble[0], "127.0.0.1 answers .* from /etc/hosts; take mail.example.org out")

    def test_the_hosts_file_says_nothing_about_the_answers_of_others(self) -> None:
        self.write("/etc/resolv.conf", "nameserver 192.0.2.53\n")
        self.write("/etc/hosts", "192.0.2.7 mail.example.org\n")
        with mock.patch.object(names, "ask_one_of", lambda _, name, kind: {"192.0.2.7"} if kind == "A" else set()):
            self.assertEqual(names.look_up("mail.example.org"), ({"192.0.2.7"}, []))


class Here(unittest.TestCase):
    def leads(self, found: str, own: str, reached: str = "") -> bool:
        return names.leads_here(set(found.split()), own.split(), {*own.split(), *reached.split()})

    def test_each_protocol_is_judged_by_itself(self) -> None:
        own = "10.0.12.5 2001:db8::5"
        self.assertTrue(self.leads("198.51.100.7", own))
        self.assertFalse(self.leads("2001:db8::6", own))
        self.assertFalse(self.leads("", own))
        self.assertTrue(self.leads("2001:db8::6", "192.0.2.5 fd00::5"))
        self.assertFalse(self.leads("198.51.100.7", "192.0.2.5 fd00::5"))

    def test_an_address_that_the_stack_knows_is_here_also_beside_another_public_one(self) -> None:
        self.assertTrue(self.leads("198.51.100.7", "10.0.12.5 192.0.2.5", "198.51.100.7"))
        self.assertFalse(self.leads("198.51.100.8", "10.0.12.5 192.0.2.5", "198.51.100.7"))

    def test_a_name_that_leads_elsewhere_ends_with_all_that_is_known(self) -> None:
        with (
            mock.patch.object(names, "RESOLVE_TIMEOUT", -1),
            mock.patch.object(names, "run", lambda *_: process.Output(0, "10.0.12.5 192.0.2.5 \n")),
            mock.patch.object(names, "look_up", lambda _: ({"198.51.100.8"}, ["a hint"])),
            self.assertRaisesRegex(errors.Failure, "resolves to 198.51.100.8 .* this machine is 10.0.12.5, 192.0.2.5, 198.51.100.7; point") as caught,
        ):
            names.wait_for_names("certbot", ["mail.example.org"], ["198.51.100.7"])
        self.assertEqual(caught.exception.lines, ["a hint"])


if __name__ == "__main__":
    unittest.main()
