"""How the agent starts: from what Python made of it before, where that is of the same agent and the same Python."""

from __future__ import annotations

import hashlib
import io
import marshal
import sys
import unittest
from contextlib import redirect_stdout
from pathlib import Path

from scratch import OnMachine  # isort: skip

import paths
import transaction

START = Path(transaction.__file__).with_name("start.py").read_text()
AGENT = "print('the source,', __name__, BUNDLE['wanted'])"


def started(agent: str = AGENT) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(START, {"BUNDLE": {"agent": agent, "wanted": 1}})  # noqa: S102
    return out.getvalue().strip()


class Start(OnMachine):
    def keep(self, of: str, code: str) -> None:
        """Keeps other code than the agent's own, so that it shows."""
        compiled = marshal.dumps(compile(code, "agent", "exec"))
        known = hashlib.sha256(of.encode() + AGENT.encode() + compiled).digest()
        target = Path(paths.COMPILED)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(known + compiled)

    def test_the_source_runs_where_nothing_is_kept_or_what_is_kept_is_of_something_else(self) -> None:
        expected = "the source, __main__ 1"
        self.assertEqual(started(), expected)
        self.keep("Python 2.7", "print('kept')")
        self.assertEqual(started(), expected)
        self.keep(sys.version, "print('kept')")
        kept = Path(paths.COMPILED).read_bytes()
        for spoiled in (b"", kept[:-1], kept[:40], b"x" + kept[1:]):
            Path(paths.COMPILED).write_bytes(spoiled)
            self.assertEqual(started(), expected)
        self.assertEqual(started("print('another')"), "another")

    def test_what_is_kept_runs_instead_of_the_same_source(self) -> None:
        self.keep(sys.version, "print('kept,', __name__, BUNDLE['wanted'])")
        self.assertEqual(started(), "kept, __main__ 1")

    def test_an_activation_keeps_it_once_and_anew_for_another_agent(self) -> None:
        path = Path(paths.COMPILED)
        path.parent.mkdir(parents=True)
        transaction.keep_compiled(AGENT)
        first = path.stat()
        self.assertEqual(first.st_mode & 0o777, 0o600)
        self.assertEqual(started(), "the source, __main__ 1")
        transaction.keep_compiled(AGENT)
        self.assertEqual(path.stat().st_ino, first.st_ino)
        transaction.keep_compiled("print('another')")
        self.assertEqual(started("print('another')"), "another")


if __name__ == "__main__":
    unittest.main()
