"""A machine in a scratch folder, for tests of the host agent; import this before any module of the agent."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

ROOT = tempfile.mkdtemp(prefix="mailserver-agent-")
os.environ["MAILSERVER_ROOT"] = ROOT
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parents[2] / "components/activation/agent"))

import progress  # noqa: E402

progress.Deployer.gone = True  # progress is for people

OWNER, GROUP = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name


def file(path: str, content: str, mode: str = "0644", **more: Any) -> dict[str, Any]:
    return {"path": path, "owner": OWNER, "group": GROUP, "mode": mode, "content": content, "secret": False, **more}


def role(name: str, *files: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "packages": [], "files": list(files), **more}


def wanted(*roles: dict[str, Any], **more: Any) -> dict[str, Any]:
    system = {"id": "debian", "versionId": "12"}
    return {"format": 1, "owner": "test/mail", "identity": "0a1b", "operatingSystem": system, "roles": list(roles), "ports": [], "openPorts": [], "openPortsV6": [], **more}


class OnMachine(unittest.TestCase):
    """Each test has an empty machine of its own."""

    def setUp(self) -> None:
        shutil.rmtree(ROOT, ignore_errors=True)
        for folder in ("etc", "run", "usr/sbin", "var/lib/pulumi-mailserver"):
            (Path(ROOT) / folder).mkdir(parents=True)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(ROOT, ignore_errors=True)

    def write(self, path: str, content: str) -> Path:
        target = Path(ROOT + path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
        return target

    def tree(self, folder: str = "/etc") -> dict[str, tuple[str, int]]:
        """Every file below a folder with content (or target of a link) and mode."""
        found = {}
        for path in Path(ROOT + folder).rglob("*"):
            if path.is_symlink() or path.is_file():
                content = os.readlink(path) if path.is_symlink() else path.read_text()
                found[str(path).removeprefix(ROOT)] = (content, path.lstat().st_mode & 0o7777)
        return found
