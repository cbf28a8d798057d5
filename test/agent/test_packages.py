"""Packages: whose services may start meanwhile, what may go for them, and what somebody is told of it."""

from __future__ import annotations

import os
import subprocess
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine  # isort: skip

import machine
import transaction
from plumbing import Failure, Output

POLICY = "/usr/sbin/policy-rc.d"
UNITS = ["postfix.service", "opendkim.service", "certbot.timer"]


def may(unit: str, action: str) -> bool:
    return subprocess.run([ROOT + POLICY, unit, action], check=False).returncode == 0


class StartsOfDaemons(OnMachine):
    def test_units_that_have_no_configuration_yet_do_not_start_and_all_others_do(self) -> None:
        with machine.no_daemon_starts(UNITS):
            for unit in ("postfix", "postfix.service", "postfix@-.service", "certbot.timer", "certbot"):
                self.assertEqual([may(unit, deed) for deed in ("start", "restart", "stop")], [False, False, True], unit)
            for unit in ("ssh", "ssh.service", "postfix-other.service", "exim4"):
                self.assertEqual([may(unit, deed) for deed in ("start", "restart", "stop")], [True, True, True], unit)
        self.assertFalse(os.path.lexists(ROOT + POLICY))

    def test_where_all_run_already_nothing_is_put_in_place(self) -> None:
        with machine.no_daemon_starts([]):
            self.assertFalse(os.path.lexists(ROOT + POLICY))

    def test_an_administrators_policy_is_asked_meanwhile_and_comes_back_after_a_failure(self) -> None:
        text = '#!/bin/sh\n[ "$1" != ssh ] || exit 104\nexit 101\n'
        policy = self.write(POLICY, text)
        policy.chmod(0o755)
        with self.assertRaises(RuntimeError), machine.no_daemon_starts(UNITS):
            codes = [subprocess.run([policy, *words.split()], check=False).returncode for words in ("ssh restart", "cron start", "postfix start", "exim4 stop")]  # fmt: skip
            self.assertEqual(codes, [104, 101, 101, 0])
            raise RuntimeError
        self.assertEqual(policy.read_text(), text)

    def test_a_policy_left_by_a_power_cut_is_taken_away(self) -> None:
        policy = self.write(POLICY, "mine\n")
        starts = machine.no_daemon_starts(UNITS)
        starts.__enter__()
        self.assertIn("exit 101", policy.read_text())
        transaction.recover()
        self.assertEqual(policy.read_text(), "mine\n")


EXIM = "exim4-daemon-light exim4 default-mta, exim4-localscanapi-6.0, mail-transport-agent\nexim4-base exim4 \n"


class WhatGoes(OnMachine):
    def install(self, leaving: list[str], facts: str, states: str = "") -> list[tuple[str, ...]]:
        """The commands after the rehearsal of an installation for which apt would remove packages."""
        ran: list[tuple[str, ...]] = []

        def run(*words: str, **_: Any) -> Output:
            if "-s" in words:
                return Output(0, "".join(f"Remv {name} [1.0] [other:amd64 ]\n" for name in leaving) + "Inst postfix (3.7)\n")
            if words[0] == "dpkg-query":
                return Output(0, facts if "Provides" in words[3] else states)
            ran.append(words)
            return Output(0, "")

        with mock.patch.object(machine, "run", run):
            machine.install(["postfix"])
            self.told = machine.told_replaced()
        return ran

    def test_another_mail_server_goes_and_that_is_told_until_it_is_back(self) -> None:
        ran = self.install(["exim4-daemon-light", "exim4-base"], EXIM, "exim4-daemon-light rc \n")
        self.assertEqual([words[0] for words in ran], ["apt-get"])
        self.assertEqual(
            self.told,
            "apt removed exim4-daemon-light, since Postfix conflicts with it; `apt-get install exim4-daemon-light` brings it back, and removes Postfix.",
        )
        self.install([], "", "exim4-daemon-light rc \n")
        self.assertNotEqual(self.told, "")
        self.install([], "", "exim4-daemon-light ii \n")
        self.assertEqual(self.told, "")

    def test_no_other_package_goes(self) -> None:
        with self.assertRaisesRegex(Failure, r"apt would remove webapp; remove what this machine can do without"):
            self.install(["webapp", "exim4-daemon-light"], EXIM + "webapp webapp \n")
        self.assertFalse(Path(machine.REPLACED).exists())


if __name__ == "__main__":
    unittest.main()
