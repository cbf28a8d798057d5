"""What the machine is now, beside what was last activated. Nothing in here writes anything."""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import stat
import time
from typing import Any

from certificate import expiry, fingerprint, key_digest, lineage_of
from errors import Failure, NoFile, as_failure
from filesystem import digest, read_as_is, read_json
from firewall import firewall_faults
from machine import known
from packages import manager_of, package_names
from paths import JOURNAL, LOCK, MANIFEST, ROOT, Wanted
from previous import previous_files, previous_manifest, was_rolled_back
from probes import served_certificate
from units import unit_names, unit_states

MOST_DAYS = 3  # that package lists may be old which are fetched daily


def look() -> dict[str, Any]:
    """The manifest and the facts that are to be held against it, as `cli/drift/facts.ts` reads them; nothing without a manifest."""
    refuse_while_changing()
    manifest = read_json(MANIFEST)
    if not manifest:
        return {}
    if "roles" not in manifest:
        raise Failure("this machine was last changed by an earlier version of pulumi-mailserver; run `pulumi up` once")
    facts = {
        "manifest": manifest,
        "cutOff": os.path.exists(JOURNAL),
        "previous": previous_generation(manifest),
        "files": {path: file_facts(path) for path in [*manifest["files"], *manifest["tables"]]},
        "packages": manager_of(manifest).states(package_names(manifest)),
        "units": unit_states(unit_names(manifest)),
        "firewall": firewall_faults(manifest),
        "updates": update_faults(manifest),
        "certificates": {name: certificate_facts(name, path) for name, path in manifest["certificates"].items()},
        "served": served_certificates(manifest["roles"]),
        "disk": [disk_facts(**room) for room in manifest.get("room", [])],
    }
    refuse_while_changing()
    if read_json(MANIFEST) != manifest:
        raise Failure("this machine was changed while it was looked at; look again")
    return facts


def refuse_while_changing() -> None:
    if not os.path.exists(LOCK):
        return
    handle = os.open(LOCK, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failure("an activation is changing this machine; look again when it has ended") from None
    finally:
        os.close(handle)


def previous_generation(manifest: Wanted) -> dict[str, Any]:
    """What a rollback would bring back; nothing before the second generation."""
    target = previous_manifest()
    if not target:
        return {}
    return {
        "sha256": target["sha256"], "files": previous_files(manifest, target), "rolledBack": was_rolled_back(),
    }  # fmt: skip


def file_facts(path: str) -> dict[str, Any]:
    """Hash, mode and owner of a file; of anything else, what it is."""
    try:
        now, content = read_as_is(ROOT + path)
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "missing"}
    except NoFile:
        return {"kind": "link" if os.path.islink(ROOT + path) else "no file"}
    owner, group = known(pwd.getpwuid, now.st_uid), known(grp.getgrgid, now.st_gid)
    return {
        "kind": "file",
        "sha256": digest(content),
        "mode": f"{stat.S_IMODE(now.st_mode):04o}",
        "owner": owner.pw_name if owner else str(now.st_uid),
        "group": group.gr_name if group else str(now.st_gid),
    }


def disk_facts(path: str, minFree: int) -> dict[str, Any]:
    """Bytes of the file system on which a folder lies, and how many files it can hold (0: any number), as one without rights of root may use them."""
    there = path
    while not os.path.isdir(ROOT + there):
        there = os.path.dirname(there)
    now = os.statvfs(ROOT + there)
    size, free = now.f_blocks * now.f_frsize, now.f_bavail * now.f_frsize
    return {"path": path, "minFree": minFree, "size": size, "free": free, "files": now.f_files, "freeFiles": now.f_favail}


def update_faults(manifest: Wanted) -> list[str]:
    """What shows that security updates are not installed by themselves, where they should be, a sentence each. What came out since the last time is no fault."""
    if not any(role["name"] == "unattended-upgrades" for role in manifest["roles"]):
        return []
    manager = manager_of(manifest)
    fetched, installed = manager.fetched(), manager.upgraded()
    days = int((time.time() - fetched) / 86400)
    if days >= MOST_DAYS:
        return [f"the package lists are {days} days old"]
    pending = [name for name, is_security in manager.upgrades().items() if is_security] if installed >= fetched else []
    return [f"{name} was not installed, although its turn has come" for name in pending]


def certificate_facts(name: str, path: str) -> dict[str, Any]:
    """SHA-256 of the certificate that the daemons read, of its key, and of the certificate that certbot keeps; and when the first one ends."""
    given = fingerprint(path)
    return {
        "sha256": given,
        "expires": expiry(path),
        "key": key_digest(path) if given else "",
        "renewed": fingerprint(lineage_of({"name": name}) + "/fullchain.pem"),
    }


def served_certificates(roles: list[Wanted]) -> list[dict[str, Any]]:
    """SHA-256 of the certificate that each service shows, or why there is none."""
    answers: list[dict[str, Any]] = []
    for role in roles:
        for question in role.get("probes", []):
            port, name = tls_port(question)
            if port is None:
                continue
            answer: dict[str, Any] = {"port": port, "name": name, "sha256": "", "trouble": ""}
            try:
                answer["sha256"] = served_certificate(port, name)
            except (OSError, Failure) as error:
                answer["trouble"] = as_failure(error).sentence
            if answer not in answers:
                answers.append(answer)
    return answers


def tls_port(question: Wanted) -> tuple[int | None, str | None]:
    """Where a probe speaks TLS from the start, and to which name."""
    if question.get("https"):
        return 443, question["https"]["name"]
    port = question.get("port") or {}
    return (port["port"], None) if port.get("tls") else (None, None)
