"""What the agent finds when it only looks, what it judges of the loaded firewall, and the way back to the previous generation."""

from __future__ import annotations

import os
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, file, role, wanted  # isort: skip

import agent
import filesystem
import firewall
import firewall_ufw
import look
import previous
import transaction
from errors import Failure
from filesystem import read_json
from paths import LOCK, MANIFEST, REPAIRS
from process import Output
from test_transaction import NEW, OLD, activate, journalled, prepare

WALLED = {"openPorts": [22, 25], "openPortsV6": [22, 25]}
UFW = "ufw.service"
ONLY_IPV4 = mock.patch.object(firewall_ufw, "UFW_FAMILIES", [("IPv4", "iptables", "ufw")])
LOADED = """\
*filter
:INPUT DROP [0:0]
:ufw-user-input - [0:0]
-A INPUT -j ufw-before-logging-input
-A INPUT -j ufw-before-input
-A INPUT -j ufw-after-input
-A INPUT -j ufw-after-logging-input
-A INPUT -j ufw-reject-input
-A INPUT -j ufw-track-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
-A ufw-user-input -p tcp -m tcp --dport 25 -j ACCEPT
COMMIT
"""


@contextmanager
def both(run: Callable[..., Output]) -> Iterator[None]:
    """What both the firewall and its back end of UFW run."""
    with mock.patch.object(firewall, "run", run), mock.patch.object(firewall_ufw, "run", run):
        yield


class Firewall(unittest.TestCase):
    def faults(self, old: str = "", new: str = "") -> list[str]:
        self.assertTrue(old in LOADED)
        with mock.patch.object(firewall_ufw, "run", return_value=Output(0, LOADED.replace(old, new) if old else LOADED)), ONLY_IPV4:
            return firewall.firewall_faults(WALLED)

    def test_what_ufw_loaded_has_no_fault(self) -> None:
        self.assertEqual(self.faults(), [])

    def test_chains_of_others_are_not_judged(self) -> None:
        self.assertEqual(self.faults("-A INPUT -j ufw-before-logging", "-A INPUT -p tcp -j f2b-sshd\n-A INPUT -j ufw-before-logging"), [])  # fmt: skip

    def test_each_change_is_named(self) -> None:
        rows = [
            (self.faults(":INPUT DROP", ":INPUT ACCEPT"), "what no rule names is let in"),
            (self.faults("-A INPUT -j ufw-before-input\n"), "the rules of UFW are not loaded"),
            (self.faults("-A ufw-before-input -i lo -j ACCEPT\n"), "the rules of UFW are not loaded"),
            (self.faults("-A ufw-user-input -p tcp -m tcp --dport 25 -j ACCEPT\n"), "port 25 is closed"),
            (self.faults("--dport 25 -j ACCEPT\n", "--dport 25 -j ACCEPT\n-A ufw-user-input -p tcp -m tcp --dport 3306 -j ACCEPT\n"), "port 3306 is open, which nothing asks for"),
            (self.faults("COMMIT", "-A INPUT -s 192.0.2.1/32 -j ACCEPT\nCOMMIT"), "a rule that is not UFW's: INPUT -s 192.0.2.1/32 -j ACCEPT"),
        ]  # fmt: skip
        for got, expected in rows:
            self.assertEqual(got, [f"IPv4: {expected}"])

    def reset(self, loaded: str) -> list[str]:
        """The lines that are taken back."""
        said = []

        def run(*command: str, stdin: str = "") -> Output:
            if command[0] == "iptables-restore":
                said.extend(stdin.splitlines())
            return Output(0, loaded)

        with mock.patch.object(firewall_ufw, "run", run), ONLY_IPV4:
            firewall.reset_firewall(WALLED, UFW)
        return said

    def test_what_is_right_is_not_reset(self) -> None:
        self.assertEqual(self.reset(LOADED), [])

    def test_a_rule_of_others_goes_alone(self) -> None:
        rule = '-A INPUT -s 192.0.2.1/32 -m comment --comment "by hand" -j ACCEPT'
        self.assertEqual(self.reset(LOADED.replace("COMMIT", rule + "\nCOMMIT")), ["*filter", rule.replace("-A", "-D", 1), "COMMIT"])  # fmt: skip

    def test_chains_that_lost_their_jumps_go_so_that_ufw_makes_them_anew(self) -> None:
        flushed = "*filter\n:INPUT DROP [0:0]\n:f2b-sshd - [0:0]\n:ufw-before-input - [0:0]\n:ufw-user-input - [0:0]\n-A INPUT -j ufw-before-input\n-A OUTPUT -j ufw-before-output\nCOMMIT\n"
        self.assertEqual(
            self.reset(flushed),
            [
                "*filter", "-D INPUT -j ufw-before-input", "-D OUTPUT -j ufw-before-output",
                "-F ufw-before-input", "-F ufw-user-input", "-X ufw-before-input", "-X ufw-user-input", "COMMIT",
            ],
        )  # fmt: skip

    def test_an_activation_that_would_shut_everybody_out_fails(self) -> None:
        with mock.patch.object(firewall_ufw, "run", return_value=Output(0, LOADED.replace("-A INPUT", "-A FORWARD"))):
            with self.assertRaisesRegex(Failure, "IPv4: the rules of UFW are not loaded"):
                firewall.check_firewall(WALLED)

    def test_a_firewall_that_cannot_be_read_is_a_fault_and_one_that_nobody_wants_is_none(self) -> None:
        with mock.patch.object(firewall_ufw, "run", return_value=Output(127, "iptables-save: command not found")):
            self.assertEqual(
                firewall.firewall_faults({"openPorts": [22], "openPortsV6": [22]}),
                ["IPv4: the rules of UFW are not loaded", "IPv6: the rules of UFW are not loaded"],
            )
            self.assertEqual(firewall.firewall_faults({"openPorts": [], "openPortsV6": []}), [])


