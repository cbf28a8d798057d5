"""What Postfix' daemons are asked, and what is a transport's own."""

from __future__ import annotations

import unittest
from unittest import mock

import scratch  # isort: skip  # noqa: F401
import postfix
from process import Output

MASTER = """smtp       inet  n       -       y       -       -       smtpd
submission inet  n       -       y       -       -       smtpd
policyd-spf unix -       n       n       -       -       spawn user=policyd-spf argv=/usr/bin/policyd-spf
"""
OVERRIDES = """submission/inet/syslog_name = postfix/submission
submission/inet/smtpd_helo_restrictions =
submission/inet/smtpd_sender_restrictions = check_sender_access inline:{ { <> = 553 no } }, reject
"""


class PostfixDaemons(unittest.TestCase):
    def test_each_service_with_what_it_overrides(self) -> None:
        answers = {"-M": MASTER, "-P": OVERRIDES}
        with mock.patch.object(postfix, "run", lambda *words, **_: Output(0, answers[words[-1]])):
            services = postfix.postfix_services("/stage")
        self.assertEqual(services[0], ("smtpd", ()))
        self.assertEqual(
            services[1],
            (
                "smtpd",
                (
                    *("-o", "syslog_name=postfix/submission"),
                    *("-o", "smtpd_helo_restrictions="),
                    *("-o", "smtpd_sender_restrictions=check_sender_access inline:{ { <> = 553 no } }, reject"),
                ),
            ),
        )
        self.assertEqual(services[2], ("spawn", ()))

    def test_what_is_read_with_the_first_message_only(self) -> None:
        def trouble(line: str) -> list[str]:
            return postfix.late_trouble(f"myhostname = often\n{line}\nqueue_directory = many\n")

        for line in (
            "slow_destination_rate_delay = often",
            "policyd-spf_time_limit = often",
            "slow_transport_rate_delay = -1",
            "relay_destination_concurrency_limit = many",
            "lmtp_destination_recipient_limit = 1s",
            "local_delivery_slot_discount = half",
            "error_destination_concurrency_negative_feedback = perhaps",
            "smtp_tls_security_level = mayy",
            "smtpd_tls_mandatory_protocols = >=TLSv9",
            "smtp_tls_ciphers = strong",
            "smtp_sasl_security_options = noanonymus",
            "recipient_canonical_classes = envelope",
            "milter_default_action =",
        ):
            self.assertEqual(len(trouble(line)), 1, line)
            self.assertIn(line.split(" ")[0], trouble(line)[0])
        for line in (
            "slow_destination_rate_delay = 2s",
            "policyd-spf_time_limit = 3600",
            "relay_destination_concurrency_limit = 8",
            "local_delivery_slot_discount = 50",
            "error_destination_concurrency_negative_feedback = 1/sqrt_concurrency",
            "smtp_tls_security_level =",
            "smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3, >=TLSv1.2",
            "smtp_sasl_security_options = noplaintext, noanonymous",
            "recipient_canonical_classes = envelope_recipient header_recipient",
            "relay_destination_concurrency_limit = ${stress?{1}:{2}}",
        ):
            self.assertEqual(trouble(line), [], line)


if __name__ == "__main__":
    unittest.main()
