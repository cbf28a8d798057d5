"""Lines of progress for the deployer, time limits, and what interrupts a change."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from errors import Interrupted

ANSWER = b"<pulumi-mailserver-answer>", b"</pulumi-mailserver-answer>"  # `marks` of reported.ts
LOCK_TIMEOUT, RESOLVE_TIMEOUT, PROBE_TIMEOUT = 300, 120, 20  # seconds
STARTED = time.time()
CLOCK = STARTED - time.monotonic()  # what the clock says beside the time since boot, which nobody sets


class Deadline:
    """A time limit during which somebody is told every three seconds that it goes on."""

    def __init__(self, seconds: float) -> None:
        self.end, self.told = time.monotonic() + seconds, time.monotonic()

    def over(self) -> bool:
        return time.monotonic() > self.end

    def tell(self, who: str, text: str) -> None:
        if time.monotonic() - self.told >= 3:
            self.told = time.monotonic()
            say(who, text)

    def wait(self, seconds: float, who: str, text: str) -> None:
        self.tell(who, text)
        time.sleep(seconds)


class Deployer:
    """The other end of the connection."""

    start = time.monotonic()
    gone = False
    must_finish = False


def printable(text: str) -> str:
    """A line as text: what a daemon or an authority says may hold what a terminal obeys, or a CI service (`printable.js`)."""
    text = "".join(
        each if each.isprintable() else f"\\x{ord(each):02x}" if ord(each) < 256 else f"\\u{{{ord(each):x}}}"
        for each in text[:4096]
    )
    return re.sub(r"^(\s*):(?=:)", r"\1\\x3a", re.sub(r"#(?=#\w*\[)", r"\\x23", text))


def say(who: str, text: str) -> None:
    """One line of progress. Nobody there to read it is an interruption, except on the way back."""
    if Deployer.gone:
        return
    try:
        os.write(2, f"{time.monotonic() - Deployer.start:6.1f}s {printable(who)}: {printable(text)}\n".encode())
    except OSError:
        Deployer.gone = True
        if not Deployer.must_finish:
            raise Interrupted("the connection to the deployer was lost") from None


@contextmanager
def uninterruptible() -> Iterator[None]:
    """Steps that must not stop half-way."""
    was = Deployer.must_finish
    Deployer.must_finish = True
    old = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
        Deployer.must_finish = was


SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def on_signal(number: int, _: object) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(f"interrupted by {signal.Signals(number).name}")
