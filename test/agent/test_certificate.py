"""Which certificates must be had anew, which are forgotten, and what the world is told of the first one. Keys and certificates
are made by openssl; certbot is a script that keeps its arguments (the real one is at work on the lab's machines)."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from scratch import ROOT, OnMachine, file, role, wanted  # isort: skip

import certificate
import errors
import files
import transaction

HOOK = "/usr/local/lib/deploy"
DIRECTORY = "https://acme.example.net/directory"
ACCOUNT = "/etc/letsencrypt/accounts/acme.example.net/directory/0a1b"


def wish(name: str = "mail.example.org", *names: str, **more: Any) -> dict[str, Any]:
    path = f"/etc/ssl/mailserver/{name}.pem"
    names = names or (name,)
    return {"name": name, "names": list(names), "directoryUrl": DIRECTORY, "pemPath": path, "deployHook": HOOK, "account": ACCOUNT, **more}


class Lineages(OnMachine):
    def setUp(self) -> None:
        super().setUp()
        self.bin = Path(ROOT + "/bin")
        self.bin.mkdir()
        path = mock.patch.dict(os.environ, PATH=f"{self.bin}:{os.environ['PATH']}")
        path.start()
        self.addCleanup(path.stop)
        self.script("certbot", f'echo "$@" >> {ROOT}/said')

    def script(self, name: str, text: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def said(self) -> list[str]:
        path = Path(ROOT + "/said")
        return path.read_text().splitlines() if path.exists() else []

    def lineage(self, name: str, *names: str, days: int = 90, **terms: str) -> None:
        """What certbot leaves behind after it got a certificate."""
        live = Path(f"{ROOT}/etc/letsencrypt/live/{name}")
        live.mkdir(parents=True, exist_ok=True)
        alternatives = ",".join(f"DNS:{each}" for each in names or (name,))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
             "-days", str(days), "-addext", f"subjectAltName={alternatives}", "-keyout", live / "privkey.pem", "-out", live / "fullchain.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        terms = {"account": "0a1b", "server": DIRECTORY, "renew_hook": HOOK, "reuse_key": "True", **terms}
        lines = "".join(f"{key} = {value}\n" for key, value in terms.items())
        self.write(f"/etc/letsencrypt/renewal/{name}.conf", f"version = 2.1.0\n[renewalparams]\n{lines}")
        self.write(
            f"/etc/ssl/mailserver/{name}.pem",
            "".join((live / f"{part}.pem").read_text() for part in ("privkey", "fullchain")),
        )

    def test_a_certificate_is_had_anew_for_these_reasons_and_no_other(self) -> None:
        self.assertEqual(certificate.certificate_need(wish()), "there is none yet")
        self.lineage("mail.example.org")
        self.assertEqual(certificate.certificate_need(wish()), "")
        reasons = [
            certificate.certificate_need(wish("mail.example.org", "mail.example.org", "mta-sts.example.org")),
            certificate.certificate_need(wish(directoryUrl="https://other.example.net/")),
            certificate.certificate_need(wish(account=ACCOUNT.replace("0a1b", "2c3d"))),
            certificate.certificate_need(wish(deployHook="/elsewhere")),
        ]
        self.lineage("mail.example.org", reuse_key="False")
        reasons.append(certificate.certificate_need(wish()))
        self.lineage("mail.example.org", days=6)
        reasons.append(certificate.certificate_need(wish()))
        expected = ["it is for other names", f"it is from {DIRECTORY}", "it is another account's", "its renewal would not reach the daemons",
                    "its renewal would change the key", "it expires within 7 days"]  # fmt: skip
        self.assertEqual(reasons, expected)

    def test_names_may_change_under_the_same_name_and_touch_no_other_certificate(self) -> None:
        self.lineage("mail.example.org")
        self.lineage("example.org_web", "mta-sts.example.org")
        both = [wish(), wish("example.org_web", "autoconfig.example.org", "mta-sts.example.org")]
        self.assertEqual([certificate.certificate_need(each) for each in both], ["", "it is for other names"])

    def test_a_daemon_without_the_newest_generation_is_handed_it(self) -> None:
        self.lineage("mail.example.org")
        self.write("/etc/ssl/mailserver/mail.example.org.pem", "")
        self.assertEqual(certificate.certificate_need(wish()), "the daemons do not have it yet")

    def test_what_a_certbot_left_that_was_cut_off_is_cleared_and_nothing_else(self) -> None:
        self.lineage("other.example.org")
        self.lineage("mail.example.org")
        before = self.tree("/etc/letsencrypt")
        certificate.clear_half_lineage("mail.example.org")
        self.assertEqual(self.tree("/etc/letsencrypt"), before)
        self.write("/etc/letsencrypt/renewal/mail.example.org.conf", "")
        self.write("/etc/letsencrypt/archive/mail.example.org/privkey1.pem", "")
        certificate.clear_half_lineage("mail.example.org")
        rest = self.tree("/etc/letsencrypt")
        self.assertEqual(sorted(path for path in rest if "mail." in path), [])
        self.assertEqual(sorted(rest), sorted(path for path in before if "other." in path))

    def test_every_new_certificate_has_a_file_before_the_first_is_handed_over(self) -> None:
        names = ["a.example.org", "b.example.org"]
        for name in names:
            self.lineage(name)
            os.unlink(f"{ROOT}/etc/ssl/mailserver/{name}.pem")
        hook = self.bin / "deploy"
        self.script("deploy", f"""ls {ROOT}/etc/ssl/mailserver | tr '\\n' ' ' >> {ROOT}/said; echo >> {ROOT}/said
            live={ROOT}$RENEWED_LINEAGE; cat $live/privkey.pem $live/fullchain.pem > {ROOT}/etc/ssl/mailserver/${{live##*/}}.pem""")  # fmt: skip
        wishes = [wish(name, deployHook=str(hook)) for name in names]
        for name in names:
            self.lineage(name, renew_hook=str(hook))
            os.unlink(f"{ROOT}/etc/ssl/mailserver/{name}.pem")
        needs = {each["name"]: certificate.certificate_need(each) for each in wishes}
        certificate.obtain_certificates(role("a", certificates=wishes), needs, [], [])
        self.assertEqual(self.said(), ["a.example.org.pem b.example.org.pem "] * 2)
        self.assertEqual([certificate.certificate_need(each) for each in wishes], ["", ""])

    def test_a_dropped_certificate_is_forgotten_and_only_that(self) -> None:
        for name in ("mail.example.org", "example.org_web"):
            self.lineage(name)
        self.lineage("somebody.example.net", renew_hook="/etc/somebody")
        before = transaction.manifest_of(
            wanted(role("a", certificates=[wish(), wish("example.org_web")])), files.Plan()
        )
        stale = certificate.forget_certificates(wanted(role("a", certificates=[wish()])), before)
        self.assertEqual(self.said(), ["delete -n --cert-name example.org_web"])
        self.assertEqual(stale, ["/etc/ssl/mailserver/example.org_web.pem"])
        certificate.remove_certificate_files(stale)
        self.assertEqual(
            sorted(os.listdir(ROOT + "/etc/ssl/mailserver")), ["mail.example.org.pem", "somebody.example.net.pem"]
        )

    def test_a_certificate_that_a_failed_activation_had_is_forgotten_by_the_next(self) -> None:
        for name in ("mail.example.org", "example.com_web"):
            self.lineage(name)
        state = wanted(role("a", certificates=[wish()]))
        before = transaction.manifest_of(state, files.Plan())
        self.assertEqual(certificate.forget_certificates(state, before), [])
        self.assertEqual(self.said(), ["delete -n --cert-name example.com_web"])

    def test_the_files_that_an_activation_would_add_are_known_before(self) -> None:
        self.lineage("mail.example.org")
        state = wanted(role("a", certificates=[wish(), wish("example.org_web")]))
        self.assertEqual(certificate.missing_certificate_files(state), ["/etc/ssl/mailserver/example.org_web.pem"])

    def test_a_file_that_another_certificate_took_over_stays(self) -> None:
        before = {"certificates": {"old.example.org": "/etc/ssl/mailserver/server.pem"}}
        now = wanted(role("a", certificates=[wish("new.example.org", pemPath="/etc/ssl/mailserver/server.pem")]))
        self.assertEqual(certificate.forget_certificates(now, before), [])
        self.assertEqual(self.said(), [])

    def test_key_and_account_of_the_first_certificate_are_told(self) -> None:
        self.lineage("mail.example.org")
        self.lineage("example.org_web", account="ffff")
        for account in ("0a1b", "ffff"):
            registration = {"body": {}, "uri": f"https://acme.example.net/acct/{account}"}
            self.write(
                f"/etc/letsencrypt/accounts/acme.example.net/directory/{account}/regr.json", json.dumps(registration)
            )
        told = certificate.key_and_account(wanted(role("a"), role("b", certificates=[wish(), wish("example.org_web")])))
        key = [
            "openssl",
            "pkey",
            "-in",
            f"{ROOT}/etc/letsencrypt/live/mail.example.org/privkey.pem",
            "-pubout",
            "-outform",
            "DER",
        ]
        spki = subprocess.run(key, check=True, capture_output=True).stdout
        self.assertEqual(told["certificateKey"], hashlib.sha256(spki).hexdigest())
        self.assertEqual(told["acmeAccount"], "https://acme.example.net/acct/0a1b")
        self.assertEqual(certificate.key_and_account(wanted(role("a"))), {})

    def test_key_and_account_are_written_down_for_the_stack_and_only_when_they_change(self) -> None:
        state = wanted(role("a", certificates=[wish()]))
        kept = Path(certificate.CERTIFICATE)
        kept.parent.mkdir(parents=True, exist_ok=True)
        for key in ("first", "second"):
            with mock.patch.object(certificate, "key_and_account", return_value={"certificateKey": key}):
                certificate.keep_key_and_account(state)
                written = kept.stat().st_ino
                certificate.keep_key_and_account(state)
            self.assertEqual(json.loads(kept.read_text()), {"certificateKey": key})
            self.assertEqual(kept.stat().st_ino, written)
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)

    def test_an_account_is_opened_once_and_left_as_certbot_keeps_it(self) -> None:
        self.write(ACCOUNT + "/private_key.json", '{"kty":"RSA"}')
        url = "https://acme.example.net/acct/7"
        with mock.patch.object(certificate, "open_account", return_value=url) as opened:
            certificate.make_account_known("certbot", wish())
            certificate.make_account_known("certbot", wish())
        opened.assert_called_once_with(DIRECTORY, '{"kty":"RSA"}', None, None)
        kept = {name: json.loads(Path(f"{ROOT}{ACCOUNT}/{name}.json").read_text()) for name in ("meta", "regr")}
        self.assertEqual(kept["regr"], {"body": {}, "uri": url})
        self.assertRegex(kept["meta"]["creation_dt"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(kept["meta"]["creation_host"], "mail.example.org")

    def test_an_authority_is_asked_again_for_an_account_where_the_trouble_passes(self) -> None:
        self.write(ACCOUNT + "/private_key.json", '{"kty":"RSA"}')
        refused = ValueError("urn:ietf:params:acme:error:badNonce :: The client sent an unacceptable anti-replay nonce")
        with (
            mock.patch.object(certificate, "open_account", side_effect=[refused, "https://acme.example.net/acct/7"]),
            mock.patch.object(certificate.time, "sleep") as slept,
        ):
            certificate.make_account_known("certbot", wish())
        slept.assert_called_once_with(2)
        self.assertTrue(os.path.exists(f"{ROOT}{ACCOUNT}/regr.json"))

    def test_an_authority_that_opens_no_account_is_named_with_its_reason(self) -> None:
        self.write(ACCOUNT + "/private_key.json", '{"kty":"RSA"}')
        with mock.patch.object(certificate, "open_account", side_effect=OSError("no route\nmore")):
            with self.assertRaises(certificate.Failure) as caught:
                certificate.make_account_known("certbot", wish())
        self.assertEqual(caught.exception.sentence, f"the authority {DIRECTORY} opened no account")
        self.assertEqual(caught.exception.lines, ["OSError: no route", "more"])
        self.assertFalse(os.path.exists(f"{ROOT}{ACCOUNT}/regr.json"))

    def test_what_to_do_about_an_external_account_is_said(self) -> None:
        self.write(ACCOUNT + "/private_key.json", '{"kty":"RSA"}')
        bound = wish(externalAccount={"keyId": "kid-1", "hmacKey": "c2VjcmV0LWtleQ"})
        demanded = errors.Failure("opens accounts for its own customers only")
        for refusal, said in ((OSError("unauthorized"), "kid-1; compare keyId and hmacKey"), (demanded, "customers only")):
            with mock.patch.object(certificate, "open_account", side_effect=refusal):
                with self.assertRaisesRegex(errors.Failure, said) as caught:
                    certificate.make_account_known("certbot", bound)
            self.assertNotIn("c2VjcmV0", caught.exception.sentence)

    def test_daemons_judge_with_a_certificate_before_there_is_one(self) -> None:
        conf = "ssl_certificate /etc/ssl/mailserver/mail.example.org.pem;\n"
        judge = [
            "sh",
            "-c",
            "openssl x509 -in $(sed 's/.* //; s/;//' {stage}/etc/a.conf) -noout -subject >&2 && exit 1",
        ]
        one = role(
            "a", file("/etc/a.conf", conf), certificates=[wish()], validations=[{"daemon": "A", "command": judge, "files": ["/etc/a.conf"]}]
        )
        plan = files.compare(wanted(one), {})
        files.stage(plan, wanted(one))
        with self.assertRaises(certificate.Failure) as caught:
            files.validate(plan, wanted(one))
        self.assertIn("placeholder.invalid", caught.exception.lines[0])
        self.assertEqual(self.tree(), {})


if __name__ == "__main__":
    unittest.main()
