"""Commands, the lock, the connection to the deployer, and dialogues with services on the loopback address."""

from __future__ import annotations

import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import GROUP, OWNER, ROOT, OnMachine, role, wanted  # isort: skip

import errors
import files
import filesystem
import look
import machine
import packages_apt
import paths
import probes
import process
import progress

AGENT = os.path.dirname(paths.__file__)


class Commands(unittest.TestCase):
    def test_the_progress_of_packages_is_what_apt_does_not_what_their_scripts_say(self) -> None:
        said = "Setting up postfix (3.7.11) ...\ndeb-systemd-helper: error: systemctl preset failed\n\n"
        with mock.patch.object(progress.Deadline, "tell") as tell:
            process.run("printf", said, shown="packages", progress_pattern=packages_apt.APT_PROGRESS)
        tell.assert_called_with("packages", "Setting up postfix (3.7.11) ...")

    def test_output_and_code(self) -> None:
        output = process.run("sh", "-c", "cat; echo two >&2; exit 3", stdin="one\n")
        self.assertEqual(output, (3, "one\ntwo\n"))

    def test_a_missing_command_is_a_failure_like_any_other(self) -> None:
        self.assertEqual(process.run("no-such-command-here"), (127, "no-such-command-here: command not found"))

    def test_what_others_say_is_shown_as_text(self) -> None:
        for said, shown in {
            "plain – ü": "plain – ü",
            "\x1b[2J\x07\x9b\n": "\\x1b[2J\\x07\\x9b\\x0a",
            "a\u202eb\u2028\ud800": "a\\u{202e}b\\u{2028}\\u{d800}",
            " ::error::x ##[group]y": " \\x3a:error::x \\x23#[group]y",
        }.items():
            self.assertEqual(progress.printable(said), shown)
        self.assertLess(len(progress.printable("x" * 100000)), 5000)
        with mock.patch.object(progress.os, "write") as write, mock.patch.object(progress.Deployer, "gone", False):
            progress.say("apt", "one\n::error::\x1b[2J")
        self.assertNotRegex(write.call_args[0][1].decode(), r"\x1b|\n:")

    def test_a_package_tool_is_asked_again_while_another_has_the_lock(self) -> None:
        busy = [
            "dpkg: error: dpkg frontend lock was locked by another process with pid 7",
            "dpkg: error: dpkg frontend lock was locked by /usr/bin/apt-get process with pid 7",
            "E: Could not get lock /x",
        ]
        outputs = [*(process.Output(2, f"{line}\nNote: removing it is wrong\n") for line in busy), process.Output(0, "")]
        told: list[str] = []
        with (
            mock.patch.object(packages_apt, "run", side_effect=outputs) as ran,
            mock.patch.object(progress.Deadline, "wait", lambda _clock, _seconds, _who, text: told.append(text)),
        ):
            self.assertEqual(packages_apt.unless_locked("dpkg", "--configure", "-a").code, 0)
        self.assertEqual(ran.call_count, 4)
        self.assertEqual(told, [f"waiting: {line}" for line in busy])

    def test_a_failure_shows_the_lines_that_matter(self) -> None:
        output = process.run("sh", "-c", "echo noise; echo 'E: Unable to locate package x'; echo tail; exit 100")
        with self.assertRaises(errors.Failure) as caught:
            output.demand("no packages", packages_apt.APT_LINES)
        self.assertEqual(caught.exception.lines, ["E: Unable to locate package x"])

    def test_what_does_not_end_is_ended(self) -> None:
        started = time.monotonic()
        with self.assertRaisesRegex(errors.Failure, "did not end within 1 s"):
            process.run("sleep", "60", timeout=1)
        self.assertLess(time.monotonic() - started, 10)


