"""The question to a web server, asked of a real one with TLS on a port of its own."""

from __future__ import annotations

import ssl
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

from scratch import ROOT, OnMachine  # isort: skip

import certificate
import errors
import probes


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/policy" else 404)
        self.end_headers()
        self.wfile.write(f"version: {self.headers['Host']}\r\n".encode() * 1000)

    def log_message(self, *_: object) -> None:
        pass


class WebServer(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        pem = ROOT + "/etc/server.pem"
        certificate.write_placeholder(pem)
        self.asked: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        context.sni_callback = lambda _socket, name, _context: self.asked.append(name)
        self.server = HTTPServer(("127.0.0.1", 0), Pages)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self.addCleanup(lambda: (self.server.shutdown(), thread.join(), self.server.server_close()))

    def ask(self, path: str, contains: str) -> None:
        probes.ask_web_server("mta-sts.example.org", path, contains, self.server.server_port)

    def test_it_is_asked_for_the_name_and_must_give_the_text(self) -> None:
        self.ask("/policy", "version: mta-sts.example.org\r\n")
        self.assertEqual(self.asked, ["mta-sts.example.org"])
        with self.assertRaisesRegex(errors.Failure, "answers without 'mode: enforce'"):
            self.ask("/policy", "mode: enforce")
        with self.assertRaisesRegex(errors.Failure, "answers with 'HTTP/1.0 404 Not Found'"):
            self.ask("/elsewhere", "version")

    def test_the_question_is_named_in_a_failure(self) -> None:
        question = {"https": {"name": "mta-sts.example.org", "path": "/policy", "contains": ""}}
        self.assertEqual(probes.name_of(question), "https://mta-sts.example.org/policy")


if __name__ == "__main__":
    unittest.main()
