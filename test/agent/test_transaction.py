"""The transaction in a scratch folder: what changes, what comes back, and what a power cut at each step leaves."""

from __future__ import annotations

import errno
import os
import re
import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, file, role, wanted  # isort: skip

import files
import filesystem
import previous
import transaction
from errors import Failure
from filesystem import read_json
from paths import JOURNAL, MANIFEST, ORIGINALS, STATE

FIRST = wanted(role("a", file("/etc/one.conf", "first one\n")))
OLD = wanted(role("a", file("/etc/one.conf", "old one\n"), file("/etc/sub/two.conf", "old two\n", "0600")))
NEW = wanted(
    role("a", file("/etc/one.conf", "new one\n", "0640"), file("/etc/new/three.conf", "three\n")),
    role("b", file("/etc/four.conf", "four\n")),
)


class PowerCut(BaseException):
    """Nothing of the agent runs after this."""


def prepare(state: dict[str, Any]) -> tuple[files.Plan, dict[str, Any]]:
    before = read_json(MANIFEST)
    plan = files.compare(state, before)
    files.stage(plan, state)
    return plan, before


def journalled(state: dict[str, Any]) -> tuple[files.Plan, str]:
    plan, before = prepare(state)
    manifest = transaction.manifest_of(state, plan)
    transaction.remember_originals(plan, state, before, {}, "22")
    plan.add_json(MANIFEST, manifest)
    folder = transaction.undo_folder(manifest, before)
    transaction.write_journal(plan, state["owner"], {}, {}, folder, transaction.known_of(state, before))
    return plan, folder


def activate(state: dict[str, Any]) -> files.Plan:
    plan, folder = journalled(state)
    transaction.swap(plan)
    transaction.commit(folder)
    return plan


