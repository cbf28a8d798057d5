"""What is found on a machine before anything changes."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import OnMachine, role, wanted  # isort: skip

import agent
import look
import packages
import packages_apt
import preflight
from errors import Failure
from paths import ORIGINALS
from process import Output
from test_packages import Simple

HOSTNAME = "mail.example.org"


def state(**more: Any) -> dict[str, Any]:
    return wanted(role("postfix", packages=["postfix"]), packageManager="simple", **more)


class Findings(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        self.manager = Simple("python3", "postfix")
        self.answers = {"timedatectl": Output(0, "yes\n"), "hostname": Output(0, HOSTNAME + "\n")}
        self.said: list[str] = []
        for patch in (
            mock.patch.dict(packages.PACKAGE_MANAGERS, {"simple": self.manager}),
            mock.patch.multiple(
                preflight,
                run=lambda program, *_: self.answers[program],
                say=lambda who, text: self.said.append(f"{who}: {text}"),
                check_other_firewalls=lambda _: None,
                smtp_trouble=lambda *_: "",
                clock_error=lambda *_: None,
            ),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def failure(self, asked: dict[str, Any], before: dict[str, Any] | None = None) -> Failure:
        with self.assertRaises(Failure) as caught:
            preflight.preflight(asked, before or {}, "22")
        return caught.exception

    def warnings(self, asked: dict[str, Any]) -> list[str]:
        self.said.clear()
        preflight.tell_warnings(asked)
        return self.said

    def test_a_machine_that_is_fit_passes_without_a_word(self) -> None:
        asked = state(preflight={"hostname": HOSTNAME, "memory": 300, "outbound": {"hostname": "mx.example.net", "ipv6": True}})
        self.write("/proc/meminfo", "MemTotal: 1000000 kB\nSwapTotal: 0 kB\n")
        preflight.preflight(asked, {}, "22")
        self.assertEqual(self.warnings(asked), [])

    def test_all_findings_are_told_at_once_each_with_its_remedy(self) -> None:
        self.write("/proc/meminfo", "MemTotal: 200000 kB\nSwapTotal: 1024 kB\n")
        asked = state(openPorts=[25], preflight={"memory": 300, "outbound": {"hostname": "mx.example.net", "ipv6": False}})
        with mock.patch.multiple(preflight, smtp_trouble=lambda *_: "192.0.2.1: no answer within 10 s"):
            failure = self.failure(asked)
        self.assertEqual(failure.sentence, "3 findings stand in the way of a mail server on this machine:")
        text = "\n".join(failure.lines)
        for part in ("1. this SSH connection came in on port 22", "add 22 to `firewall.sshPorts`", "2. this machine has 196 MiB of memory and swap", "take 300 MiB",
                     "3. this machine cannot send mail: by IPv4 it does not reach port 25 of mx.example.net (192.0.2.1: no answer within 10 s)", "`relayHost`",
                     "   where mx.example.net is no good witness"):  # fmt: skip
            self.assertIn(part, text)

    def test_a_machine_that_is_a_mail_server_is_changed_whatever_else_has_become_of_it(self) -> None:
        self.write("/proc/meminfo", "MemTotal: 100 kB\n")
        asked = state(preflight={"memory": 300, "outbound": {"hostname": "mx.example.net", "ipv6": False}})
        with mock.patch.multiple(preflight, smtp_trouble=lambda *_: "no answer"):
            preflight.preflight(asked, {"owner": "test/mail", "units": []}, "22")

    def test_package_lists_are_fetched_where_packages_are_missing(self) -> None:
        preflight.preflight(state(), {}, "22")
        self.assertEqual(self.manager.did, [])
        self.manager.there.discard("postfix")
        preflight.preflight(state(), {}, "22")
        self.assertEqual(self.manager.did, [("refresh",)])

    def test_little_memory_is_a_warning_unless_there_is_swap(self) -> None:
        for swap, expected in ((0, 1), (500000, 0)):
            self.write("/proc/meminfo", f"MemTotal: 400000 kB\nSwapTotal: {swap} kB\n")
            self.assertEqual(len(self.warnings(state())), expected)

    def test_a_small_disk_is_a_warning_and_a_full_one_is_refused(self) -> None:
        size = mock.Mock(f_blocks=10**6, f_frsize=4096, f_bavail=10**3)
        with mock.patch.object(preflight.os, "statvfs", return_value=size):
            self.assertIn("has 4.1 GB", self.warnings(state())[0])
            self.manager.there.discard("postfix")
            self.assertIn("/usr has room for 3 MiB", self.failure(state()).sentence)

    def test_a_clock_is_refused_beyond_what_signatures_take(self) -> None:
        self.answers["timedatectl"] = Output(0, "no\n")
        for error, said in ((301.0, "301 s ahead"), (-4000.0, "4000 s behind")):
            with mock.patch.object(preflight, "clock_error", return_value=error):
                self.assertIn(f"the clock of this machine is {said}", self.failure(state()).sentence)
        for error, said in ((None, "2.debian.pool.ntp.org did not answer"), (-2.25, "2.2 s behind now")):
            with mock.patch.object(preflight, "clock_error", return_value=error):
                preflight.preflight(state(), {}, "22")
                self.assertIn(said, self.warnings(state())[0])

    def test_another_name_of_the_machine_is_a_warning_unless_the_stack_sets_it(self) -> None:
        self.answers["hostname"] = Output(0, "vps-1\n")
        asked = state(preflight={"hostname": HOSTNAME})
        self.assertIn("calls itself vps-1 (`hostname -f`: vps-1), not mail.example.org", self.warnings(asked)[0])
        self.assertIn("`setHostname: true`", self.said[0])
        self.assertEqual(self.warnings({**asked, "roles": [*asked["roles"], role("hostname")]}), [])

    def test_ipv6_alone_that_does_not_get_out_is_a_warning(self) -> None:
        asked = state(preflight={"outbound": {"hostname": "mx.example.net", "ipv6": True}})
        trouble = lambda _, family: "" if family == socket.AF_INET else "no answer"  # noqa: E731
        with mock.patch.object(preflight, "smtp_trouble", trouble):
            preflight.preflight(asked, {}, "22")
        self.assertIn("by IPv6, this machine does not reach port 25 of mx.example.net", self.said[0])

    def test_a_witness_that_does_not_resolve_is_none(self) -> None:
        asked = state(preflight={"outbound": {"hostname": "mx.example.net", "ipv6": True}})
        with mock.patch.object(preflight, "smtp_trouble", lambda *_: "does not resolve (no such name)"):
            preflight.preflight(asked, {}, "22")
        self.assertEqual(len(self.said), 1)
        self.assertIn("is not known", self.said[0])

    def test_upgrades_and_what_was_cut_off_are_told(self) -> None:
        self.manager.upgrades = lambda: {"openssl": True, "vim": False}  # type: ignore[method-assign]
        self.manager.unfinished = lambda: ["linux-image"]  # type: ignore[method-assign]
        broken, pending = self.warnings(state())
        self.assertIn("an installation of linux-image was cut off", broken)
        self.assertIn("1 packages wait for a security update (openssl); nothing installs them by itself", pending)
        self.manager.there.add("unattended-upgrades")
        self.assertNotIn("nothing installs", self.warnings(state())[1])


class Updates(OnMachine):
    def faults(self, fetched: float, upgraded: float, name: str = "unattended-upgrades") -> list[str]:
        manager = Simple()
        manager.fetched, manager.upgraded = (lambda: fetched), (lambda: upgraded)  # type: ignore[attr-defined]
        manager.upgrades = lambda: {"openssl": True, "vim": False}  # type: ignore[method-assign]
        with mock.patch.dict(packages.PACKAGE_MANAGERS, {"simple": manager}):
            return look.update_faults({"roles": [{"name": name}], "packageManager": "simple"})

    def test_what_came_out_since_the_last_turn_is_no_fault_and_what_was_left_then_is(self) -> None:
        now = time.time()
        self.assertEqual(self.faults(now, now - 3600), [])
        self.assertEqual(self.faults(now - 3600, now), ["openssl was not installed, although its turn has come"])
        self.assertEqual(self.faults(now - 4 * 86400, now), ["the package lists are 4 days old"])

    def test_a_machine_whose_updates_are_its_own_business_has_no_fault(self) -> None:
        self.assertEqual(self.faults(0, 0, "postfix"), [])


class GivenBack(OnMachine):
    def test_units_that_ran_before_run_again_when_the_state_drops_them_but_a_firewall(self) -> None:
        ran = {"apt-daily.timer": {"active": True}, "rsyslog.service": {"active": False}, "ufw.service": {"active": True}}
        Path(ORIGINALS).write_text(json.dumps({"units": ran}))
        started: list[str] = []
        with mock.patch.object(agent, "start_again", lambda name: started.append(name) or []):
            self.assertEqual(agent.give_back(["rsyslog.service", "ufw.service", "apt-daily.timer", "new.service"]), ["apt-daily.timer"])
        self.assertEqual(started, ["apt-daily.timer"])


class Apt(OnMachine):
    def test_upgrades_are_told_by_their_archive_and_packages_by_their_state(self) -> None:
        rehearsal = (
            "Inst libssl3 [3.0.16-1] (3.0.17-1 Debian-Security:12/oldstable-security [amd64])\n"
            "Inst tzdata [2024a] (2025b Debian:12.12/oldstable [all])\nConf libssl3 (3.0.17-1)\n"
            "Inst base-files [12ubuntu4] (13ubuntu10 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64]) []\n"
        )
        states = "a ii \nb iF \nc rc \nd un \ne iU \nf iHR\ng hi \n"
        with mock.patch.object(packages_apt, "run", lambda program, *_: Output(0, rehearsal if program == "apt-get" else states)):
            self.assertEqual(packages_apt.Apt().upgrades(), {"libssl3": True, "tzdata": False, "base-files": True})
            self.assertEqual(packages_apt.Apt().unfinished(), ["b", "e", "f"])


class Sockets(unittest.TestCase):
    def served(self, kind: int, answer: bytes) -> int:
        server = socket.socket(socket.AF_INET, kind)
        server.bind(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def serve() -> None:
            if kind == socket.SOCK_DGRAM:
                _, client = server.recvfrom(512)
                server.sendto(answer, client)
            else:
                one, _ = server.accept()
                with one:
                    one.sendall(answer)
                    one.recv(512)

        if kind == socket.SOCK_STREAM:
            server.listen()
        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    def test_an_ntp_server_tells_how_wrong_the_clock_is(self) -> None:
        for off, stratum, expected in ((100, 2, -100), (-3600, 1, 3600), (100, 0, None)):
            time_there = time.time() + off + preflight.NTP_EPOCH
            answer = struct.pack("!BB38xII", 0x24, stratum, int(time_there), int(time_there % 1 * 2**32))
            error = preflight.clock_error("127.0.0.1", self.served(socket.SOCK_DGRAM, answer))
            self.assertEqual(error if error is None else round(error), expected)

    def test_a_mail_server_that_greets_is_reached_whatever_it_says(self) -> None:
        port = self.served(socket.SOCK_STREAM, b"554 no\r\n")
        self.assertEqual(preflight.smtp_trouble("127.0.0.1", socket.AF_INET, port), "")

    def test_what_does_not_answer_is_told(self) -> None:
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        self.assertEqual(preflight.smtp_trouble("127.0.0.1", socket.AF_INET, port), "127.0.0.1: Connection refused")
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        with mock.patch.object(preflight, "CONNECT_TIMEOUT", 0.1):
            self.assertIn("no answer within", preflight.smtp_trouble("127.0.0.1", socket.AF_INET, silent.getsockname()[1]))


if __name__ == "__main__":
    unittest.main()
