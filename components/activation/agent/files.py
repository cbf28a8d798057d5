"""What differs from the wanted state and what that means to units, the new files before they go live, and what the daemons
think of them."""

from __future__ import annotations

import os
import re
import stat
from typing import Any, NamedTuple

from certificate import certificates_of, write_placeholder
from errors import Failure, NoFile
from filesystem import (
    backdate,
    copy_as_is,
    digest,
    make_parents,
    read_as_is,
    read_bytes,
    read_json,
    remove_tree,
    to_json,
    write_new,
)
from judges import judgement
from machine import identity
from paths import KEPT_ORIGINALS, ORIGINALS, ROOT, SCRATCH, STAGE, TABLE_SUFFIX, Wanted
from process import run
from progress import say
from units import ENABLED, States, settings


class File(NamedTuple):
    """A wanted file or table."""

    path: str
    content: bytes
    uid: int
    gid: int
    mode: int
    role: str


class Plan:
    """The differences between the machine and the wanted state."""

    def __init__(self) -> None:
        self.files: dict[str, File] = {}
        self.tables: dict[str, dict[str, Any]] = {}  # table -> its entry in the manifest
        self.stale: dict[str, Wanted] = {}  # table -> the file that it is to be built from
        self.changes: dict[str, str | None] = {}  # live path -> staged file, None to remove
        self.dropped: list[str] = []
        self.shown: list[str] = []  # the paths that a person is told about

    def put(self, path: str, content: bytes, uid: int = 0, gid: int = 0, mode: int = 0o600) -> None:
        """Stages a file with its final owner and mode."""
        staged = f"{STAGE}/{len(self.changes)}"
        write_new(staged, content, mode, uid, gid)
        backdate(staged)
        self.changes[path] = staged

    def add_json(self, path: str, value: Any) -> None:
        self.put(path.removeprefix(ROOT), to_json(value), os.geteuid(), os.getegid())


def compare(wanted: Wanted, before: Wanted) -> Plan:
    """Finds the files whose content, owner or mode differ, tables that are out of date, and files that were dropped."""
    plan = Plan()
    for role in wanted["roles"]:
        for file in role["files"]:
            path, content = file["path"], file["content"].encode()
            if path in plan.files:
                raise Failure(f"roles {plan.files[path].role} and {role['name']} both own {path}")
            one = plan.files[path] = File(
                path, content, *identity(file, role["name"]), int(file["mode"], 8), role["name"]
            )
            if differs(one):
                plan.shown.append(path)
            if file.get("postmap"):
                table = path + TABLE_SUFFIX[file["postmap"]]
                entry = before.get("tables", {}).get(table, {})
                plan.tables[table] = entry
                if entry.get("source") != digest(content) or path in plan.shown or table_differs(table, entry, one):
                    plan.stale[table] = file
    known_before = {**before.get("files", {}), **before.get("tables", {})}
    plan.dropped += [path for path in known_before if path not in plan.files and path not in plan.tables]
    plan.shown += [path for path in plan.dropped if path in before["files"]]
    plan.shown += [table for table, file in plan.stale.items() if file["path"] not in plan.shown]
    return plan


def differs(file: File) -> bool:
    try:
        now, content = read_as_is(ROOT + file.path)
    except (FileNotFoundError, NotADirectoryError, NoFile):
        return True
    return (stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid, content) != (file.mode, file.uid, file.gid, file.content)


def content_now(path: str) -> bytes:
    """What is in a file; nothing where there is none."""
    try:
        return read_as_is(ROOT + path)[1]
    except (FileNotFoundError, NotADirectoryError, NoFile):
        return b""


def table_differs(table: str, entry: Wanted, source: File) -> bool:
    """A table carries random bytes, so it is compared with what was built last, not with what would be built now."""
    try:
        content = read_as_is(ROOT + table)[1]
    except (FileNotFoundError, NoFile):
        return True
    return digest(content) != entry.get("sha256") or differs(source._replace(path=table, content=content))


def sessions_to_end(plan: Plan, manifest: Wanted) -> list[list[str]]:
    """Commands that end the sessions of those whose line in a file, such as their password, goes or changes. One that names nobody comes once."""
    commands: list[list[str]] = []
    for path, templates in manifest.get("endSessions", {}).items():
        if path not in plan.changes:
            continue
        staged = plan.changes[path]
        kept = set(read_bytes(staged).splitlines() if staged else [])
        lost = [line for line in content_now(path).splitlines() if line not in kept]
        names = [line.split(b":", 1)[0].decode(errors="replace") for line in lost]
        for command in templates:
            commands += [[name if word == "{name}" else word for word in command] for name in names]
    return [list(words) for words in dict.fromkeys(map(tuple, commands))]


def decide_units(plan: Plan, wanted: Wanted, before: Wanted, states: States, installed: list[str]) -> dict[str, str]:
    """What each unit needs: start, restart, reload, enable, or it is not in the answer."""
    changed = {*plan.shown, *(file["path"] for file in plan.stale.values())}
    actions: dict[str, str] = {}
    for role in wanted["roles"]:
        for unit in role.get("units", []):
            name, state = unit["name"], states[unit["name"]]
            if not state["healthy"]:
                actions[name] = "start"
            elif name not in before.get("units", []) or set(installed) & set(role["packages"]):
                actions[name] = "restart"
            elif changed & set(unit.get("restartOn", [])) or any(
                settings_differ(path, names, plan)
                for path, names in unit.get("restartOnSettings", {}).items()
                if path in changed
            ):
                actions[name] = "restart"
            elif changed & set(unit.get("reloadOn", [])):
                actions[name] = "reload"
            elif state["UnitFileState"] not in ENABLED:
                actions[name] = "enable"
    return actions