class Activation(OnMachine):
    def test_those_whose_password_goes_or_changes_are_to_leave(self) -> None:
        def people(*lines: str) -> dict[str, Any]:
            commands = [["kick", "{name}"], ["hang", "up"]]
            return wanted(role("a", file("/etc/passwd", "".join(f"{line}\n" for line in lines), endSessions=commands)))

        def leaving(state: dict[str, Any]) -> list[list[str]]:
            plan, _ = prepare(state)
            return files.sessions_to_end(plan, transaction.manifest_of(state, plan))

        first = people("anna@x:1::", "ben@x:2::", "carl@x:3::")
        self.assertEqual(leaving(first), [])
        activate(first)
        self.assertEqual(leaving(first), [])
        self.assertEqual(
            leaving(people("anna@x:1::", "ben@x:4::", "dora@x:5::")), [["kick", "ben@x"], ["kick", "carl@x"], ["hang", "up"]]
        )

    def test_files_get_content_and_mode(self) -> None:
        activate(OLD)
        self.assertEqual(
            self.tree(), {"/etc/one.conf": ("old one\n", 0o644), "/etc/sub/two.conf": ("old two\n", 0o600)}
        )

    def test_a_second_activation_of_the_same_state_finds_nothing_to_do(self) -> None:
        activate(OLD)
        plan = files.compare(OLD, read_json(MANIFEST))
        self.assertEqual((plan.shown, plan.dropped), ([], []))
        self.assertEqual(transaction.manifest_of(OLD, plan), read_json(MANIFEST))

    def test_only_what_differs_is_changed(self) -> None:
        activate(OLD)
        untouched = os.stat(ROOT + "/etc/sub/two.conf").st_ino
        changed = wanted(role("a", file("/etc/one.conf", "changed\n"), file("/etc/sub/two.conf", "old two\n", "0600")))
        self.assertEqual(activate(changed).shown, ["/etc/one.conf"])
        self.assertEqual(os.stat(ROOT + "/etc/sub/two.conf").st_ino, untouched)

    def test_drift_of_content_mode_and_kind_is_put_right(self) -> None:
        activate(OLD)
        for damage in (
            lambda path: path.write_text("by hand\n"),
            lambda path: path.chmod(0o666),
            lambda path: (path.unlink(), path.symlink_to("/etc/passwd")),
            lambda path: path.unlink(),
        ):
            damage(Path(ROOT + "/etc/one.conf"))
            self.assertEqual(activate(OLD).shown, ["/etc/one.conf"])
            self.assertEqual(self.tree()["/etc/one.conf"], ("old one\n", 0o644))

    def test_a_link_in_the_way_is_replaced_and_not_followed(self) -> None:
        victim = self.write("/home/victim", "precious\n")
        os.symlink(victim, ROOT + "/etc/one.conf")
        activate(OLD)
        self.assertEqual(victim.read_text(), "precious\n")
        self.assertFalse(os.path.islink(ROOT + "/etc/one.conf"))

    def test_a_directory_in_the_way_is_refused_before_anything_changes(self) -> None:
        os.mkdir(ROOT + "/etc/one.conf")
        with self.assertRaisesRegex(Failure, r"/etc/one.conf is a folder, but a file of the mail server must stand there; move it away"):
            activate(OLD)
        self.assertEqual(self.tree(), {})

    def test_dropped_files_go_and_originals_come_back(self) -> None:
        self.write("/etc/sub/two.conf", "as the package had it\n").chmod(0o640)
        activate(OLD)
        activate(wanted(role("b", file("/etc/four.conf", "four\n"))))
        self.assertEqual(
            self.tree(), {"/etc/four.conf": ("four\n", 0o644), "/etc/sub/two.conf": ("as the package had it\n", 0o640)}
        )
        self.assertEqual(read_json(ORIGINALS)["files"], {"/etc/four.conf": None})

    def test_the_manifest_names_hash_mode_and_role_and_depends_on_the_state_alone(self) -> None:
        activate(OLD)
        first = read_json(MANIFEST)
        entry = first["files"]["/etc/sub/two.conf"]
        self.assertEqual((entry["mode"], entry["role"], entry["size"]), ("0600", "a", 8))
        activate(NEW)
        self.assertNotEqual(read_json(MANIFEST)["sha256"], first["sha256"])
        activate(OLD)
        self.assertEqual(read_json(MANIFEST), first)

    def test_nothing_of_the_state_is_readable_for_others(self) -> None:
        activate(wanted(role("a", file("/etc/key.pem", "secret\n", "0600", secret=True))))
        activate(OLD)
        for folder, _, names in os.walk(ROOT + "/var/lib/pulumi-mailserver"):
            for name in names:
                owner_only = os.lstat(f"{folder}/{name}").st_mode & 0o077 == 0
                self.assertTrue(
                    owner_only or os.path.dirname(f"{folder}/{name}") != ROOT + "/var/lib/pulumi-mailserver"
                )
        self.assertEqual(os.stat(previous.folder_of(2)).st_mode & 0o777, 0o700)

    def test_two_roles_cannot_own_one_file(self) -> None:
        with self.assertRaisesRegex(Failure, "roles a and b both own /etc/x"):
            files.compare(wanted(role("a", file("/etc/x", "")), role("b", file("/etc/x", ""))), {})

    def test_an_unknown_owner_is_named(self) -> None:
        with self.assertRaisesRegex(Failure, "role a gives /etc/x to the user nosuchuser"):
            files.compare(wanted(role("a", {**file("/etc/x", ""), "owner": "nosuchuser"})), {})