class Lock(OnMachine):
    def hold(self) -> subprocess.Popen[str]:
        program = (
            f"import sys; sys.path.insert(0, {AGENT!r}); sys.dont_write_bytecode = True\n"
            "import machine\nwith machine.machine_lock('lab/first'):\n  print('held', flush=True); sys.stdin.read()"
        )
        return subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def test_a_second_activation_waits_and_names_the_first_when_it_gives_up(self) -> None:
        with self.hold() as first:
            self.assertEqual(first.stdout and first.stdout.readline(), "held\n")
            with self.assertRaises(errors.Failure) as caught, machine.machine_lock("lab/second", 0.5):
                self.fail("two activations at once")
            self.assertIn(f"process {first.pid} for lab/first", caught.exception.sentence)
            first.communicate("")
        with machine.machine_lock("lab/second", 0.5):
            pass

    def test_a_killed_holder_leaves_no_lock(self) -> None:
        with self.hold() as first:
            self.assertEqual(first.stdout and first.stdout.readline(), "held\n")
            first.kill()
            first.communicate()
        with machine.machine_lock("lab/second", 5):
            pass


class Interruption(OnMachine):
    def child(self, body: str) -> subprocess.Popen[bytes]:
        program = (
            f"import sys, signal, time; sys.path.insert(0, {AGENT!r}); sys.dont_write_bytecode = True\n"
            "import errors, filesystem, paths, process, progress\nfor s in progress.SIGNALS: signal.signal(s, progress.on_signal)\n" + body
        )
        return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_nobody_at_the_other_end_is_an_interruption(self) -> None:
        body = (
            "try:\n  while True: progress.say('a', 'b'); time.sleep(0.01)\n"
            "except errors.Interrupted as error: print(error.sentence, flush=True)"
        )
        with self.child(body) as process:
            assert process.stderr and process.stdout
            process.stderr.readline()
            process.stderr.close()
            self.assertEqual(process.stdout.read(), b"the connection to the deployer was lost\n")

    def test_a_signal_waits_for_steps_that_must_not_stop(self) -> None:
        body = (
            "try:\n  with progress.uninterruptible():\n    print('in', flush=True); time.sleep(0.5); print('done', flush=True)\n"
            "except errors.Interrupted as error: print(error.sentence, flush=True)"
        )
        with self.child(body) as process:
            assert process.stdout
            self.assertEqual(process.stdout.readline(), b"in\n")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.stdout.read(), b"done\ninterrupted by SIGTERM\n")


