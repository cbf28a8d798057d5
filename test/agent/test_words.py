"""What Dovecot says when it is started apart, and which words OpenDKIM takes without knowing them."""

from __future__ import annotations

import unittest
from unittest import mock

import scratch  # isort: skip
import dovecot
import opendkim
from process import Output


class WordsOfOpenDkim(scratch.OnMachine):
    def refused(self, line: str) -> list[str]:
        return opendkim.ask_opendkim(str(self.write("/etc/opendkim.conf", f"Mode sv\n{line}\n")))

    def test_a_word_that_is_not_known_is_named_with_its_line(self) -> None:
        for line in (
            "On-Default explode",
            "on-keynotfound bounce",
            "AutoRestartRate often",
            "Socket explode",
            "Socket inet:http@localhost",
            "UMask 999",
            "LDAPTimeout long",
            "SyslogFacility nosuch",
            "Nameservers explode",
            "UserID nosuch",
            "UserID root:nosuch",
            "RedirectFailuresTo (",
            "DiagnosticDirectory /nowhere",
            "ChangeRootDirectory /nowhere",
            "MTACommand /nowhere",
            "PidFile /nowhere/opendkim.pid",
            "InternalHosts 127.0.0.1,10.0.0.0/99",
            "PeerList 2001:db8::/129",
        ):
            said = self.refused(line)
            self.assertEqual(len(said), 1, line)
            self.assertRegex(said[0], f"opendkim.conf: line 2: {line.split(' ', maxsplit=1)[0]} ")

    def test_what_opendkim_understands_is_taken(self) -> None:
        for line in (
            "On-Default accept",
            "On-BadSignature r # as it should be",
            "AutoRestartRate 10/1h",
            "Socket local:/var/spool/postfix/opendkim/opendkim.sock",
            "Socket inet:8891@[::1]",
            "UMask 0007",
            "Nameservers 192.0.2.53, 2001:db8::53",
            "UserID root:root",
            "RedirectFailuresTo postmaster",
            "ReportAddress Postmaster <postmaster@example.org>",
            "TemporaryDirectory /tmp",
            "PidFile /run/opendkim/opendkim.pid",
            "InternalHosts 127.0.0.1,::1,localhost,10.0.0.0/8,2001:db8::/32",
            "PeerList refile:/etc/opendkim/peers",
            "AuthservID explode",
            "# On-Default explode",
        ):
            self.assertEqual(self.refused(line), [], line)


class WordsOfDovecot(unittest.TestCase):
    def wrong(self, shown: str, whole: str = "") -> list[str]:
        def run(*words: str) -> Output:
            schemes = "BLF-CRYPT PLAIN SHA256\n"
            return Output(0, schemes if words[0] == "doveadm" else whole if "-a" in words else shown)

        with mock.patch.object(dovecot, "run", run):
            return dovecot.wrong_words("dovecot.conf")

    def test_a_word_that_is_read_late_is_named(self) -> None:
        for line, kind in (
            ("haproxy_trusted_networks = nosuch", "networks"),
            ("login_trusted_networks = 10.0.0.0/99", "networks"),
            ("mbox_read_locks = explode", "fcntl"),
            ("  auth_policy_hash_mech = explode", "sha256"),
            ("mail_attachment_hash = %{explode}", "hash"),
            ("imapc_sasl_mechanisms = nosuch", "SASL"),
            ("submission_backend_capabilities = nosuch", "SMTP"),
            ("mbox {\n  read_locks = explode\n}", "fcntl"),
            ("passdb_default_password_scheme = NOSUCH", "doveadm pw -l"),
            ("passdb passwd-file {\n  passdb_default_password_scheme = NOSUCH\n}", "doveadm pw -l"),
            ("ssl_client_cert = /etc/ssl/cert.pem", "PEM"),
            ("login_access_sockets = tcpwrap nosuch", "login/nosuch"),
        ):
            said = self.wrong(f"{line}\n", "  unix_listener login/tcpwrap {\n")
            self.assertEqual(len(said), 1, line)
            self.assertIn(kind, said[0])

    def test_words_that_dovecot_knows_are_taken(self) -> None:
        for line in (
            "haproxy_trusted_networks = 192.0.2.1, 10.0.0.0/8 2001:db8::/32 local",
            "mbox_write_locks = dotlock fcntl",
            "auth_policy_hash_mech = sha256",
            "mail_attachment_hash = %{sha256:80}",
            "imapc_sasl_mechanisms =",
            'submission_backend_capabilities = "8BITMIME DSN"',
            "ssl_client_cert = </etc/ssl/cert.pem",
            "ssl_key =  # hidden, use -P to show it",
            "login_access_sockets = tcpwrap",
            "passdb passwd-file {\n  default_password_scheme = BLF-CRYPT\n}",
            "passdb_default_password_scheme = SHA256.b64",
            "login_greeting = nosuch",
        ):
            self.assertEqual(self.wrong(f"{line}\n", "  unix_listener login/tcpwrap {\n"), [], line)

    def test_the_cause_is_shown_without_time_session_and_what_follows_from_it(self) -> None:
        said = (
            "Nov 28 09:58:08 master: Info: Dovecot v2.3.19.1 starting up for imap, lmtp\n"
            "Nov 28 09:58:08 master: Error: service(auth): command startup failed, throttling for 2.000 secs\n"
            "Nov 28 09:58:08 auth: Fatal: Unknown authentication mechanism 'NOSUCH'\n"
            "Error: auth-master: passdb lookup(anna@example.org): Disconnected unexpectedly\n"
            "Nov 28 09:58:10 imap-login: Error: Unknown ssl_min_protocol setting 'TLSv9': user=<>, rip=127.0.0.1, session=<ciKw>\n"
            "Nov 28 09:58:10 auth: Fatal: Unknown authentication mechanism 'NOSUCH'\n"
        )
        self.assertEqual(
            dovecot.minded(said),
            [
                "auth: Fatal: Unknown authentication mechanism 'NOSUCH'",
                "imap-login: Error: Unknown ssl_min_protocol setting 'TLSv9'",
            ],
        )

    def test_what_only_the_sandbox_lacks_refuses_nothing(self) -> None:
        for said in (
            "",
            "Nov 28 09:58:08 master: Warning: Killed with signal 15\n",
            "Nov 28 09:58:08 doveadm(127.0.0.1)<9><x>: Error: doveadm client disconnected before handshake: EOF\n",
            "Nov 28 09:58:08 auth: Error: ldap: Can't connect to server: ldap.example.org\nError: passdb lookup failed for anna@example.org\n",
            "lmtp(anna@example.org)<1><a>: Error: mkdir(/srv/mail/anna) failed: Read-only file system\n",
        ):
            self.assertEqual(dovecot.minded(said), [], said)
        alone = "auth: Error: passdb lookup failed for anna@example.org"
        self.assertEqual(dovecot.minded(alone), [alone])


if __name__ == "__main__":
    unittest.main()
