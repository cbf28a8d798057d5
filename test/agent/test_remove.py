"""What `remove` gives back, and to whom."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import GROUP, OWNER, ROOT, OnMachine, file, role, wanted  # isort: skip

import agent
import machine
import paths
import transaction
from errors import Failure
from filesystem import read_json
from paths import ORIGINALS, STATE
from process import Output
from test_transaction import activate

STATE_OF_IT = wanted(role("a", file("/etc/mailname", "mail.example.org\n"), file("/etc/a.conf", "ours\n"), file("/etc/b.conf", "ours\n")))


class Removing(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.told: list[tuple[str, ...]] = []
        self.fails: set[str] = set()
        self.said: list[str] = []

    def remove(self, state: dict[str, Any] = STATE_OF_IT) -> dict[str, Any]:
        return self.take_away(lambda: agent.remove(state, "22"))

    def forget(self, state: dict[str, Any] = STATE_OF_IT) -> dict[str, Any]:
        return self.take_away(lambda: agent.forget(state))

    def take_away(self, way: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        def run(*words: str, **_: Any) -> Output:
            self.told.append(words)
            failed = bool(self.fails & set(words))
            return Output(int(failed), "Job failed\n" if failed else "")

        with (
            mock.patch.object(agent, "run", run),
            mock.patch.object(agent, "systemctl", lambda *words, **_: self.told.append(("systemctl", *words))),
            mock.patch.object(agent, "stop_units"),
            mock.patch.object(agent, "is_healthy", lambda name: name not in self.fails),
            mock.patch.object(agent, "journal_lines", lambda names, _: [f"{names[0]}: no such file"]),
            mock.patch.object(agent, "say", lambda _, text: self.said.append(text)),
        ):
            return way()

    def test_files_that_were_as_wanted_already_stay_also_where_a_later_change_replaced_them(self) -> None:
        for path in ("/etc/mailname", "/etc/a.conf"):
            self.write(path, "mail.example.org\n" if path == "/etc/mailname" else "theirs\n").chmod(0o644)
        before = self.tree()
        activate(STATE_OF_IT)
        self.assertEqual(sorted(read_json(ORIGINALS)["files"]), ["/etc/a.conf", "/etc/b.conf", "/etc/mailname"])
        for state in (STATE_OF_IT, wanted(role("a", file("/etc/mailname", "other\n")))):
            activate(state)
        activate(STATE_OF_IT)
        told = self.remove()
        self.assertEqual(self.tree(), before)
        self.assertEqual((told["restored"], told["removed"]), (["/etc/a.conf", "/etc/mailname"], ["/etc/b.conf"]))
        self.assertFalse(os.path.exists(STATE))

    def test_a_file_of_which_an_earlier_version_kept_nothing_stays(self) -> None:
        self.write("/etc/mailname", "mail.example.org\n").chmod(0o644)
        activate(STATE_OF_IT)
        originals = read_json(ORIGINALS)
        del originals["files"]["/etc/mailname"]
        Path(ORIGINALS).write_text(json.dumps(originals))
        before = self.tree("/etc")["/etc/mailname"]
        with self.subTest("dropped"):
            activate(wanted(role("a", file("/etc/a.conf", "ours\n"))))
            self.assertEqual(self.tree()["/etc/mailname"], before)
        with self.subTest("removed"):
            self.setUp()
            self.write("/etc/mailname", "mail.example.org\n").chmod(0o644)
            activate(STATE_OF_IT)
            Path(ORIGINALS).write_text(json.dumps(originals))
            self.remove()
            self.assertEqual(self.tree(), {"/etc/mailname": before})
        with self.subTest("kept by the next activation, before it changes the file"):
            self.setUp()
            self.write("/etc/mailname", "mail.example.org\n").chmod(0o644)
            activate(STATE_OF_IT)
            Path(ORIGINALS).write_text(json.dumps(originals))
            activate(wanted(role("a", file("/etc/mailname", "other\n"))))
            self.remove()
            self.assertEqual(self.tree(), {"/etc/mailname": before})

    def test_directories_get_back_what_they_had_before_the_first_activation(self) -> None:
        folder, gone = Path(ROOT + "/srv/mail"), Path(ROOT + "/srv/gone")
        for each in (folder, gone):
            each.mkdir(parents=True)
            each.chmod(0o2755)

        def make(mode: str) -> None:
            names = ("mail", "gone", "new")
            directories = [{"path": f"/srv/{name}", "owner": OWNER, "group": GROUP, "mode": mode} for name in names]
            machine.make_directories(wanted(role("a", directories=directories)))

        for activated in (True, False):
            with self.subTest(activated=activated):
                for mode in ("0700", "0770"):
                    make(mode)
                    self.assertEqual(folder.stat().st_mode & 0o7777, int(mode, 8))
                if activated:
                    activate(STATE_OF_IT)
                shutil.rmtree(gone)
                self.remove()
                self.assertEqual(folder.stat().st_mode & 0o7777, 0o2755)
                self.assertEqual(Path(ROOT + "/srv/new").stat().st_mode & 0o7777, 0o770)
                self.assertFalse(os.path.exists(STATE))
                gone.mkdir()
                Path(ROOT + "/srv/new").rmdir()
                Path(STATE).mkdir()

    def test_a_first_activation_that_fails_gives_directories_back(self) -> None:
        folder = Path(ROOT + "/srv/mail")
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        directories = [{"path": "/srv/mail", "owner": OWNER, "group": GROUP, "mode": "0700"}]
        refusal = mock.patch.object(agent, "compare", side_effect=Failure("refused"))
        rest = [mock.patch.object(agent, name, return_value=[]) for name in ("install_recovery", "start_guard", "install_packages", "unit_states", "with_firewall")]
        with contextlib.ExitStack() as stack:
            for patch in [refusal, *rest]:
                stack.enter_context(patch)
            with self.assertRaisesRegex(Failure, "refused"):
                agent.apply(wanted(role("a", directories=directories)), "", "22")
        self.assertEqual(folder.stat().st_mode & 0o7777, 0o755)
        self.assertFalse(os.path.exists(paths.DIRECTORIES))

    def test_units_that_an_installation_masked_are_not_left_so_where_no_activation_followed(self) -> None:
        state = wanted(role("a", units=[{"name": "a.service"}, {"name": "b.service"}]))
        states = {"a.service": {"LoadState": "masked"}, "b.service": {"LoadState": "loaded"}}
        for way in (self.remove, self.forget):
            with self.subTest(way.__name__), mock.patch.object(agent, "unit_states", return_value=states):
                self.told.clear()
                Path(STATE).mkdir(exist_ok=True)
                way(state)
                self.assertEqual(self.told, [("systemctl", "unmask", "a.service"), ("systemctl", "disable", "a.service")])
                self.assertFalse(os.path.exists(STATE))

    def test_what_an_activation_made_is_not_forgotten_with_the_installation(self) -> None:
        activate(STATE_OF_IT)
        before = self.tree()
        self.forget()
        self.assertEqual((self.tree(), self.told, self.said), (before, [], []))
        self.assertTrue(os.path.exists(paths.MANIFEST))

    def test_after_a_removal_there_is_nothing_to_forget(self) -> None:
        activate(STATE_OF_IT)
        self.remove()
        self.told.clear()
        self.said.clear()
        self.forget()
        self.assertEqual((self.told, self.said), ([], []))

    def test_links_come_back_as_links(self) -> None:
        os.symlink("elsewhere", ROOT + "/etc/a.conf")
        activate(STATE_OF_IT)
        self.remove()
        self.assertEqual(self.tree(), {"/etc/a.conf": ("elsewhere", 0o777)})

    def test_a_folder_that_took_a_files_place_stays_and_is_told(self) -> None:
        activate(STATE_OF_IT)
        os.unlink(ROOT + "/etc/a.conf")
        self.write("/etc/a.conf/precious", "x")
        with mock.patch.object(transaction, "say", lambda _, text: self.said.append(text)):
            self.remove()
        self.assertEqual(self.tree(), {"/etc/a.conf/precious": ("x", 0o644)})
        self.assertIn("warning: /etc/a.conf is a folder by now, which is left", self.said)

    def test_one_that_was_cut_off_goes_on_and_leaves_a_next_activation_what_it_kept(self) -> None:
        self.write("/etc/a.conf", "theirs\n")
        before = self.tree()
        activate(STATE_OF_IT)
        with mock.patch.object(agent, "remove_recovery", side_effect=Failure("cut off")), self.assertRaises(Failure):
            self.remove()
        self.assertEqual(self.tree(), before)
        # While it is kept, its service starts with it, and Postfix reads no file that has two.
        self.assertEqual(os.stat(ROOT + "/etc/a.conf").st_nlink, 1)
        with self.subTest("an activation follows"):
            activate(STATE_OF_IT)
            with mock.patch.object(agent, "remove_recovery", side_effect=Failure("cut off")), self.assertRaises(Failure):
                self.remove()
            self.assertEqual(self.tree(), before)
        self.remove()
        self.assertEqual(self.tree(), before)
        self.assertEqual(self.remove(), {})
        self.assertEqual(self.tree(), before)

    def test_an_old_service_that_does_not_start_is_told_and_the_others_are_started(self) -> None:
        activate(STATE_OF_IT)
        manifest = read_json(paths.MANIFEST)
        Path(paths.MANIFEST).write_text(json.dumps({**manifest, "units": ["a.service", "b.service", "new.service"]}))
        originals = read_json(ORIGINALS)
        units = {"a.service": {"active": True}, "b.service": {"active": True}, "new.service": {"active": False}}
        Path(ORIGINALS).write_text(json.dumps({**originals, "units": units}))
        self.fails = {"a.service"}
        told = self.remove()
        self.assertEqual(told["notStarted"], ["a.service"])
        started = [words[2] for words in self.told if words[:2] == ("systemctl", "start")]
        self.assertEqual(started, ["a.service", "b.service"])
        warnings = [line for line in self.said if line.startswith("warning: ")]
        self.assertEqual(len(warnings), 1)
        self.assertIn("a.service ran before the mail server, but does not start", warnings[0])
        self.assertIn("a.service: no such file", warnings[0])
        self.assertFalse(os.path.exists(STATE))


if __name__ == "__main__":
    unittest.main()
