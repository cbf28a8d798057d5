"""The mode that installs packages before the activation: what is looked at before, and what it hands on."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import OnMachine, file, role, wanted  # isort: skip

import agent
import packages
import preflight
from errors import Failure
from paths import INSTALLED, MANIFEST
from test_packages import Simple

UNITS = [{"name": "postfix.service"}]
EARLY = wanted({"name": "postfix", "packages": ["postfix"], "units": UNITS}, packageManager="simple")
WHOLE = wanted(role("postfix", file("/etc/postfix.cf", "a = b\n"), packages=["postfix"], units=UNITS), packageManager="simple")


class Installing(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        self.manager = Simple("python3")
        self.deeds = self.manager.did
        state = {"LoadState": "not-found", "ActiveState": "inactive", "UnitFileState": "", "healthy": ""}
        patches: list[Any] = [
            mock.patch.dict(packages.PACKAGE_MANAGERS, {"simple": self.manager}),
            mock.patch.object(packages, "systemctl", lambda *words: self.deeds.append(words)),
            mock.patch.object(self.manager, "allow_daemon_starts", lambda: None, create=True),
            mock.patch.object(agent, "unit_states", lambda names: {name: {**state} for name in names}),
            mock.patch.object(agent, "with_firewall", lambda states, _: states),
            *(
                mock.patch.object(module, name, lambda *_, name=name: self.deeds.append((name,)))
                for module, name in (
                    *((preflight, name) for name in ("check_ports", "check_other_firewalls", "check_memory", "check_clock", "check_outbound", "tell_warnings")),
                    *((agent, name) for name in ("check_ports", "tell_warnings", "install_recovery", "start_guard")),
                )
            ),
        ]  # fmt: skip
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)

    def install(self, state: dict[str, Any] = EARLY) -> dict[str, Any]:
        return agent.install(state, "", "22")

    def test_packages_are_installed_and_no_unit_starts_before_the_activation(self) -> None:
        self.assertEqual(self.install(), {"installed": ["postfix"]})
        self.assertEqual(
            [deed[0] for deed in self.deeds],
            ["check_ports", "check_other_firewalls", "check_memory", "refresh", "check_clock", "check_outbound", "tell_warnings", "install_recovery", "start_guard", "hold", "mask", "answer", "finish", "install", "let start", "check_ports"],
        )
        self.assertFalse(Path(MANIFEST).exists())

    def test_what_stops_a_machine_is_found_before_anything_changes(self) -> None:
        with self.assertRaisesRegex(Failure, "set `operatingSystem`") as caught:
            self.install({**EARLY, "operatingSystem": {"id": "debian", "versionId": "13"}})
        self.assertEqual(self.deeds, [])
        self.assertEqual(caught.exception.outcome, "Nothing was activated: no mail service was started.")

    def test_the_activation_is_told_what_was_installed_and_forgets_it_when_it_commits(self) -> None:
        self.install()
        told: list[list[str]] = []

        def decide_units(*known: Any) -> dict[str, str]:
            told.append(known[-1])
            return {}

        rest = ("obtain_certificates", "enable_units", "probe", "keep_key_and_account", "check_room", "certificates_of")
        patches = [mock.patch.object(agent, "decide_units", decide_units), *(mock.patch.object(agent, name, return_value=[]) for name in rest)]
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        for expected in (["postfix"], []):
            self.assertEqual(agent.apply(WHOLE, "", "22")["installed"], expected)
        self.assertEqual(told, [["postfix"], []])
        self.assertFalse(Path(INSTALLED).exists())


if __name__ == "__main__":
    unittest.main()