class Mail(socketserver.StreamRequestHandler):
    """An SMTP or LMTP server that knows one recipient."""

    said: list[str] = []

    def handle(self) -> None:
        self.wfile.write(b"220 mail.example.org ESMTP\r\n")
        with suppress(OSError):
            self.converse()

    def converse(self) -> None:
        for raw in self.rfile:
            line = raw.decode().strip()
            self.said.append(line)
            known = not line.startswith("RCPT") or "anna@example.org" in line
            more = b"250-SIZE\r\n" if line.startswith(("EHLO", "LHLO")) else b""
            self.wfile.write(more + (b"250 2.0.0 ok\r\n" if known else b"550 5.1.1 unknown user\r\n"))
            if line == "QUIT":
                return

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class Probes(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        Mail.said = []

    def test_recipients_by_smtp_are_asked_and_no_message_is_sent(self) -> None:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
        question = {"protocol": "smtp", "port": server.server_address[1]}
        with serving(server):
            probes.ask({"recipients": {**question, "addresses": ["anna@example.org"]}})
            self.assertEqual(Mail.said[:4], ["EHLO localhost", "MAIL FROM:<>", "RCPT TO:<anna@example.org>", "RSET"])
            with self.assertRaisesRegex(errors.Failure, "ben@example.org: 550 5.1.1 unknown user"):
                probes.ask({"recipients": {**question, "addresses": ["anna@example.org", "ben@example.org"]}})
        self.assertNotIn("DATA", Mail.said)

    def test_recipients_by_lmtp_on_a_socket(self) -> None:
        path = ROOT + "/run/lmtp"
        with serving(socketserver.ThreadingUnixStreamServer(path, Mail)):
            probes.ask({"recipients": {"protocol": "lmtp", "socket": path, "addresses": ["anna@example.org"]}})
        self.assertEqual(Mail.said[0], "LHLO localhost")

    def test_a_port_must_greet_as_it_should(self) -> None:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail)
        port = {"port": server.server_address[1], "tls": False}
        with serving(server):
            probes.ask({"port": {**port, "greeting": "220 mail.example.org"}})
            with self.assertRaisesRegex(errors.Failure, "greets with '220 mail.example.org ESMTP'"):
                probes.ask({"port": {**port, "greeting": "* OK"}})

    def test_a_closed_port_is_named_when_patience_is_over(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        question = {"port": {"port": port, "tls": False}}
        one = {"name": "a", "probes": [question]}
        with (
            mock.patch.object(probes, "PROBE_TIMEOUT", 0.3),
            mock.patch.object(probes, "journal_lines", return_value=[]),
        ):
            with self.assertRaisesRegex(
                errors.Failure, f"a does not answer as it should: port {port}: Connection refused"
            ):
                probes.probe({"roles": [one]}, {}, time.monotonic())


class Handles(OnMachine):
    """What somebody may put in a file's place who can write in its folder."""

    def test_a_link_that_takes_a_files_place_between_two_looks_is_not_followed(self) -> None:
        secret, path = self.write("/etc/shadow", "secret\n"), self.write("/etc/key.pem", "key\n")
        real = os.open

        def flipping(name: str, *words: Any, **more: Any) -> int:
            if name == str(path) and not path.is_symlink():
                path.unlink()
                path.symlink_to(secret)
            return real(name, *words, **more)

        with mock.patch("os.open", flipping), self.assertRaisesRegex(errors.NoFile, "key.pem is a link, but a file"):
            filesystem.copy_as_is(str(path), ROOT + "/kept")
        self.assertFalse(os.path.lexists(ROOT + "/kept"))

    def test_what_is_no_file_is_named_and_nobody_waits_for_it(self) -> None:
        os.mkfifo(ROOT + "/etc/fifo")
        os.mkdir(ROOT + "/etc/folder")
        with socket.socket(socket.AF_UNIX) as plug:
            plug.bind(ROOT + "/etc/socket")
            for kind in ("fifo", "folder", "socket"):
                with self.assertRaisesRegex(errors.NoFile, f"(?i)/etc/{kind} is a {kind}, but a file of the mail server must stand there"):
                    filesystem.copy_as_is(f"{ROOT}/etc/{kind}", ROOT + "/kept")
                self.assertEqual(files.content_now(f"/etc/{kind}"), b"")
                self.assertTrue(files.table_differs(f"/etc/{kind}", {}, files.File(f"/etc/{kind}", b"", 0, 0, 0o600, "a")))
                self.assertEqual(look.file_facts(f"/etc/{kind}"), {"kind": "no file"})

    @unittest.skipUnless(os.geteuid() == 0, "only root gives away")
    def test_directories_are_given_to_their_owner_through_roots_links_alone(self) -> None:
        there = Path(ROOT + "/disk/vhosts")
        there.mkdir(parents=True, mode=0o755)
        state = wanted(role("a", directories=[{"path": "/var/vhosts", "owner": OWNER, "group": GROUP, "mode": "0770"}]))
        os.symlink("../disk/vhosts", ROOT + "/var/vhosts")
        machine.make_directories(state)
        self.assertEqual(there.stat().st_mode & 0o7777, 0o770)
        there.chmod(0o755)
        os.lchown(ROOT + "/var/vhosts", 65534, 65534)
        with self.assertRaisesRegex(errors.Failure, "/var/vhosts is a link that root did not make"):
            machine.make_directories(state)
        self.assertEqual(there.stat().st_mode & 0o7777, 0o755)
        os.unlink(ROOT + "/var/vhosts")
        self.write("/var/vhosts", "")
        with self.assertRaisesRegex(errors.Failure, "/var/vhosts is a file"):
            machine.make_directories(state)


if __name__ == "__main__":
    unittest.main()
