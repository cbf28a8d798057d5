"""Files as a whole or not at all, by handles that follow no link."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from errors import NoFile
from progress import STARTED


def write_new(
    path: str, content: bytes, mode: int, uid: int | None = None, gid: int | None = None, durable: bool = True
) -> None:
    """A new file with its final owner and mode; nobody else can open it before it has them."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if uid is not None and gid is not None:
                os.fchown(handle, uid, gid)
            os.fchmod(handle, mode)
            if durable:
                os.fsync(handle)
    except OSError as error:
        error.filename = path
        raise


def backdate(path: str) -> None:
    """Dates a new file back: Postfix reads files of the last two seconds again and again until they are older."""
    os.utime(path, (STARTED - 5, STARTED - 5))


def copy_as_is(source: str, target: str) -> None:
    """Copies a file or a symbolic link with its owner, mode and time."""
    if os.path.islink(source):
        now = os.lstat(source)
        os.symlink(os.readlink(source), target)
        os.lchown(target, now.st_uid, now.st_gid)
    else:
        now, content = read_as_is(source)
        write_new(target, content, stat.S_IMODE(now.st_mode), now.st_uid, now.st_gid)
        os.utime(target, ns=(now.st_atime_ns, now.st_mtime_ns), follow_symlinks=False)


def write_over(path: str, content: bytes) -> None:
    """A file of root's alone that is there as a whole or as it was before, also where an earlier try was cut off."""
    remove_file(path + ".new")
    write_new(path + ".new", content, 0o600)
    os.rename(path + ".new", path)


def move_into_place(source: str, path: str) -> None:
    """Puts a staged file in its place by one rename, over a copy where that is another file system."""
    make_parents(path)
    try:
        os.rename(source, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        remove_file(temporary_name(path))
        copy_as_is(source, temporary_name(path))
        os.rename(temporary_name(path), path)
        os.unlink(source)


def copy_into_place(source: str, path: str) -> None:
    """Puts a kept file in its place and keeps it. Postfix reads no file with two hard links, so it is a copy; a link only where a full
    disk has no room for one."""
    make_parents(path)
    remove_file(temporary_name(path))
    try:
        copy_as_is(source, temporary_name(path))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        remove_file(temporary_name(path))
        os.link(source, temporary_name(path), follow_symlinks=False)
    os.rename(temporary_name(path), path)
    remove_file(temporary_name(path))  # a rename to another name of the same file does nothing


def temporary_name(path: str) -> str:
    return f"{os.path.dirname(path)}/.{os.path.basename(path)}.pulumi-mailserver"


def remove_file(path: str) -> None:
    try:
        os.unlink(path)
    except (FileNotFoundError, NotADirectoryError):
        pass


def missing_parents(path: str) -> list[str]:
    """Folders above `path` that are not there yet, the outermost first."""
    folder, missing = os.path.dirname(path), []
    while folder and not os.path.isdir(folder):
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    return missing


def existing_folder(path: str) -> str:
    """The innermost folder above `path` that is there."""
    missing = missing_parents(path)
    return os.path.dirname(missing[0] if missing else path)


def mount_point(folder: str) -> str:
    while not os.path.ismount(folder):
        folder = os.path.dirname(folder)
    return folder


def make_parents(path: str) -> None:
    for folder in missing_parents(path):
        os.mkdir(folder, 0o755)
        with folder_handle(folder) as handle:
            os.fchmod(handle, 0o755)  # whatever the umask is


@contextmanager
def folder_handle(path: str, links: int = 0) -> Iterator[int]:
    """A folder by its handle, so that nobody puts another one in its place meanwhile. Follows that many links of root's, and no others.
    Raises `NotADirectoryError` for anything else."""
    seen = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        now = os.fstat(seen)
        if stat.S_ISLNK(now.st_mode) and links and now.st_uid == 0:
            target = os.path.join(os.path.dirname(path), os.readlink("", dir_fd=seen))
            with folder_handle(target, links - 1) as handle:
                yield handle
            return
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=seen)
    finally:
        os.close(seen)
    try:
        yield handle
    finally:
        os.close(handle)


def remove_folder_if_empty(path: str) -> None:
    try:
        os.rmdir(path)
    except OSError:
        pass


def remove_tree(folder: str) -> None:
    for here, folders, files in os.walk(folder, topdown=False):
        for name in files:
            os.unlink(f"{here}/{name}")
        for name in folders:
            path = f"{here}/{name}"
            os.unlink(path) if os.path.islink(path) else os.rmdir(path)
    if os.path.isdir(folder):
        os.rmdir(folder)


def sync_folder(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def read_lines(path: str) -> list[str]:
    """The lines of a file; none where there is none."""
    return read_bytes(path).decode().splitlines() if os.path.exists(path) else []


def write_lines(path: str, lines: Iterable[str]) -> None:
    """As `write_over`, a line each."""
    write_over(path, "".join(f"{line}\n" for line in lines).encode())


KINDS = {stat.S_IFLNK: "link", stat.S_IFDIR: "folder", stat.S_IFIFO: "FIFO", stat.S_IFSOCK: "socket"}


def read_as_is(path: str) -> tuple[os.stat_result, bytes]:
    """A file's state and its content, both by one handle: whoever may write in its folder could put something else in its place between
    two looks by name, such as a link to a file of root's, or a FIFO, which never ends. Raises `NoFile` for all of these."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENODEV):  # a link; a socket; a device without a driver
            raise no_file(path, os.lstat(path)) from None
        raise
    try:
        now = os.fstat(handle)
        if not stat.S_ISREG(now.st_mode):
            raise no_file(path, now)
        with open(handle, "rb", closefd=False) as file:
            return now, file.read()
    finally:
        os.close(handle)


def no_file(path: str, now: os.stat_result) -> NoFile:
    kind = KINDS.get(stat.S_IFMT(now.st_mode), "device")
    return NoFile(f"{path} is a {kind}, but a file of the mail server must stand there; move it away")


def read_json(path: str) -> Any:
    """What is in a JSON file; an empty object where there is none."""
    if not os.path.exists(path):
        return {}
    import json

    return json.loads(read_bytes(path))


def to_json(value: Any) -> bytes:
    if not value:
        return b"{}"  # python3-minimal has no json, and a machine that holds nothing may have no more
    import json

    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
