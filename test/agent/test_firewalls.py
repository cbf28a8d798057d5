"""What the agent judges of rules that nftables and firewalld have loaded."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import scratch  # noqa: F401  # isort: skip

import firewall
import firewall_firewalld
import firewall_nftables
import firewall_ufw
import units
from errors import Failure
from process import Output

NFT = """\
table inet mailserver {
	chain input {
		type filter hook input priority filter; policy drop;
		iif "lo" accept
		ct state established,related accept
		meta nfproto ipv4 tcp dport { 22, 25 } accept
		meta nfproto ipv6 tcp dport 22 accept
	}
}
"""
FIREWALLD = """\
table inet firewalld {
	chain filter_INPUT {
		type filter hook input priority filter + 10; policy accept;
		ct state { established, related } accept
		jump filter_INPUT_ZONES
		reject with icmpx admin-prohibited
	}

	chain filter_INPUT_ZONES {
		goto filter_IN_public
	}

	chain filter_IN_public_allow {
		ip6 daddr fe80::/64 udp dport 546 accept
		tcp dport 22 accept
		meta nfproto ipv4 tcp dport 25 accept
	}
}
"""
PORTS = {"openPorts": [22, 25], "openPortsV6": [22]}


class Loaded(unittest.TestCase):
    def faults(self, unit: str, listed: Output, rules: str = NFT) -> list[str]:
        with tempfile.NamedTemporaryFile("w") as file:
            Path(file.name).write_text("table inet mailserver\ndelete table inet mailserver\n" + rules)
            with (
                mock.patch.object(firewall_nftables, "NFT_RULES", file.name),
                mock.patch.object(firewall_nftables, "run", return_value=listed),
                mock.patch.object(firewall_firewalld, "run", return_value=listed),
            ):
                return firewall.firewall_faults({"firewall": unit, **PORTS})

    def test_rules_of_nftables_that_are_as_their_file_says_have_no_fault(self) -> None:
        self.assertEqual(self.faults("pulumi-mailserver-firewall.service", Output(0, NFT)), [])

    def test_each_change_of_the_rules_of_nftables_is_named(self) -> None:
        for old, new, expected in (
            ("{ 22, 25 }", "22", ["IPv4: port 25 is closed"]),
            ("ipv6 tcp dport 22", "ipv6 tcp dport { 22, 25 }", ["IPv6: port 25 is open, which nothing asks for"]),
            ("policy drop", "policy accept", [
                "a rule is not loaded: type filter hook input priority filter; policy drop;",
                "a rule is loaded that nothing asks for: type filter hook input priority filter; policy accept;",
            ]),
            ('\t\tiif "lo" accept\n', "", ['a rule is not loaded: iif "lo" accept']),
            ("\t}\n", "\t\taccept\n\t}\n", ["a rule is loaded that nothing asks for: accept"]),
            ("chain input", "chain other", ["the table inet mailserver is not loaded"]),
        ):  # fmt: skip
            self.assertIn(old, NFT)
            self.assertEqual(self.faults("pulumi-mailserver-firewall.service", Output(0, NFT.replace(old, new, 1))), expected)
        self.assertEqual(self.faults("pulumi-mailserver-firewall.service", Output(1, "Error: No such file")), ["the table inet mailserver is not loaded"])

    def test_rules_of_firewalld_that_let_in_what_they_should_have_no_fault(self) -> None:
        self.assertEqual(self.faults("firewalld.service", Output(0, FIREWALLD)), [])
        self.assertEqual(self.faults("firewalld.service", Output(0, FIREWALLD.replace("goto", "jump"))), [])

    def test_each_change_of_the_rules_of_firewalld_is_named(self) -> None:
        for old, new, expected in (
            ("\t\ttcp dport 22 accept\n", "", ["IPv4: port 22 is closed", "IPv6: port 22 is closed"]),
            ("meta nfproto ipv4 tcp", "tcp", ["IPv6: port 25 is open, which nothing asks for"]),
            ("\t\ttcp dport 22 accept\n", "\t\ttcp dport 22 accept\n\t\tip saddr 192.0.2.1 accept\n", ["a rule is loaded that nothing asks for: ip saddr 192.0.2.1 accept"]),
            ("\t\treject with icmpx admin-prohibited\n", "", ["what no rule names is let in"]),
            ("goto filter_IN_public", "goto filter_IN_trusted", ["no interface is in the zone public"]),
            ("chain filter_IN_public_allow", "chain filter_IN_home_allow", ["the rules of firewalld are not loaded"]),
        ):  # fmt: skip
            self.assertIn(old, FIREWALLD)
            self.assertEqual(self.faults("firewalld.service", Output(0, FIREWALLD.replace(old, new, 1))), expected)
        self.assertEqual(self.faults("firewalld.service", Output(1, "Error: No such file")), ["the rules of firewalld are not loaded"])

    def test_rules_that_firewalld_loads_some_moments_later_are_waited_for(self) -> None:
        answers = iter([Output(1, ""), Output(0, FIREWALLD.replace("dport 22", "dport 23")), Output(0, FIREWALLD)])
        with mock.patch.object(firewall_firewalld, "run", lambda *_: next(answers)), mock.patch.object(firewall.time, "sleep"):
            firewall.check_firewall({"firewall": "firewalld.service", **PORTS})
        self.assertEqual(list(answers), [])

    def test_rules_of_firewalld_that_do_not_come_are_a_failure(self) -> None:
        with (
            mock.patch.object(firewall_firewalld, "run", return_value=Output(1, "")),
            mock.patch.object(firewall_firewalld.Firewalld, "patience", 0.0),
            self.assertRaisesRegex(Failure, "the firewall is not as it should be: the rules of firewalld are not loaded"),
        ):
            firewall.check_firewall({"firewall": "firewalld.service", **PORTS})

    def test_ufw_that_is_on_and_drops_ports_is_another_firewall_for_the_two(self) -> None:
        ufw = "*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\n-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n"
        own = FIREWALLD.replace("tcp dport 22 accept", "")

        def run(*command: str, **_: object) -> Output:
            return Output(0, own if command[0] == "nft" else ufw)

        for unit, name in (("firewalld.service", "UFW"), ("ufw.service", "table inet firewalld, chain filter_INPUT")):
            with mock.patch.object(firewall, "run", run), mock.patch.object(firewall_ufw, "run", run), self.assertRaises(Failure) as refused:
                firewall.check_other_firewalls({"firewall": unit, **PORTS})
            self.assertEqual([line.split(":")[0] for line in refused.exception.lines], [name])
            self.assertIn("no firewall lets in what another drops", refused.exception.sentence)

    def test_what_systemd_stops_together_with_a_unit_is_known(self) -> None:
        with mock.patch.object(units, "run", return_value=Output(0, "fail2ban.service\n\n")) as asked:
            self.assertEqual(units.stopped_with(["firewalld.service", "ufw.service"]), ["fail2ban.service"])
            self.assertEqual(units.stopped_with([]), [])
        self.assertEqual(asked.call_count, 1)