class WayBack(OnMachine):
    def test_rollback_restores_content_mode_links_and_absence(self) -> None:
        os.symlink("elsewhere", ROOT + "/etc/four.conf")
        activate(OLD)
        before = self.tree(), read_json(MANIFEST)
        transaction.swap(journalled(NEW)[0])
        self.assertNotEqual(self.tree(), before[0])
        transaction.recover()
        self.assertEqual((self.tree(), read_json(MANIFEST)), before)
        self.assertFalse(os.path.exists(JOURNAL))

    def test_a_power_cut_before_any_step_leaves_the_old_or_the_new_generation_whole(self) -> None:
        """Each system call that changes a name is a step; the cut comes before it, then the machine boots."""
        seen = set()
        for step in range(200):
            self.setUp()
            activate(FIRST)
            first = read_json(MANIFEST)
            activate(OLD)
            old = self.tree(), read_json(MANIFEST)
            finished = cut_before(step, lambda: activate(NEW))
            cut_before(step % 5, transaction.recover)  # the way back is cut off, too
            transaction.recover()
            now = self.tree(), read_json(MANIFEST)
            generation = "old" if now == old else "new"
            seen.add(generation)
            self.assertEqual(previous.previous_manifest(), first if generation == "old" else old[1])
            if generation == "new":
                self.assertEqual(now[0], {"/etc/one.conf": ("new one\n", 0o640), "/etc/new/three.conf": ("three\n", 0o644), "/etc/four.conf": ("four\n", 0o644)})  # fmt: skip
            activate(NEW)
            self.assertEqual(sorted(self.tree()), ["/etc/four.conf", "/etc/new/three.conf", "/etc/one.conf"])
            activate(OLD)
            self.assertEqual(len([name for name in os.listdir(STATE) if name.startswith("undo")]), 1)
            if finished:
                break
        self.assertTrue(finished)
        self.assertEqual(seen, {"old", "new"})

    def test_a_full_disk_before_the_swap_changes_nothing(self) -> None:
        activate(OLD)
        before = self.tree()
        with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            with self.assertRaises(OSError) as caught:
                activate(NEW)
        self.assertIn("/var/lib/pulumi-mailserver", caught.exception.filename)
        transaction.recover()
        self.assertEqual(self.tree(), before)

    def test_files_on_another_file_system_are_replaced_by_rename_too(self) -> None:
        activate(OLD)
        real = os.rename

        def rename(source: str, target: str) -> None:
            if os.path.dirname(source) != os.path.dirname(target) and "/etc/" in target:
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            real(source, target)

        before = self.tree()
        with mock.patch("os.rename", rename):
            transaction.swap(journalled(NEW)[0])
            self.assertEqual(self.tree()["/etc/one.conf"], ("new one\n", 0o640))
            transaction.recover()
        self.assertEqual(self.tree(), before)

    def test_a_file_system_of_its_own_must_have_room_for_the_new_files_and_the_old_ones(self) -> None:
        activate(OLD)
        plan, _ = prepare(NEW)
        room = SimpleNamespace(f_frsize=4096, f_bfree=4)
        with mock.patch("os.statvfs", return_value=room):
            transaction.check_room(plan)
            with mock.patch.object(transaction, "STAGE", "/proc"):
                with self.assertRaisesRegex(Failure, "the disk is full: / has room for 16 KiB.* take up to 20 KiB"):
                    transaction.check_room(plan)
                room.f_bfree = 6
                transaction.check_room(plan)

    def test_the_way_back_needs_no_room_on_a_full_disk(self) -> None:
        activate(OLD)
        before = self.tree()
        rename, copy = os.rename, filesystem.copy_as_is

        def across(source: str, target: str) -> None:
            if os.path.dirname(source) != os.path.dirname(target) and "/etc/" in target:
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            rename(source, target)

        def full(source: str, target: str) -> None:
            if "/etc/" in target and os.path.exists(target.replace("/.", "/").removesuffix(".pulumi-mailserver")):
                Path(target).write_text("half")
                raise OSError(errno.ENOSPC, "No space left on device")
            copy(source, target)

        with mock.patch("os.rename", across):
            transaction.swap(journalled(NEW)[0])
            with mock.patch("filesystem.copy_as_is", full):
                transaction.recover()
        self.assertEqual(self.tree(), before)