def settings_differ(path: str, names: list[str], plan: Plan) -> bool:
    old = settings(content_now(path))
    new = settings(plan.files[path].content if path in plan.files else b"")
    return any(old.get(name) != new.get(name) for name in names)


def stage(plan: Plan, wanted: Wanted) -> None:
    """Writes the new files, with their final owner and mode, where nothing reads them yet."""
    clear_stage()
    for folder in (STAGE, SCRATCH):
        os.makedirs(folder, 0o700)
    originals = read_json(ORIGINALS)
    for path in plan.dropped:
        kept = originals.get("files", {}).get(path, "")
        staged = f"{STAGE}/{len(plan.changes)}"
        if kept == "":
            continue  # as it was found, and no version kept it
        if kept:
            copy_as_is(f"{KEPT_ORIGINALS}/{kept}", staged)
        plan.changes[path] = staged if kept else None
    for path in plan.shown:
        file = plan.files.get(path)
        if file:
            plan.put(path, file.content, file.uid, file.gid, file.mode)
    for table, file in plan.stale.items():
        source = plan.files[file["path"]]
        content = build_table(file, source.content)
        plan.put(table, content, source.uid, source.gid, source.mode)
        plan.tables[table] = {
            "source": digest(source.content), "sha256": digest(content), "size": len(content),
            "mode": file["mode"], "owner": file["owner"], "group": file["group"], "role": source.role,
        }  # fmt: skip
    if plan.changes:
        say("files", f"{len(plan.changes)} staged")


def clear_stage() -> None:
    """Nothing secret stays in folders that are of no more use."""
    for folder in (STAGE, SCRATCH):
        remove_tree(folder)


def build_table(file: Wanted, content: bytes) -> bytes:
    """Indexes a table with `postmap`; whatever postmap has to say about the source refuses it."""
    folder = STAGE + "/table"
    remove_tree(folder)
    os.makedirs(folder, 0o700)
    write_new(folder + "/main.cf", b"compatibility_level = 3.6\n", 0o600)
    backdate(folder + "/main.cf")
    source = f"{folder}/{os.path.basename(file['path'])}"
    write_new(source, content, 0o600)
    output = run("postmap", "-c", folder, f"{file['postmap']}:{source}")
    said = [line.replace(source, file["path"]) for line in output.text.splitlines() if line.strip()]
    if output.code or said:
        raise Failure(f"postmap refuses the table {file['path']}", redact(said, [file]))
    return read_bytes(source + TABLE_SUFFIX[file["postmap"]])


def validate(plan: Plan, wanted: Wanted) -> None:
    """Has each daemon judge its files, if one of them changed, in a scratch tree whose paths point into itself."""
    judges = [
        (role, check)
        for role in wanted["roles"]
        for check in role.get("validations", [])
        if set(check["files"]) & set(plan.shown)
    ]
    if not judges:
        return
    say("agent", f"{', '.join(dict.fromkeys(check['daemon'] for _, check in judges))} judge the new configuration")
    write_scratch(plan, [certificate["pemPath"] for certificate in certificates_of(wanted)])
    for role, check in judges:
        judge, refused = judgement(check)
        if refused:
            files = [file for each in wanted["roles"] for file in each["files"]]
            raise Failure(
                f"{check['daemon']} refuses the new configuration of role {role['name']} (judged by {judge})",
                redact([line.replace(SCRATCH, "") for line in refused[:8]], files),
            )


def write_scratch(plan: Plan, certificates: list[str]) -> None:
    """The tree that daemons judge. The certificates in it are placeholders: the real ones are had only when it is sure that the
    files which name them will do."""
    for path in certificates:
        write_placeholder(SCRATCH + path)
    paths = sorted([*plan.files, *certificates], key=len, reverse=True)
    managed = re.compile(
        rb"(?<![\w./-])(" + b"|".join(re.escape(path.encode()) for path in paths) + rb")(?![\w-]|\.\w|/)"
    )
    for file in plan.files.values():
        make_parents(SCRATCH + file.path)
        content = managed.sub(lambda match: SCRATCH.encode() + match[1], file.content)
        write_new(SCRATCH + file.path, content, file.mode, file.uid, file.gid, durable=False)
        backdate(SCRATCH + file.path)
    for table in plan.tables:
        copy_as_is(plan.changes.get(table) or ROOT + table, SCRATCH + table)


def redact(lines: list[str], files: list[Wanted]) -> list[str]:
    """A daemon may quote the line that it does not like: what could be a key, a hash or a password is taken out."""
    secrets = {
        word
        for file in files
        if file["secret"]
        for word in re.split(r"[\s:;,\"']+", file["content"])
        if len(word) >= 12
    }
    secrets = {word for word in secrets if "@" not in word and not word.startswith("/")}
    pattern = "|".join(re.escape(word) for word in sorted(secrets, key=len, reverse=True))
    return (
        [re.sub(pattern, "[secret]", line) for line in lines]
        if pattern and any(word in line for line in lines for word in secrets)
        else lines
    )
