"""Mail that waits in the queue of another mail server, which has to go for Postfix: nobody would deliver it any more."""

from __future__ import annotations

import glob
from typing import NamedTuple

from errors import Failure
from packages import manager_of
from paths import ROOT, Wanted


class Queue(NamedTuple):
    """Where a mail server keeps what it could not deliver yet."""

    package: str  # that is there as long as somebody delivers from it
    server: str
    messages: tuple[str, ...]  # patterns of the files or folders of which each message has one
    listing: str
    delivery: str
    removal: str


QUEUES = [
    Queue(
        "exim4-base", "Exim",
        ("/var/spool/exim4/input/*-H", "/var/spool/exim4/input/?/*-H"),
        "exim4 -bp", "exim4 -qff", "exiqgrep -i | xargs -r exim4 -Mrm",
    ),
    Queue(
        "sendmail-bin", "sendmail",
        tuple(f"/var/spool/{folder}/{name}" for folder in ("mqueue", "mqueue-client") for name in ("[qh]f*", "q*/[qh]f*", "q*/qf/[qh]f*")),
        "mailq; mailq -Ac", "sendmail -Ac -q; sendmail -q", "rm /var/spool/mqueue/* /var/spool/mqueue-client/*",
    ),
    Queue(
        "nullmailer", "nullmailer",
        ("/var/spool/nullmailer/queue/*", "/var/spool/nullmailer/failed/*"),
        "mailq", "nullmailer-send -c 5", "rm /var/spool/nullmailer/queue/* /var/spool/nullmailer/failed/*",
    ),
    Queue(
        "dma", "dma", ("/var/spool/dma/Q*",), "mailq", "dma -q1", "rm /var/spool/dma/[QM]*",
    ),
    Queue(
        "opensmtpd", "OpenSMTPD", ("/var/spool/smtpd/queue/??/*",),
        "smtpctl show queue", "smtpctl schedule all", "smtpctl remove all",
    ),
]  # fmt: skip


def check_queues(wanted: Wanted) -> None:
    """Refuses to replace a mail server that still has something to deliver."""
    waiting = {queue: count for queue in QUEUES if (count := messages_in(queue))}
    manager = manager_of(wanted)
    states = manager.states([queue.package for queue in waiting]) if waiting else {}
    left = [f"{queue.server}: {told(queue, count)}" for queue, count in waiting.items() if not manager.is_gone(states[queue.package])]
    if left:
        raise Failure("mail waits in the queue of another mail server, which Postfix conflicts with; nobody would deliver it", left)


def messages_in(queue: Queue) -> int:
    return len({path for pattern in queue.messages for path in glob.glob(ROOT + pattern)})


def told(queue: Queue, count: int) -> str:
    messages = f"{count} {'message' if count == 1 else 'messages'}"
    return f"{messages}; `{queue.listing}` lists them, `{queue.delivery}` tries to deliver them now, `{queue.removal}` throws them away"
