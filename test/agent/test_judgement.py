"""What the agent decides without touching anything: units, settings, refusals, what a person gets to see."""

from __future__ import annotations

import unittest
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, file, role, wanted  # isort: skip

import errors
import files
import listeners
import machine
import paths
import preflight
import probes
import process
import units

RUNNING = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled", "healthy": "yes", "parts": ""}
STOPPED = {**RUNNING, "ActiveState": "inactive", "healthy": ""}
MAIN_CF = "/etc/postfix/main.cf"


class Units(OnMachine):
    def decide(
        self, unit: dict[str, Any], old: str, new: str, state: dict[str, str] = RUNNING, **more: Any
    ) -> str | None:
        self.write(MAIN_CF, old)
        Path(ROOT + MAIN_CF).chmod(0o644)
        one = role("postfix", file(MAIN_CF, new), units=[{"name": "postfix.service", **unit}], packages=["postfix"])
        plan = files.compare(wanted(one), {})
        before = more.get("before", {"units": ["postfix.service"]})
        states = {"postfix.service": state}
        return files.decide_units(plan, wanted(one), before, states, more.get("installed", [])).get("postfix.service")

    def test_each_change_does_no_more_than_it_must(self) -> None:
        reload_on = {"reloadOn": [MAIN_CF]}
        restart_on = {"restartOn": [MAIN_CF], **reload_on}
        setting = {"restartOnSettings": {MAIN_CF: ["inet_interfaces"]}, **reload_on}
        was = "inet_interfaces = all\nbiff = no\n"
        rows: list[tuple[str | None, str | None]] = [
            (self.decide(reload_on, was, was), None),
            (self.decide(reload_on, was, "biff = yes\n"), "reload"),
            (self.decide(restart_on, was, "biff = yes\n"), "restart"),
            (self.decide({}, was, "biff = yes\n"), None),
            (self.decide(setting, was, "inet_interfaces=all\n# more\n"), "reload"),
            (self.decide(setting, was, "inet_interfaces = 192.0.2.1,\n  127.0.0.1\n"), "restart"),
            (self.decide(reload_on, was, was, STOPPED), "start"),
            (self.decide(reload_on, was, was, {**RUNNING, "UnitFileState": "disabled"}), "enable"),
            (self.decide(reload_on, was, was, before={}), "restart"),
            (self.decide(reload_on, was, was, installed=["postfix"]), "restart"),
        ]
        self.assertEqual([got for got, _ in rows], [expected for _, expected in rows])

    def test_settings_are_read_as_postfix_reads_them(self) -> None:
        text = b"# a = 1\na = 2\nb=x,\n\ty\n  z\n\nb2 = $a\n  # not a continuation\nc =\n"
        self.assertEqual(units.settings(text), {"a": "2", "b": "x, y z", "b2": "$a", "c": ""})


def check_machine(state: dict[str, Any], before: dict[str, Any], port: str) -> None:
    with mock.patch.object(preflight, "first_checks", return_value=[]):
        preflight.preflight(state, before, port)