class OtherWords(unittest.TestCase):
    """What the kernel says of UFW where systemd says otherwise, and other firewalls."""

    def kernel(self, rules: str, ruleset: str = "") -> Any:
        """A kernel with these rules; what it is told is in `self.told`."""
        self.told: list[tuple[str, ...]] = []

        def run(*command: str, **_: Any) -> Output:
            self.told.append(command)
            return Output(0, ruleset if command[0] == "nft" else "active" if command[0] == "systemctl" else rules)

        return both(run)

    def test_rules_that_were_loaded_by_hand_count_whatever_systemd_says(self) -> None:
        for rules, expected in ((LOADED, "active"), ("*filter\n:INPUT ACCEPT [0:0]\n:ufw-before-input - [0:0]\nCOMMIT\n", "inactive")):
            with self.kernel(rules):
                states = firewall.with_firewall({UFW: {"ActiveState": "inactive", "healthy": ""}}, UFW)
            self.assertEqual(states[UFW], {"ActiveState": expected, "healthy": ""})

    def test_they_are_unloaded_before_a_start_which_else_does_nothing(self) -> None:
        state = wanted(role("firewall", units=[{"name": UFW, "isFirewall": True}]))
        for move, unloads in (("start", True), ("restart", False)):
            with self.kernel(LOADED), mock.patch.multiple(agent, enable_units=mock.DEFAULT, act_on_unit=lambda *words: self.told.append(words)):
                agent.bring_up(state, {}, {UFW: move}, {UFW: {}}, {}, {})
            self.assertEqual(("/lib/ufw/ufw-init", "force-stop") in self.told, unloads)
            self.assertEqual(self.told[-1], ("firewall", UFW, move))

    def test_what_it_leaves_behind_is_taken_away_and_nothing_else(self) -> None:
        left = (
            "*filter\n:INPUT ACCEPT [0:0]\n:f2b-sshd - [0:0]\n:ufw-before-input - [0:0]\n:ufw-track-input - [0:0]\n"
            "-A INPUT -p tcp -j f2b-sshd\n-A INPUT -j ufw-before-input\n-A INPUT -j ufw-track-input\nCOMMIT\n"
        )
        said: list[str] = []

        def run(*command: str, stdin: str = "") -> Output:
            said.append(stdin)
            return Output(0, left if command[0] == "iptables-save" else "")

        with both(run):
            firewall.forget_firewalls([UFW])
        self.assertEqual(
            [text for text in said if text],
            [
                "*filter\n-D INPUT -j ufw-before-input\n-D INPUT -j ufw-track-input\n-F ufw-before-input\n-F ufw-track-input\n"
                "-X ufw-before-input\n-X ufw-track-input\nCOMMIT\n"
            ],
        )

    def refusal(self, rules: str, ruleset: str) -> tuple[str, list[str]]:
        with self.kernel(rules, ruleset):
            try:
                firewall.check_other_firewalls(wanted(openPorts=[25, 22], openPortsV6=[22]))
            except Failure as failure:
                return failure.sentence, failure.lines
        return "", []

    def test_another_firewall_that_drops_ports_is_named_with_the_way_out(self) -> None:
        chain = "table inet filter {{\n\tchain input {{\n\t\ttype filter hook input priority filter; policy {};\n\t\ttcp dport 22 accept\n{}\t}}\n}}\n"
        fault = "nothing lets in port 25"
        for ruleset in (
            chain.format("drop", ""),
            chain.format("accept", "\t\tcounter packets 1 bytes 2 drop\n"),
            chain.format("accept", "\t\treject with icmpx admin-prohibited\n"),
            chain.format("drop", "").replace(" {", " { # progname firewalld\n\tflags owner,persist", 1),
        ):
            sentence, lines = self.refusal("", ruleset)
            self.assertIn("`systemctl disable --now firewalld.service`; or open the ports there; or leave it all", sentence)
            self.assertIn("`firewall.enabled` set to false", sentence)
            self.assertEqual(lines, [f"table inet filter, chain input: {fault}"])
        rules = "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n-A INPUT -j DROP\n"
        self.assertEqual(self.refusal(rules, "")[1], [f"iptables -S INPUT: {fault}", f"ip6tables -S INPUT: {fault}"])

    def test_another_firewall_that_lets_the_ports_in_stands_beside(self) -> None:
        table = "table inet x {{\n\tchain input {{\n\t\ttype filter hook input priority filter; policy drop;\n\t\tjump other\n\t}}\n\tchain other {{\n\t\t{}\n\t}}\n}}\n"
        for rule in ("tcp dport { 22, 25, 80 } accept", "tcp dport 20-30 ct state { new, untracked } counter packets 0 bytes 0 accept", "tcp dport 22 accept\n\t\ttcp dport 25 accept"):
            self.assertEqual(self.refusal("", table.format(rule)), ("", []), rule)
        for rule in ("tcp dport { 22, 250 } accept", "udp dport { 22, 25 } accept", "tcp dport { 22, 25 } drop"):
            self.assertNotEqual(self.refusal("", table.format(rule))[1], [], rule)
        rules = "-A INPUT -p tcp -m multiport --dports 22,24:26 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-port-unreachable\n"
        self.assertEqual(self.refusal(rules, ""), ("", []))

    def test_ports_in_a_named_set_or_map_count_as_those_in_the_rule_itself(self) -> None:
        table = (
            "table inet x {{\n\t{}\n\t}}\n\n\tset bans {{\n\t\ttype ipv4_addr\n\t\telements = {{ 203.0.113.25 }}\n\t}}\n\n"
            "\tchain input {{\n\t\ttype filter hook input priority filter; policy drop;\n\t\t{}\n\t}}\n}}\n"
        )
        ports = "set allowed {{\n\t\ttype inet_service\n\t\tflags interval\n\t\telements = {{ {} }}"
        verdicts = "map allowed {{\n\t\ttype inet_service : verdict\n\t\telements = {{ {} }}"
        for held in ("22, 25", "20-30", "22,\n\t\t\t     25", '22 comment "SSH, } by hand" counter packets 25 bytes 1 , 24-26 timeout 1d expires 5h25m'):
            self.assertEqual(self.refusal("", table.format(ports.format(held), "tcp dport @allowed ct state new accept")), ("", []), held)
        self.assertEqual(self.refusal("", table.format(verdicts.format("22 : accept, 24-26 : accept"), "tcp dport vmap @allowed")), ("", []))
        self.assertEqual(self.refusal("", table.format(ports.format("1"), "tcp dport vmap { 22 : accept, 25 : accept, 80 : drop }")), ("", []))
        for missing, block, rule in (
            ("25", ports.format("22, 80"), "tcp dport @allowed accept"),
            ("25", ports.format("22 counter packets 25 bytes 25"), "tcp dport @allowed accept"),
            ("22, 25", ports.format("22, 25"), "tcp dport @allowed drop"),
            ("22, 25", ports.format("22, 25"), "tcp dport @other accept"),
            ("25", ports.format("22, 25"), "ip saddr @bans tcp dport 22 accept"),
            ("25", verdicts.format("22 : accept, 25 : drop"), "tcp dport vmap @allowed"),
            ("22, 25", "set allowed {\n\t\ttype inet_service", "tcp dport @allowed accept"),
        ):
            fault = f"table inet x, chain input: nothing lets in port {missing}"
            self.assertEqual(self.refusal("", table.format(block, rule))[1], [fault], rule)

    def test_bans_of_addresses_and_the_rules_of_iptables_itself_are_not_meant(self) -> None:
        banned = "table inet f2b-table {\n\tset s {\n\t\ttype ipv4_addr\n\t}\n\tchain f2b-chain {\n\t\ttype filter hook input priority filter - 1; policy accept;\n\t\ttcp dport 25 ip saddr @s reject with icmp port-unreachable\n\t}\n\tchain other {\n\t\tdrop\n\t}\n}\n"
        own = "table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n"
        self.assertEqual(self.refusal(LOADED, banned + own), ("", []))
        with self.kernel("", "table inet x {\n\tchain input {\n\t\ttype filter hook input priority filter; policy drop;\n\t}\n}\n"):
            firewall.check_other_firewalls(wanted())


