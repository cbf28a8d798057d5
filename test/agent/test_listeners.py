"""Who listens where the mail server is to listen, in a /proc of a scratch folder and in the real one."""

from __future__ import annotations

import os
import socket
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, role, wanted  # isort: skip

import agent
import listeners
import packages_apt
from errors import Failure
from process import Output

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ANY, LOOPBACK = "00000000", "0100007F"
MAIL = wanted(role("postfix", units=[{"name": "postfix.service"}]), ports=[25, 587])


class Ports(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.rows: dict[str, list[str]] = {"tcp": [], "tcp6": []}
        self.packages: dict[str, tuple[str, str]] = {}  # program -> package, what it provides
        (Path(ROOT) / "proc").mkdir()

    def listen(self, address: str, port: int, process: str, pid: int, cgroup: str, state: str = "0A") -> None:
        inode = 1000 + sum(map(len, self.rows.values()))
        table = "tcp" if len(address) == 8 else "tcp6"
        self.rows[table].append(f"   0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1\n")
        for name, rows in self.rows.items():
            self.write(f"/proc/net/{name}", HEAD + "".join(rows))
        folder = Path(f"{ROOT}/proc/{pid}")
        (folder / "fd").mkdir(parents=True, exist_ok=True)
        os.symlink(f"socket:[{inode}]", folder / f"fd/{inode}")
        (folder / "comm").write_text(f"{process}\n")
        (folder / "cgroup").write_text(f"0::{cgroup}\n")
        if not os.path.lexists(folder / "exe"):
            os.symlink(f"/usr/sbin/{process}", folder / "exe")

    def run_dpkg(self, *words: str, **_: Any) -> Output:
        if words[1] == "-S":
            package = self.packages.get(os.path.basename(words[2]))
            return Output(0, f"{package[0]}: {words[2]}\n") if package else Output(1, "dpkg-query: no path found matching pattern\n")
        return Output(0, next(given for package, given in self.packages.values() if package == words[-1]))

    def refused(self, state: dict[str, Any] = MAIL, before: dict[str, Any] | None = None) -> list[str]:
        with mock.patch.object(packages_apt, "run", self.run_dpkg):
            try:
                listeners.check_ports(state, before or {})
            except Failure as failure:
                return failure.lines
        return []

    def test_nobody_listens(self) -> None:
        self.listen(ANY, 22, "sshd", 5, "/system.slice/ssh.service")
        self.listen(ANY, 25, "smtp-client", 6, "/system.slice/x.service", state="01")
        self.assertEqual(self.refused(), [])

    def test_a_strange_server_is_named_with_the_way_out(self) -> None:
        self.packages = {"apache2": ("apache2-bin", ""), "exim4": ("exim4-daemon-light", "default-mta, mail-transport-agent")}
        self.listen(ANY, 587, "apache2", 40, "/system.slice/apache2.service")
        self.listen("0" * 32, 25, "apache2", 40, "/system.slice/apache2.service")
        self.assertEqual(
            self.refused(),
            ["port 25, 587: apache2 (process 40, unit apache2.service, package apache2-bin); `systemctl stop apache2.service && systemctl disable apache2.service`"],
        )
        for setup, expected in (
            (("docker-proxy", 50, "/system.slice/docker.service"), "port 25: docker-proxy (process 50, unit docker.service); `docker ps --filter publish=25` names the container, `docker stop` ends it"),
            (("smtpd.py", 60, "/user.slice/user-0.slice/session-3.scope"), "port 25: smtpd.py (process 60, unit session-3.scope); `kill 60`"),
            (("systemd", 1, "/init.scope"), "port 25: systemd (process 1, unit init.scope); `systemctl list-sockets` names its unit, `systemctl disable --now` ends it"),
            (("exim4", 70, "/system.slice/exim4.service"), "port 25: exim4 (process 70, unit exim4.service, package exim4-daemon-light); `systemctl stop exim4.service && systemctl disable exim4.service`"),
            (("a\x1b[2Jb", 80, "/x.service"), "port 25: a??2Jb (process 80, unit x.service); `systemctl stop x.service && systemctl disable x.service`"),
        ):  # fmt: skip
            packages = self.packages
            self.setUp()
            self.packages = packages
            self.listen(ANY, 25, *setup)
            self.assertEqual(self.refused(), [expected])

    def test_older_servers_of_the_same_units_are_taken_over(self) -> None:
        self.listen(ANY, 25, "master", 40, "/system.slice/system-postfix.slice/postfix@-.service")
        self.listen(ANY, 587, "old", 41, "/system.slice/old.service")
        self.assertEqual(len(self.refused()), 1)
        self.assertEqual(self.refused(before={"units": ["old.service"]}), [])

    def test_a_mail_server_for_the_machine_itself_goes_with_its_package_and_no_other_server_does(self) -> None:
        self.packages = {"exim4": ("exim4-daemon-light", "default-mta, mail-transport-agent"), "python3": ("python3", "")}
        self.listen(LOOPBACK, 25, "exim4", 40, "/system.slice/exim4.service")
        self.listen("0" * 24 + "01000000", 25, "exim4", 40, "/system.slice/exim4.service")
        self.assertEqual(self.refused(), [])
        self.listen(LOOPBACK, 587, "python3", 41, "/system.slice/other.service")
        self.assertEqual(len(self.refused()), 1)
        self.listen("0" * 32, 25, "exim4", 40, "/system.slice/exim4.service")
        self.assertEqual(len(self.refused()), 2)

    def test_the_authoritys_port_counts_where_a_certificate_is_needed(self) -> None:
        web = role("web", certificates=[{}])
        self.listen(ANY, 80, "apache2", 40, "/system.slice/apache2.service")
        for need, refusals in (("there is none yet", 1), ("", 0)):
            with mock.patch.object(listeners, "certificate_need", return_value=need):
                self.assertEqual(len(self.refused(wanted(*MAIL["roles"], web))), refusals)

    def test_what_holds_the_authoritys_port_and_is_to_restart_stops_before(self) -> None:
        self.listen(ANY, 80, "nginx", 40, "/system.slice/nginx.service")
        with mock.patch.object(agent, "systemctl") as told:
            self.assertEqual(agent.clear_the_challenge({"nginx.service": "restart"}, {"x": ""}), {})
            self.assertEqual(agent.clear_the_challenge({"ufw.service": "start"}, {"x": "none yet"}), {})
            told.assert_not_called()
            self.assertEqual(agent.clear_the_challenge({"nginx.service": "restart"}, {"x": "none yet"}), {"nginx.service": "start"})
            told.assert_called_once_with("stop", "nginx.service")

    def test_before_packages_are_installed_the_authoritys_port_counts_where_the_daemons_have_no_certificate(self) -> None:
        early = wanted(role("certbot", certificates=[{"pemPath": "/etc/ssl/server.pem"}]))
        self.listen(ANY, 80, "apache2", 40, "/system.slice/apache2.service")
        self.assertEqual(len(self.refused(early)), 1)
        self.write("/etc/ssl/server.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        self.assertEqual(self.refused(early), [])


class Units(unittest.TestCase):
    def test_the_innermost_unit_of_systemds_hierarchy_counts(self) -> None:
        for cgroups, unit in (
            ("0::/system.slice/exim4.service\n", "exim4.service"),
            ("9:name=systemd:/\n4:memory:/other.service\n0::/system.slice/system-postfix.slice/postfix@-.service\n", "postfix@-.service"),
            ("5:cpu:/\n1:name=systemd:/system.slice/docker-0a.scope\n0::/\n", "docker-0a.scope"),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/podman.service/payload\n", "podman.service"),
            ("0::/\n", ""),
        ):
            self.assertEqual(listeners.unit_of(cgroups), unit)


class Kernel(unittest.TestCase):
    def test_a_real_socket_is_found_with_its_process(self) -> None:
        for address, loopback in (("127.0.0.1", True), ("0.0.0.0", False)):
            with socket.create_server((address, 0)) as server, mock.patch.object(listeners, "ROOT", ""):
                port = server.getsockname()[1]
                found = [one for one in listeners.listeners({port}) if one.pid == os.getpid()]
            self.assertEqual([(one.port, one.loopback, one.pid) for one in found], [(port, loopback, os.getpid())])


if __name__ == "__main__":
    unittest.main()
