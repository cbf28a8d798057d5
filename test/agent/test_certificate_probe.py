"""The certificate that a service shows, held against the one in its file: a real service with TLS on a port of its own."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import unittest
from pathlib import Path

from scratch import ROOT, OnMachine  # isort: skip

import errors
import probes

NAME, PEM = "mail.example.org", "/etc/server.pem"


class Certificates(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(ROOT) / "authority"
        self.folder.mkdir()
        self.authority("root")
        self.authority("middle", "root")

    def openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=self.folder)

    def authority(self, name: str, issuer: str | None = None) -> None:
        self.issue(name, issuer, "basicConstraints=critical,CA:TRUE", "365")

    def issue(self, name: str, issuer: str | None, extension: str, days: str) -> None:
        """A key and a certificate, of an issuer or signed by itself."""
        by = ["-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key"] if issuer else ["-key", f"{name}.key"]
        self.openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-addext", extension, "-keyout", f"{name}.key", "-out", "request",
        )  # fmt: skip
        # Of no day, it has run out when it is made.
        self.openssl("x509", "-req", "-in", "request", "-copy_extensions", "copy", "-days", days, *by, "-out", f"{name}.crt")

    def pem(self, name: str, *chain: str) -> str:
        return "".join((self.folder / part).read_text() for part in (f"{name}.key", f"{name}.crt", *chain))

    def serve(self, pem: str) -> int:
        """A service that greets once, with this key and chain."""
        path = self.write("/etc/served.pem", pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        listener = socket.create_server(("127.0.0.1", 0))

        def greet() -> None:
            plug, _ = listener.accept()
            try:
                with context.wrap_socket(plug, server_side=True) as secured:
                    secured.sendall(b"220 ready\r\n")
                    secured.recv(100)
            except OSError:
                plug.close()

        thread = threading.Thread(target=greet)
        thread.start()
        self.addCleanup(lambda: (thread.join(), listener.close()))
        return int(listener.getsockname()[1])

    def ask(self, served_certificates: str, on_disk: str) -> None:
        self.write(PEM, on_disk)
        probes.ask_port(self.serve(served_certificates), True, "220", NAME, PEM)

    def refused(self, why: str, served_certificates: str, on_disk: str | None = None) -> None:
        with self.assertRaisesRegex(errors.Failure, why):
            self.ask(served_certificates, on_disk or served_certificates)

    def leaf(self, name: str, issuer: str | None, names: str = NAME, days: str = "90") -> None:
        self.issue(name, issuer, f"subjectAltName=DNS:{names}", days)

    def test_one_of_an_authority_that_this_machine_does_not_know_will_do(self) -> None:
        self.leaf("own", "middle")
        self.ask(self.pem("own", "middle.crt"), self.pem("own", "middle.crt"))

    def test_so_will_one_that_ships_no_issuer(self) -> None:
        self.leaf("own", "root")
        self.ask(self.pem("own"), self.pem("own"))

    def test_it_is_the_one_in_the_file(self) -> None:
        self.leaf("own", "middle")
        self.leaf("old", "middle")
        self.refused(
            "shows another certificate than the one in /etc/server.pem",
            self.pem("old", "middle.crt"),
            self.pem("own", "middle.crt"),
        )

    def test_it_is_for_the_name(self) -> None:
        self.leaf("own", "middle", "www.example.org")
        self.refused(f"none for {NAME} today: .*[Hh]ostname mismatch", self.pem("own", "middle.crt"))

    def test_it_has_not_run_out(self) -> None:
        self.leaf("own", "middle", days="0")
        self.refused("today: certificate has expired", self.pem("own", "middle.crt"))

    def test_it_is_issued_by_what_follows_it(self) -> None:
        self.authority("other", "root")
        self.leaf("own", "middle")
        self.refused("today: unable to get", self.pem("own"), self.pem("own", "other.crt"))

    def test_a_file_without_one_says_so(self) -> None:
        self.leaf("own", "middle")
        self.refused("there is no certificate in /etc/server.pem", self.pem("own"), "nothing\n")

    def test_a_rollback_believes_what_it_finds(self) -> None:
        self.leaf("own", "middle", days="0")
        port = {"port": self.serve(self.pem("own")), "tls": True, "greeting": "220", "name": NAME, "pemPath": PEM}
        question = probes.believing({"port": port, "command": ["true"]})
        self.assertEqual(question["command"], ["true"])
        probes.ask({"port": question["port"]})


if __name__ == "__main__":
    unittest.main()