class Refusals(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.write("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n')

    def refusal(self, state: dict[str, Any], before: dict[str, Any] | None = None, port: str = "22") -> str:
        with self.assertRaises(errors.Failure) as caught:
            check_machine(state, before or {}, port)
        return caught.exception.sentence

    def test_another_operating_system(self) -> None:
        text = self.refusal(wanted(operatingSystem={"id": "debian", "versionId": "13"}))
        for part in ("Debian GNU/Linux 12 (bookworm)", "debian 13", "`operatingSystem`"):
            self.assertIn(part, text)

    def test_accounts_with_other_numbers_are_named_with_the_way_out(self) -> None:
        state = wanted(role("dovecot", accounts=[{"user": "vmail", "uid": 5000}, {"user": "opendkim", "groups": ["x"]}]))
        for there, expected in (
            ({}, ""),
            ({"vmail": 5000}, ""),
            ({"vmail": 2000, "opendkim": 110}, "`usermod -u 5000 vmail` gives it that number with the files in its home (/home/vmail), and `find / -xdev -uid 2000 "),
            ({"app": 5000}, "needs uid 5000 for the account vmail, but app has it here; give that one another by `usermod -u NUMBER app`"),
            ({"app": 5000, "vmail": 2000}, "but app has it here"),
        ):  # fmt: skip
            entries = [SimpleNamespace(pw_name=name, pw_uid=uid, pw_dir=f"/home/{name}") for name, uid in there.items()]

            def find(member: str, value: object, entries: list[SimpleNamespace] = entries) -> SimpleNamespace:
                return {getattr(entry, member): entry for entry in entries}[value]

            with mock.patch.multiple(machine.pwd, getpwnam=lambda name: find("pw_name", name), getpwuid=lambda uid: find("pw_uid", uid)):
                if expected:
                    self.assertIn(expected, self.refusal(state))
                else:
                    check_machine(state, {}, "22")

    def test_a_firewall_that_would_shut_the_door(self) -> None:
        text = self.refusal(wanted(openPorts=[25, 22]), port="2222")
        self.assertIn("2222", text)
        self.assertIn("`firewall.sshPorts`", text)
        check_machine(wanted(openPorts=[25, 2222]), {}, "2222")
        check_machine(wanted(openPorts=[]), {}, "2222")
        for doors, ports in (([], [25]), ([22, 2222], [22, 25]), ([2222], [])):
            with mock.patch.object(machine, "ssh_ports", return_value=doors):
                check_machine(wanted(openPorts=ports), {}, "")

    def test_a_firewall_that_would_shut_sshd_out_where_nobody_came_by_ssh(self) -> None:
        with mock.patch.object(machine, "ssh_ports", return_value=[2222]):
            text = self.refusal(wanted(openPorts=[22, 25]), {}, "")
        self.assertIn("sshd listens on port 2222", text)
        self.assertIn("add 2222 to `firewall.sshPorts`", text)

    def test_sshd_is_found_in_the_kernel_or_asked_itself(self) -> None:
        told = process.Output(0, "port 22\nport 2200\naddressfamily any\n")
        sshd = [listeners.Listener(port, False, name, 1, "") for port, name in ((2222, "sshd"), (25, "master"))]
        for heard, expected in ((sshd, [2222]), ([], [22, 2200])):
            with mock.patch.multiple(machine, run=lambda *_: told, listeners=lambda: heard):
                self.assertEqual(machine.ssh_ports(), expected)

    def test_sshd_is_found_where_systemd_listens_for_it_and_sshd_cannot_be_asked(self) -> None:
        shown = "Listen=0.0.0.0:2222 (Stream)\nListen=[::]:2222 (Stream)\nListen=/run/ssh (Stream)\nActiveState={}\n"
        systemd = [listeners.Listener(2222, False, "systemd", 1, "init.scope")]
        for state, expected in (("active", [2222]), ("inactive", [])):
            answers = {
                "systemctl": process.Output(0, shown.format(state)),
                "sshd": process.Output(255, "Missing privilege separation directory: /run/sshd\n"),
            }
            with mock.patch.multiple(machine, run=lambda program, *_: answers[program], listeners=lambda: systemd):
                self.assertEqual(machine.ssh_ports(), expected)

    def test_a_machine_of_somebody_else(self) -> None:
        for before in ({"owner": "other/mail"}, {"owner": "other/mail", "identity": "1b2c"}):
            text = self.refusal(wanted(), before)
            self.assertIn("other/mail", text)
            self.assertIn("test/mail", text)

    def test_no_machine_of_its_own_under_another_name_or_with_another_key(self) -> None:
        check_machine(wanted(), {"owner": "old/mail", "identity": "0a1b"}, "22")
        check_machine(wanted(), {"owner": "test/mail", "identity": "1b2c"}, "22")

    def test_a_person_whose_account_is_not_there_or_is_the_systems_is_named(self) -> None:
        ids = {"first": 1000, "last": 59999}
        state = lambda user: wanted(role("dovecot", accounts=[{"user": user, "ids": ids}]))  # noqa: E731
        with mock.patch.object(machine.pwd, "getpwnam", {"anna": SimpleNamespace(pw_uid=1000), "root": SimpleNamespace(pw_uid=0)}.__getitem__):
            machine.check_accounts(state("anna"))
            with self.assertRaisesRegex(errors.Failure, "systemAccounts names ben, and there is no such account .* `adduser ben`"):
                machine.check_accounts(state("ben"))
            with self.assertRaisesRegex(errors.Failure, "systemAccounts names root, whose uid 0 is not one of people .1000 to 59999."):
                machine.check_accounts(state("root"))

    def test_mail_that_lies_elsewhere_is_moved_before_it_is_looked_for_in_a_new_place(self) -> None:
        store = {"path": "/var/vmail", "owner": "vmail", "group": "vmail", "mode": "0750", "keeps": "mailStore"}
        new = machine.kept_in(wanted(role("dovecot", directories=[store])))
        self.assertEqual(new, {"mailStore": "/var/vmail"})
        machine.check_kept(new, {})  # nothing is active
        earlier = {"sha256": "aa"}
        machine.check_kept(new, earlier)  # nothing is in the only place that an earlier version had
        self.write("/var/mail/vhosts/example.org/anna/Maildir/new/1", "mail")
        with self.assertRaisesRegex(errors.Failure, "mail lies in /var/mail/vhosts, and `mailStore` says /var/vmail; .* mv /var/mail/vhosts /var/vmail"):
            machine.check_kept(new, earlier)
        machine.check_kept(new, {"kept": {"mailStore": "/var/vmail"}})
        with self.assertRaisesRegex(errors.Failure, "mail lies in /var/mail/vhosts, and"):
            machine.check_kept(machine.kept_of({"kept": {"mailStore": "/srv/mail"}}), earlier)

    def test_a_state_of_another_version(self) -> None:
        self.assertIn("format 1", self.refusal(wanted(format=2)))


class Addresses(OnMachine):
    def kept(self) -> list[str]:
        return Path(paths.OWN_ADDRESSES).read_text().splitlines()

    def test_addresses_are_kept_once_each_over_activations_the_latest_last(self) -> None:
        machine.remember_addresses(["198.51.100.7", "2001:DB8::7", "203.0.113.1"])
        machine.remember_addresses(["198.51.100.7", "2001:db8::7", "203.0.113.2"])
        self.assertEqual(self.kept(), ["203.0.113.1", "198.51.100.7", "2001:db8::7", "203.0.113.2"])
        self.assertEqual(Path(paths.OWN_ADDRESSES).stat().st_mode & 0o777, 0o600)

    def test_as_many_addresses_are_kept_as_a_person_has_and_no_more(self) -> None:
        for number in range(100):
            machine.remember_addresses(["198.51.100.7", f"203.0.113.{number}"])
        self.assertEqual(self.kept(), [*(f"203.0.113.{number}" for number in range(81, 99)), "198.51.100.7", "203.0.113.99"])

    def test_only_addresses_are_kept_as_the_kernel_writes_them(self) -> None:
        said = {
            "203.0.113.1": "203.0.113.1", "::ffff:203.0.113.2": "203.0.113.2", "2001:DB8:0::1": "2001:db8::1", "fe80::1%eth0": "fe80::1",
            "": "", "UNKNOWN": "", "203.0.113.0/24": "", "0.0.0.0/0": "", "203.0.113.1\n203.0.113.9": "", "127.1": "", "a\0b": "",
        }  # fmt: skip
        self.assertEqual({text: machine.canonical(text) for text in said}, said)
        machine.remember_addresses(["", "UNKNOWN"])
        self.assertFalse(Path(paths.OWN_ADDRESSES).exists())


class Validation(OnMachine):
    def judged(self, judge: dict[str, Any], content: str = "good\n") -> None:
        judge = {"files": ["/etc/a.conf"], **judge}
        one = role("a", file("/etc/a.conf", content), file("/etc/a.d/b", "x"), validations=[judge])
        plan = files.compare(wanted(one), {})
        files.stage(plan, wanted(one))
        files.validate(plan, wanted(one))

    def test_paths_in_the_scratch_tree_point_into_it(self) -> None:
        content = "include /etc/a.d/b,/etc/a.d/b.other /etc/a.d/bc x/etc/a.d/b hash:/etc/a.d/b\n"
        self.judged({"daemon": "A", "command": ["cp", "{stage}/etc/a.conf", ROOT + "/seen"]}, content=content)
        stage = ROOT + "/var/lib/pulumi-mailserver/scratch"
        expected = f"include {stage}/etc/a.d/b,/etc/a.d/b.other /etc/a.d/bc x/etc/a.d/b hash:{stage}/etc/a.d/b\n"
        self.assertEqual(Path(ROOT + "/seen").read_text(), expected)

    def test_the_daemons_own_line_is_shown_with_the_real_path(self) -> None:
        with self.assertRaises(errors.Failure) as caught:
            self.judged({"daemon": "A", "command": ["sh", "-c", "echo fatal: {stage}/etc/a.conf, line 3: no; exit 1"]})
        self.assertIn("A refuses", caught.exception.sentence)
        self.assertEqual(caught.exception.lines, ["fatal: /etc/a.conf, line 3: no"])
        self.assertEqual(self.tree(), {})

    def test_a_warning_refuses_where_the_role_says_so(self) -> None:
        warns = {"daemon": "A", "command": ["echo", "warning: odd"]}
        self.judged(warns)
        with self.assertRaises(errors.Failure):
            self.judged({**warns, "refuseOn": "warning:"})

    def test_a_file_is_judged_where_it_changed_and_only_there(self) -> None:
        refuses = {"daemon": "A", "command": ["false"]}
        self.write("/etc/a.conf", "good\n").chmod(0o644)
        self.judged(refuses)
        with self.assertRaises(errors.Failure):
            self.judged(refuses, "better\n")
        with self.assertRaises(errors.Failure):
            self.judged({**refuses, "files": ["/etc/a.d/b"]})

    def test_secrets_that_a_daemon_quotes_are_taken_out(self) -> None:
        hidden = file(
            "/etc/passwd-file", "anna@example.org:{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuv::::::\n", secret=True
        )
        lines = files.redact(["line 1: anna@example.org:{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuv is bad"], [hidden])
        self.assertEqual(lines, ["line 1: anna@example.org:[secret] is bad"])


class WhatDaemonsSay(unittest.TestCase):
    def test_the_last_words_of_a_master_count_though_the_journal_knows_no_unit_of_them(self) -> None:
        def run(program: str, *words: str) -> process.Output:
            matches = " ".join(words).split(" + ")
            text = "[  112.500000] vps postfix/master[1]: fatal: bind 0.0.0.0 port 22: Address already in use\n"
            seen = any("SYSLOG_IDENTIFIER=postfix/master _UID=0" in match for match in matches)
            return process.Output(0, text if seen else "")

        for names in (["postfix.service"], ["postfix@-.service"]):
            with mock.patch.object(units, "run", run), mock.patch.object(units, "with_parts", list):
                self.assertEqual(
                    units.journal_lines(names, 112),
                    ["postfix/master[1]: fatal: bind 0.0.0.0 port 22: Address already in use"],
                )
                self.assertEqual(units.journal_lines(names, 113), [])

    def test_nobody_else_speaks_in_the_name_of_a_unit(self) -> None:
        for match in " ".join(units.entries_of(["postfix.service", "opendkim.service"])).split(" + "):
            fields = {word.partition("=")[0] for word in match.split()}
            self.assertTrue(fields & {"_SYSTEMD_UNIT", "_PID", "_UID"}, match)

    def test_a_clock_that_is_set_back_hides_nothing_and_brings_nothing_old(self) -> None:
        listed = "[  100.000000] vps dovecot[1]: old\n and its second line\n[  200.000000] vps dovecot[1]: new\n more of it\n"
        self.assertEqual(units.lines_since(150, listed), ["dovecot[1]: new", " more of it"])
        asked: list[str] = []

        def run(*words: str) -> process.Output:
            asked.extend(word for word in words if word.startswith("--since"))
            return process.Output(0, "")

        with mock.patch.multiple(units, run=run, with_parts=list), mock.patch.object(units.time, "monotonic", return_value=200):
            for clock, now in ((5000, 5200), (5000, 1600), (5000, 9000)):
                with mock.patch.multiple(units, CLOCK=clock), mock.patch.object(units.time, "time", return_value=now):
                    units.journal_lines([], 150)
        self.assertEqual(asked, ["--since=@5149.990", "--since=@1549.990", "--since=@5149.990"])

    def test_what_an_old_run_said_while_it_was_stopped_is_not_about_the_new_one(self) -> None:
        import time

        def run(program: str, *words: str) -> process.Output:
            began = {"postfix.service": time.monotonic() - 10, "postfix@-.service": time.monotonic() - 11}
            lines = [f"InactiveExitTimestampMonotonic={round(began.get(word, 0) * 1e6)}" for word in words[2:]]
            return process.Output(0, "\n\n".join(lines) + "\n")

        known = {"postfix.service": ["postfix@-.service"], "ufw.service": []}
        with (
            mock.patch.object(units, "run", run),
            mock.patch.dict(units.KNOWN_PARTS, known),
        ):
            now = time.monotonic()
            self.assertAlmostEqual(units.run_since(["postfix.service"], now - 60), now - 11, delta=1)
            self.assertEqual(units.run_since(["postfix.service"], now - 5), now - 5)
            self.assertEqual(units.run_since(["ufw.service"], now - 60), now - 60)

    def test_the_units_that_a_unit_runs_as_are_asked_for_with_it_once_they_are_known(self) -> None:
        asked: list[list[str]] = []
        facts = {"ActiveState": "active", "ConsistsOf": "", "Wants": ""}
        parts = {"ConsistsOf": "postfix@-.service fail2ban.service", "Wants": "postfix@-.service network.target"}
        told = {"postfix.service": {**facts, **parts}, "postfix@-.service": {**facts, "ActiveState": "failed"}}

        def run(program: str, verb: str, *words: str) -> process.Output:
            names = [word for word in words if not word.startswith("-p")]
            asked.append(names)
            blocks = ["\n".join(f"{key}={value}" for key, value in told[name].items()) for name in names]
            return process.Output(0, "\n\n".join(blocks) + "\n")

        with mock.patch.object(units, "run", run), mock.patch.dict(units.KNOWN_PARTS, {}, clear=True):
            self.assertFalse(units.is_healthy("postfix.service"))
            told["postfix@-.service"]["ActiveState"] = "active"
            self.assertTrue(units.is_healthy("postfix.service"))
            self.assertEqual(units.unit_states(["postfix.service"]), {"postfix.service": {"ActiveState": "active", "parts": "postfix@-.service", "healthy": "yes"}})
            self.assertEqual(units.with_parts(["postfix.service"]), ["postfix.service", "postfix@-.service"])
        both = ["postfix.service", "postfix@-.service"]
        self.assertEqual(asked, [["postfix.service"], ["postfix@-.service"], both, both])

    def test_a_question_that_takes_long_is_asked_only_where_its_unit_was_touched(self) -> None:
        asked: list[str] = []
        state = wanted(
            role("a", units=[{"name": "a.service"}], probes=[{"command": ["long"], "afterStart": True}, {"command": ["short"]}]),
            role("b", units=[{"name": "b.service"}]),
        )
        with (
            mock.patch.object(probes, "ask", lambda question: asked.append(question["command"][0])),
            mock.patch.object(probes, "unit_states", lambda names: {name: {"healthy": "yes"} for name in names}),
        ):
            for done, expected in (({"b.service": "reloaded"}, ["short"]), ({"a.service": "restarted"}, ["long", "short"]), ({}, ["short"])):
                asked.clear()
                probes.probe(state, done, 0)
                self.assertEqual(asked, expected)

    def test_where_a_role_names_no_fault_the_journal_is_not_asked(self) -> None:
        self.assertEqual(units.Faults({}, ["a.service"]).refused, "")
        with mock.patch.object(units, "run", side_effect=AssertionError):
            self.assertEqual(units.journal_lines(["a.service"], 0, units.Faults({}, ["a.service"]).broken), [])

    def test_the_faults_of_several_units_count_together(self) -> None:
        known = {
            "a.service": {"broken": "^a: x|y", "refusedReload": "^a: no"},
            "b.service": {"broken": "^b: x", "heldBack": {"pattern": "later", "seconds": 60}},
        }
        faults = units.Faults(known, ["a.service", "b.service", "c.service"])
        self.assertEqual(faults.broken, "(?:^a: x|y)|(?:^b: x)")
        self.assertEqual(faults.refused, "(?:(?:^a: x|y)|(?:^b: x))|(?:^a: no)")
        self.assertEqual((faults.held_back, faults.throttle_time), ("(?:later)", 60))
        self.assertEqual(units.Faults(known, ["a.service"]).throttle_time, 0)


if __name__ == "__main__":
    unittest.main()
