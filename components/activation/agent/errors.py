"""What goes wrong, as a person reads it."""

from __future__ import annotations

import errno
from collections.abc import Iterable


class Failure(Exception):
    """What went wrong in one sentence, and the lines of whoever said so."""

    def __init__(self, sentence: str, lines: Iterable[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence, self.lines = sentence, list(lines)
        self.outcome = ""


class Interrupted(Failure):
    """A signal, or nobody left at the other end of the connection."""


def as_failure(error: BaseException) -> Failure:
    if isinstance(error, Failure):
        return error
    if isinstance(error, OSError):
        where = f": {error.filename}" if error.filename else ""
        return Failure(
            f"the disk is full{where}" if error.errno == errno.ENOSPC else f"{error.strerror or error}{where}"
        )
    trace, line = error.__traceback__, 0
    while trace:
        trace, line = trace.tb_next, trace.tb_lineno
    return Failure(f"the agent has a fault, please report it: {type(error).__name__}: {error} (line {line})")


class NoFile(Failure):
    """Something else stands where a file should."""
