"""Recipients that a running server is asked about: it must take each, or refuse each."""

from __future__ import annotations

import socket
import threading
import unittest
from contextlib import suppress

from scratch import OnMachine  # isort: skip

import errors
import probes


class Recipients(OnMachine):
    def serve(self, answer: str) -> int:
        """A server that says this to each recipient, and yes to all else."""
        listener = socket.create_server(("127.0.0.1", 0))

        def talk() -> None:
            plug, _ = listener.accept()
            # Who is disappointed hangs up.
            with suppress(OSError), plug, plug.makefile("rw", newline="\r\n") as lines:
                lines.write("220 ready\n")
                lines.flush()
                for line in lines:
                    lines.write(f"{answer if line.startswith('RCPT') else '250 yes'}\n")
                    lines.flush()

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        self.addCleanup(listener.close)
        return int(listener.getsockname()[1])

    def ask(self, answer: str, refused: bool) -> None:
        question = {"protocol": "smtp", "port": self.serve(answer), "addresses": ["anna@example.org"], "refused": refused}
        probes.ask({"recipients": question})

    def test_a_server_takes_its_recipients(self) -> None:
        self.ask("250 2.1.5 Ok", refused=False)
        with self.assertRaisesRegex(errors.Failure, "anna@example.org: 554"):
            self.ask("554 5.7.1 Access denied", refused=False)

    def test_a_server_that_is_to_refuse_every_recipient_refuses_them(self) -> None:
        self.ask("554 5.7.1 Access denied", refused=True)
        for answer in ("250 2.1.5 Ok", "450 4.7.1 later"):
            with self.assertRaisesRegex(errors.Failure, "anna@example.org: "):
                self.ask(answer, refused=True)


if __name__ == "__main__":
    unittest.main()