FAULTS = {
    "broken": r"^postfix/[\w/-]+\[\d+\]: (fatal|error): (bad|unsupported|.*not running)",
    "heldBack": {"pattern": "bad command startup -- throttling", "seconds": 60},
}


class UnitsOnTheWayBack(OnMachine):
    def undo_folder(self, said: list[str]) -> list[tuple[str, ...]]:
        """What systemd is told where Postfix had reloaded and is healthy, as far as systemd knows."""
        activate(OLD)
        plan, before = prepare(NEW)
        running = {"ActiveState": "active", "UnitFileState": "enabled", "LoadState": "loaded"}
        transaction.write_journal(
            plan, "test/mail", {"postfix.service": running}, {"postfix.service": "reload"}, previous.next_generation(),
            {"faults": {"postfix.service": FAULTS}},
        )  # fmt: skip
        told: list[tuple[str, ...]] = []
        with mock.patch.multiple(
            transaction,
            systemctl=lambda *words, tolerant=False: told.append(words),
            is_healthy=lambda name: True,
            journal_lines=lambda names, since, pattern: [line for line in said if re.search(pattern, line)],
        ):
            transaction.restore_previous({"postfix.service"})
        return [words for words in told if "postfix.service" in words and words[0] != "enable"]

    def test_a_daemon_that_reloaded_reloads_again(self) -> None:
        said = ["postfix/smtpd[2]: warning: hostname x.example.net does not resolve to address 192.0.2.1"]
        self.assertEqual(self.undo_folder(said), [("reload-or-restart", "postfix.service")])

    def test_a_firewall_is_unloaded_by_the_new_files_and_started_with_the_old_ones(self) -> None:
        """It stops only where its files say that it is on, and starts only where its rules are not loaded."""
        running = {"ActiveState": "active", "UnitFileState": "enabled", "LoadState": "loaded"}
        for touched, booting, expected in (
            ({"ufw.service"}, False, [("stop", "new one"), ("unload", "new one"), ("restart", "old one")]),
            (None, False, [("stop", "new one"), ("unload", "new one"), ("restart", "old one")]),
            (set(), False, []),
            (None, True, [("start", "old one")]),
        ):
            self.setUp()
            activate(OLD)
            plan, _ = prepare(NEW)
            transaction.write_journal(plan, "test/mail", {"ufw.service": running}, {"ufw.service": "start"}, previous.next_generation(), {"firewall": "ufw.service"})
            transaction.swap(plan)
            told: list[tuple[str, str]] = []

            def tell(*words: str, told: list[tuple[str, str]] = told, **_: Any) -> None:
                told.append((words[0], Path(ROOT + "/etc/one.conf").read_text().strip()))

            with mock.patch.multiple(
                transaction, systemctl=tell, unload_firewall=lambda _: tell("unload"), is_healthy=lambda name: True
            ):
                transaction.restore_previous(touched, booting)
            self.assertEqual([each for each in told if each[0] != "enable"], expected)

    def test_a_postfix_that_lets_a_child_wait_or_has_lost_its_master_is_restarted(self) -> None:
        for said in (
            "postfix/smtpd[2]: fatal: bad numerical configuration: smtpd_recipient_limit = many",
            "postfix/master[1]: warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling",
            "postfix/postfix-script[3]: fatal: the Postfix mail system is not running",
        ):
            self.assertEqual(self.undo_folder([said]), [("restart", "postfix.service")])


def cut_before(step: int, work: Any) -> bool:
    """Does the work until before its n-th change of a name. Returns whether it came to its end."""
    left = [step]

    def dying(call: Any) -> Any:
        def wrapper(*arguments: Any, **named: Any) -> Any:
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            return call(*arguments, **named)

        return wrapper

    with mock.patch.multiple(
        "os", **{name: dying(getattr(os, name)) for name in ("rename", "unlink", "mkdir", "rmdir", "symlink")}
    ):
        try:
            work()
            return True
        except PowerCut:
            return False


if __name__ == "__main__":
    unittest.main()
