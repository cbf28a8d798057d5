"""Every mode of the agent with no more than `python3-minimal` of Debian 12 has, on a machine that holds nothing of the agent."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from scratch import ROOT, OnMachine, role, wanted  # isort: skip

import progress

EMPTY = b"{}".join(progress.ANSWER).decode()
AGENT = Path(__file__).parents[2] / "components/activation/agent"

# `dpkg -L libpython3.11-minimal python3.11-minimal`, and what is built in, without those of which the agent must not know.
MINIMAL = """
abc argparse array ast atexit base64 binascii bisect builtins calendar cmath codecs collections compileall configparser contextlib copy
copyreg csv datetime dis email encodings enum errno faulthandler fcntl filecmp fnmatch functools gc genericpath getopt glob grp hashlib
heapq imp importlib inspect io ipaddress itertools keyword linecache locale logging marshal math opcode operator optparse os pathlib
pickle pkgutil platform posix posixpath pwd py_compile pyexpat quopri random re reprlib runpy select selectors signal site socket
sre_compile sre_constants sre_parse stat string stringprep struct subprocess sys sysconfig syslog tempfile textwrap threading time token
tokenize traceback tracemalloc types typing unicodedata urllib uu warnings weakref xxsubtype zipfile zipimport zlib
""".split()

PROGRAM = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and not top.startswith("_"):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
allowed = {allowed!r}
sys.meta_path.insert(0, Missing())
sys.path.insert(0, {folder!r})
sys.dont_write_bytecode = True
import agent
agent.os.geteuid = lambda: 0
agent.BUNDLE = {bundle!r}
sys.exit(agent.main({mode!r}, "192.0.2.1 50000 192.0.2.2 22"))
"""


class MinimalPython(OnMachine):
    def run_agent(self, mode: str, **bundle: Any) -> tuple[int, str, str]:
        modules = {path.stem for path in AGENT.glob("*.py")}
        program = PROGRAM.format(
            allowed={*MINIMAL, *modules}, folder=str(AGENT), bundle={"agent": "", **bundle}, mode=mode
        )
        environment = {**os.environ, "MAILSERVER_ROOT": ROOT}
        done = subprocess.run([sys.executable, "-Sc", program], capture_output=True, text=True, env=environment, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_what_is_missing_is_missing(self) -> None:
        self.assertNotIn("json", MINIMAL)
        code, _, said = self.run_agent("no such mode")
        self.assertEqual(code, 1)
        self.assertIn("KeyError", said)

    def test_every_mode_ends_well_or_with_its_own_words(self) -> None:
        self.write("/etc/os-release", 'ID=debian\nVERSION_ID="13"\n')
        (Path(ROOT) / "proc/net").mkdir(parents=True)
        state = wanted(role("a", packages=["a"]))
        asked = {"owner": "", "from": "", "forward": False}
        for mode, code, bundle, expected in (
            ("look", 0, {}, (EMPTY, "")),
            ("remove", 0, {"wanted": state}, (EMPTY, "no mail server was activated on this machine, nothing to remove")),
            ("rollback", 1, {"asked": asked}, ("", "no mail server was activated on this machine\nNothing was changed.")),
            ("recover", 0, {}, ("", "")),
            ("install", 1, {"wanted": state}, ("", "the state was made for debian 12")),
            ("apply", 1, {"wanted": state}, ("", "the state was made for debian 12")),
        ):
            done = self.run_agent(mode, **bundle)
            self.assertEqual((done[0], done[1].strip()), (code, expected[0]), done[2])
            self.assertIn(expected[1], done[2])
            self.assertNotIn("Module", done[2])


if __name__ == "__main__":
    unittest.main()
