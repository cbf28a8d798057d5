"""Packages: whose services may start meanwhile, what may go for them, and what somebody is told of it."""

from __future__ import annotations

import os
import subprocess
import time
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, role, wanted  # isort: skip

import packages
import packages_apt
import transaction
from errors import Failure
from process import Output

POLICY = "/usr/sbin/policy-rc.d"
APT = packages_apt.Apt()
UNITS = ["postfix.service", "opendkim.service", "certbot.timer"]


def may(unit: str, action: str) -> bool:
    return subprocess.run([ROOT + POLICY, unit, action], check=False).returncode == 0


class StartsOfDaemons(OnMachine):
    def test_units_that_have_no_configuration_yet_do_not_start_and_all_others_do(self) -> None:
        with APT.no_daemon_starts(UNITS):
            for unit in ("postfix", "postfix.service", "postfix@-.service", "certbot.timer", "certbot"):
                self.assertEqual([may(unit, deed) for deed in ("start", "restart", "stop")], [False, False, True], unit)
            for unit in ("ssh", "ssh.service", "postfix-other.service", "exim4"):
                self.assertEqual([may(unit, deed) for deed in ("start", "restart", "stop")], [True, True, True], unit)
        self.assertFalse(os.path.lexists(ROOT + POLICY))

    def test_where_all_run_already_nothing_is_put_in_place(self) -> None:
        with APT.no_daemon_starts([]):
            self.assertFalse(os.path.lexists(ROOT + POLICY))

    def test_an_administrators_policy_is_asked_meanwhile_and_comes_back_after_a_failure(self) -> None:
        text = '#!/bin/sh\n[ "$1" != ssh ] || exit 104\nexit 101\n'
        policy = self.write(POLICY, text)
        policy.chmod(0o755)
        with self.assertRaises(RuntimeError), APT.no_daemon_starts(UNITS):
            codes = [subprocess.run([policy, *words.split()], check=False).returncode for words in ("ssh restart", "cron start", "postfix start", "exim4 stop")]  # fmt: skip
            self.assertEqual(codes, [104, 101, 101, 0])
            raise RuntimeError
        self.assertEqual(policy.read_text(), text)

    def test_a_policy_left_by_a_power_cut_is_taken_away(self) -> None:
        policy = self.write(POLICY, "mine\n")
        starts = APT.no_daemon_starts(UNITS)
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

        with mock.patch.multiple(packages_apt, run=run, newest_index=time.time):
            APT.install(["postfix"], lambda going: packages.let_go({}, ["postfix"], going))
            self.told = packages.told_replaced({})
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
        with self.assertRaisesRegex(Failure, r"apt would remove webapp; remove what this machine can do without by `apt-get remove webapp`"):
            self.install(["webapp", "exim4-daemon-light"], EXIM + "webapp webapp \n")
        self.assertFalse(Path(packages.REPLACED).exists())


class Simple:
    """A back end without a machine: what is there, and what it is asked to do."""

    def __init__(self, *there: str, going: tuple[str, ...] = ()) -> None:
        self.there, self.going, self.did = set(there), list(going), list[tuple[Any, ...]]()

    def states(self, names: list[str]) -> dict[str, str]:
        return {name: "there" if name in self.there else "missing" for name in names}

    def is_installed(self, state: str) -> bool:
        return state == "there"

    def answer(self, answers: list[str]) -> None:
        self.did.append(("answer", *answers))

    def finish(self, missing: dict[str, str]) -> None:
        self.did.append(("finish", *missing))

    def mail_servers(self, names: list[str]) -> tuple[list[str], list[str]]:
        return [name for name in names if name == "exim"], [name for name in names if name.startswith("exim")]

    def install(self, names: list[str], let_go: Any) -> None:
        let_go(self.going)
        self.did.append(("install", *names))
        self.there = (self.there | set(names)) - set(self.going)

    def refresh(self) -> None:
        self.did.append(("refresh",))

    def unfinished(self) -> list[str]:
        return []

    def upgrades(self) -> dict[str, bool]:
        return {}

    @contextmanager
    def no_daemon_starts(self, units: list[str]) -> Any:
        self.did.append(("hold", *units))
        yield
        self.did.append(("let start",))

    def by_hand(self, verb: str, names: list[str]) -> str:
        return f"simple {verb} {' '.join(names)}"


class AnyBackEnd(OnMachine):
    """What is the same whatever installs packages."""

    def install(self, manager: Simple) -> list[str]:
        self.state = wanted(role("postfix", packages=["postfix", "certs"], debconf=["no questions"]), packageManager="simple")
        units = {
            "a.service": {"LoadState": "not-found", "ActiveState": "inactive"},
            "b.service": {"LoadState": "loaded", "ActiveState": "active"},
        }
        masked = lambda *words: manager.did.append(words)  # noqa: E731
        with mock.patch.dict(packages.PACKAGE_MANAGERS, {"simple": manager}), mock.patch.object(packages, "systemctl", masked):
            installed = packages.install_packages(self.state, units)
            self.told = packages.told_replaced(self.state)
            return installed

    def test_where_nothing_is_missing_nothing_is_done(self) -> None:
        manager = Simple("postfix", "certs", "python3")
        self.assertEqual((self.install(manager), manager.did), ([], []))

    def test_what_is_missing_is_installed_while_no_unit_of_it_starts(self) -> None:
        manager = Simple("certs", "python3")
        self.assertEqual(self.install(manager), ["postfix"])
        self.assertEqual(
            manager.did,
            [("hold", "a.service"), ("mask", "a.service"), ("answer", "no questions"), ("finish", "postfix"), ("install", "postfix"), ("let start",)],
        )
        self.assertEqual(self.told, "")

    def test_what_was_installed_is_known_until_an_activation_heeds_it_also_where_it_was_cut_off(self) -> None:
        manager = Simple("certs", "python3")
        manager.install = mock.Mock(side_effect=KeyboardInterrupt)
        with self.assertRaises(KeyboardInterrupt):
            self.install(manager)
        there = Simple("postfix", "certs", "python3")
        self.assertEqual((self.install(there), there.did), (["postfix"], []))
        self.assertEqual(self.install(Simple("postfix", "python3")), ["postfix", "certs"])
        packages.forget_installed()
        self.assertEqual(self.install(there), [])

    def test_a_mail_server_that_goes_is_told_with_the_way_back(self) -> None:
        self.install(Simple("certs", "python3", "exim", "exim-base", going=("exim", "exim-base")))
        self.assertEqual(self.told, "simple removed exim, since Postfix conflicts with it; `simple install exim` brings it back, and removes Postfix.")

    def test_anything_else_that_would_go_refuses(self) -> None:
        manager = Simple("certs", "python3", going=("exim", "webapp"))
        with self.assertRaisesRegex(Failure, "simple would remove webapp; .* by `simple remove webapp`"):
            self.install(manager)
        self.assertNotIn(("install", "postfix"), manager.did)

    def test_a_state_without_a_name_is_of_apt_and_each_back_end_has_the_whole_interface(self) -> None:
        self.assertIs(packages.manager_of({}), packages.PACKAGE_MANAGERS["apt"])
        wanted_members = {name for name in vars(packages.PackageManager) if not name.startswith("_")}
        for name, manager in packages.PACKAGE_MANAGERS.items():
            self.assertEqual(wanted_members - set(dir(manager)), set(), name)


if __name__ == "__main__":
    unittest.main()
