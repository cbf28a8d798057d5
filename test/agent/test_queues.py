"""Mail that another mail server has still to deliver."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, role, wanted  # isort: skip

import agent
import packages_apt
import paths
import preflight
import queues
from errors import Failure
from process import Output

NAMES = ("exim4-base", "sendmail-bin", "nullmailer", "dma", "opensmtpd")


class Waiting(OnMachine):
    def check(self, states: str) -> list[str]:
        with mock.patch.object(preflight, "first_checks", return_value=[]), mock.patch.object(packages_apt, "run", lambda *_, **__: Output(0, states)):
            try:
                queues.check_queues({})
            except Failure as failure:
                self.assertIn("nobody would deliver it", failure.sentence)
                return failure.lines
        return []

    def test_nothing_waits(self) -> None:
        self.assertEqual(self.check("exim4-base ii \n"), [])
        for folder in ("input", "input/a", "msglog"):
            (Path(ROOT) / "var/spool/exim4" / folder).mkdir(parents=True)
        self.assertEqual(self.check("exim4-base ii \n"), [])

    def test_each_message_counts_once_and_the_ways_out_are_named(self) -> None:
        for name in ("1abcde-000001-AB", "1abcde-000002-AB"):
            self.write(f"/var/spool/exim4/input/{name}-H", "")
            self.write(f"/var/spool/exim4/input/{name}-D", "")
        self.write("/var/spool/exim4/input/a/1abcde-000003-AB-H", "")
        (line,) = self.check("exim4-base ii \n")
        self.assertRegex(line, r"^Exim: 3 messages; `exim4 -bp` lists them, `exim4 -qff` tries .* `exiqgrep -i \| xargs -r exim4 -Mrm` throws")

    def test_what_a_server_left_that_is_gone_is_not_waited_for(self) -> None:
        self.write("/var/spool/exim4/input/1abcde-000001-AB-H", "")
        self.assertEqual(self.check(""), [])
        self.assertEqual(self.check("exim4-base rc \n"), [])
        self.assertEqual(len(self.check("exim4-base iU \n")), 1)

    def test_every_server_whose_queue_is_known(self) -> None:
        for path in (
            "/var/spool/exim4/input/1abcde-000001-AB-H", "/var/spool/mqueue/qf7AS1", "/var/spool/mqueue/df7AS1", "/var/spool/mqueue-client/qf7AS2",
            "/var/spool/nullmailer/queue/1700000000.1", "/var/spool/dma/Q1234.5", "/var/spool/dma/M1234", "/var/spool/smtpd/queue/1a/1a2b3c4d/envelope",
        ):  # fmt: skip
            self.write(path, "")
        lines = self.check("".join(f"{name} ii \n" for name in NAMES))
        self.assertEqual(
            [line.partition(";")[0] for line in lines],
            ["Exim: 1 message", "sendmail: 2 messages", "nullmailer: 1 message", "dma: 1 message", "OpenSMTPD: 1 message"],
        )

    def test_an_installation_and_an_activation_are_refused_before_it_changes_anything(self) -> None:
        self.write("/var/spool/exim4/input/1abcde-000001-AB-H", "")
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        before = self.tree("")
        deeds: list[Any] = []
        names = ("install_recovery", "start_guard", "install_packages", "make_accounts", "tell_warnings")
        patches = [mock.patch.object(agent, name, lambda *_, name=name: deeds.append(name)) for name in names]
        with mock.patch.object(packages_apt, "run", lambda *_, **__: Output(0, "exim4-base ii \n")):
            for patch in patches:
                patch.start()
                self.addCleanup(patch.stop)
            for begin in (agent.install, agent.apply):
                with self.assertRaisesRegex(Failure, "mail waits in the queue"):
                    begin(wanted(role("postfix")), "", "22")
        self.assertEqual(deeds, [])
        after = self.tree("")
        self.assertEqual({path: after[path] for path in after if ROOT + path != paths.LOCK}, before)


if __name__ == "__main__":
    unittest.main()