class Looking(OnMachine):
    def test_a_machine_that_was_never_activated_says_so(self) -> None:
        with mock.patch.dict("sys.modules", {"json": None}):  # as in python3-minimal
            self.assertEqual(filesystem.to_json(look.look()), b"{}")

    def test_facts_stand_beside_the_manifest_and_nothing_is_written(self) -> None:
        activate(OLD)
        Path(ROOT + "/etc/one.conf").chmod(0o600)
        os.unlink(ROOT + "/etc/sub/two.conf")
        before = self.tree(""), [os.stat(folder).st_mtime_ns for folder, _, _ in os.walk(ROOT)]
        facts = look.look()
        self.assertEqual((self.tree(""), [os.stat(folder).st_mtime_ns for folder, _, _ in os.walk(ROOT)]), before)
        self.assertEqual(facts["manifest"], read_json(MANIFEST))
        one = facts["files"]["/etc/one.conf"]
        self.assertEqual((one["mode"], one["sha256"]), ("0600", facts["manifest"]["files"]["/etc/one.conf"]["sha256"]))
        self.assertEqual(facts["files"]["/etc/sub/two.conf"], {"kind": "missing"})
        self.assertEqual((facts["cutOff"], facts["previous"]), (False, {}))

    def test_room_is_that_of_the_file_system_even_before_the_folder_is_there(self) -> None:
        facts = look.disk_facts("/var/mail/vhosts/none", 7)
        self.assertEqual((facts["path"], facts["minFree"]), ("/var/mail/vhosts/none", 7))
        self.assertEqual(facts["size"], os.statvfs(ROOT).f_blocks * os.statvfs(ROOT).f_frsize)
        self.assertTrue(0 < facts["free"] <= facts["size"])

    def test_links_and_folders_in_a_files_place_are_named(self) -> None:
        os.symlink("/etc/passwd", ROOT + "/etc/link")
        self.assertEqual([look.file_facts(path)["kind"] for path in ("/etc/link", "/etc")], ["link", "no file"])

    def test_a_machine_that_is_being_changed_is_not_looked_at(self) -> None:
        activate(OLD)
        with agent.machine_lock("somebody"):
            with self.assertRaisesRegex(Failure, "an activation is changing this machine"):
                look.look()
        self.assertTrue(look.look()["manifest"])

    def test_an_activation_that_was_cut_off_shows(self) -> None:
        activate(OLD)
        plan, _ = prepare(NEW)
        transaction.write_journal(plan, NEW["owner"], {}, {}, previous.next_generation(), {})
        self.assertTrue(look.look()["cutOff"])

    def test_no_lock_file_is_made(self) -> None:
        look.look()
        self.assertFalse(os.path.exists(LOCK))


class WayBack(OnMachine):
    """Without systemd: the roles of these states have no units."""

    def setUp(self) -> None:
        super().setUp()
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')

    def activate_previous(self, port: str = "22", **asked: Any) -> dict[str, Any]:
        asked = {"owner": "test/mail", "from": "", "forward": False, **asked}
        with mock.patch.object(agent, "start_guard"), mock.patch.object(agent, "install_recovery"):
            return agent.rollback(asked, "", port)

    def state(self) -> tuple[Any, Any]:
        return self.tree(), read_json(MANIFEST)

    def test_back_and_forth(self) -> None:
        activate(OLD)
        old = self.state()
        activate(NEW)
        new = self.state()
        self.assertEqual(look.look()["previous"]["sha256"], old[1]["sha256"])
        gone = self.activate_previous()
        self.assertEqual(gone["manifest"], old[1]["sha256"])
        self.assertEqual(gone["changed"], ["/etc/four.conf", "/etc/new/three.conf", "/etc/one.conf", "/etc/sub/two.conf"])  # fmt: skip
        self.assertEqual(self.state(), old)
        self.assertEqual(look.look()["previous"]["sha256"], new[1]["sha256"])
        self.assertTrue(look.look()["previous"]["rolledBack"])
        with self.assertRaisesRegex(Failure, "was rolled back already"):
            self.activate_previous()
        self.assertEqual(self.state(), old)
        self.activate_previous(forward=True)
        self.assertEqual(self.state(), new)
        self.assertFalse(look.look()["previous"]["rolledBack"])
        with self.assertRaisesRegex(Failure, "there is no way forward"):
            self.activate_previous(forward=True)
        self.activate_previous()
        self.assertEqual(self.state(), old)

    def test_sessions_of_logins_that_another_password_brings_back_end_after_it_is_live(self) -> None:
        def people(*lines: str) -> dict[str, Any]:
            text = "".join(f"{line}\n" for line in lines)
            return wanted(role("a", file("/etc/passwd", text, endSessions=[["kick", "{name}"], ["hang", "up"]])))

        activate(people("anna@x:old", "ben@x:1"))
        old = self.tree()
        activate(people("anna@x:new", "ben@x:1", "carl@x:1"))
        ran: list[tuple[str, ...]] = []

        def run(*words: str, **_: Any) -> Output:
            self.assertEqual(self.tree(), old)
            ran.append(words)
            return Output(0, "")

        with mock.patch.object(agent, "run", run):
            self.activate_previous()
        self.assertEqual(ran, [("kick", "anna@x"), ("kick", "carl@x"), ("hang", "up")])

    def test_an_activation_that_fails_leaves_the_way_back_to_the_generation_before(self) -> None:
        activate(OLD)
        old = self.state()
        activate(NEW)
        new = self.state()
        plan, folder = journalled(wanted(role("a", file("/etc/one.conf", "bad\n"))))
        transaction.swap(plan)
        failure = transaction.abort(Failure("no answer"), True, set(), folder)
        self.assertEqual(failure.outcome, "The previous configuration is running.")
        self.assertEqual(self.state(), new)
        with mock.patch.object(agent, "probe", side_effect=Failure("no answer")), self.assertRaises(Failure):
            self.activate_previous()
        self.assertEqual(self.state(), new)
        self.activate_previous()
        self.assertEqual(self.state(), old)

    def test_a_repair_leaves_the_previous_generation_alone(self) -> None:
        activate(OLD)
        old = self.state()
        activate(NEW)
        Path(ROOT + "/etc/four.conf").write_text("by hand\n")
        plan, before = prepare(NEW)
        manifest = transaction.manifest_of(NEW, plan)
        folder = transaction.undo_folder(manifest, before)
        self.assertEqual(folder, REPAIRS)
        transaction.write_journal(plan, NEW["owner"], {}, {}, folder, {})
        transaction.swap(plan)
        transaction.commit(folder)
        self.assertIn("by hand\n", [path.read_text() for path in Path(REPAIRS).iterdir()])
        self.activate_previous()
        self.assertEqual(self.state(), old)

    def test_a_repair_that_is_cut_off_is_taken_back(self) -> None:
        activate(OLD)
        Path(ROOT + "/etc/one.conf").write_text("by hand\n")
        before = self.state()
        plan, manifest = prepare(OLD)
        transaction.write_journal(plan, OLD["owner"], {}, {}, REPAIRS, {})
        transaction.swap(plan)
        transaction.recover()
        self.assertEqual(self.state(), before)

    def test_a_rollback_that_fails_leaves_all_as_it_was(self) -> None:
        activate(OLD)
        activate(NEW)
        before = self.state()
        with mock.patch.object(agent, "probe", side_effect=Failure("no answer")):
            with self.assertRaises(Failure) as caught:
                self.activate_previous()
        self.assertEqual(caught.exception.sentence, "no answer")
        self.assertEqual(caught.exception.outcome, "The previous configuration is running.")
        self.assertEqual(self.state(), before)

    def test_refusals_touch_nothing(self) -> None:
        with self.assertRaisesRegex(Failure, "no mail server was activated"):
            self.activate_previous()
        activate(OLD)
        with self.assertRaisesRegex(Failure, "holds no previous generation"):
            self.activate_previous()
        activate(wanted(role("a"), openPorts=[22], openPortsV6=[22]))
        activate(OLD)
        before = self.state()
        with self.assertRaisesRegex(Failure, "belongs to the mail server test/mail, not to other/mail"):
            self.activate_previous(owner="other/mail")
        with self.assertRaisesRegex(Failure, "was changed since it was looked at"):
            self.activate_previous(**{"from": "another"})
        with self.assertRaisesRegex(Failure, "came in on port 2222"):
            self.activate_previous(port="2222")
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="13"\n')
        with self.assertRaisesRegex(Failure, "the state was made for debian 12"):
            self.activate_previous()
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')
        self.assertEqual(self.state(), before)

    def test_a_certificate_that_was_forgotten_refuses(self) -> None:
        certificate = {"name": "x_web", "names": ["x"], "pemPath": "/etc/ssl/x.pem", "deployHook": "/h"}
        activate(wanted(role("web", certificates=[certificate])))
        activate(OLD)
        with self.assertRaisesRegex(Failure, "needs the certificate x_web, which was forgotten since"):
            self.activate_previous()

    def test_units_need_on_the_way_back_what_they_needed_on_the_way_here(self) -> None:
        runs, stopped = {"healthy": "yes"}, {"healthy": ""}
        actions = previous.rollback_actions(
            {"units": ["a", "b", "c", "d", "e"]},
            {"a": "reload", "b": "restart", "c": "enable", "e": "reload"},
            {"a": runs, "b": runs, "c": runs, "d": runs, "e": stopped},
        )
        self.assertEqual(actions, {"a": "reload", "b": "restart", "e": "start"})


if __name__ == "__main__":
    unittest.main()
