"""apt and dpkg: the back end of `packages.py` for Debian and the systems made of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filesystem import remove_file, write_new
from paths import OWN_POLICY, POLICY, ROOT
from process import Output, run
from progress import LOCK_TIMEOUT, Deadline, say
from units import stem

APT_LINES = r"^(E:|Err:|dpkg: error|dpkg: dependency)"
# The scripts of packages say more: on Debian 12 that units could not be enabled, which is as it should be.
APT_PROGRESS = r"^(?:Get:|Unpacking |Setting up |Processing )|Could not get lock"


class Apt:
    """`PackageManager` of `packages.py`."""

    def states(self, names: list[str]) -> dict[str, str]:
        """dpkg's abbreviation for each package: `ii` is installed, `hi` on hold, `rc` removed, `un` unknown."""
        listed = run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n", *names).text
        status = dict(re.findall(r"^(\S+) (\S+)\s*$", listed, re.M))
        return {name: status.get(name, "un") for name in names}

    def is_installed(self, state: str) -> bool:
        return state[1:2] == "i"

    def is_gone(self, state: str) -> bool:
        return state[1:2] in ("n", "c")

    def answer(self, answers: list[str]) -> None:
        if answers:
            run("debconf-set-selections", stdin="\n".join(answers) + "\n").demand("debconf did not take the answers for the packages")

    def finish(self, missing: dict[str, str]) -> None:
        if os.listdir(ROOT + "/var/lib/dpkg/updates") or any(state[1:] not in ("n", "i", "c") for state in missing.values()):
            say("packages", "finishing an installation that was interrupted")
            unless_locked("dpkg", "--configure", "-a", "--force-confold")
            apt("install", "--fix-broken")

    def mail_servers(self, names: list[str]) -> tuple[list[str], list[str]]:
        facts = run("dpkg-query", "-W", "-f", "${Package} ${source:Package} ${Provides}\n", *names).text
        sources = {name: (source, given) for name, source, given in re.findall(r"^(\S+) (\S+) ?(.*)$", facts, re.M)}
        servers = [name for name in names if is_mail_transport(sources.get(name, ("", ""))[1])]
        mail = {sources[name][0] for name in servers}
        return servers, [name for name in names if sources.get(name, ("", ""))[0] in mail]

    def install(self, names: list[str], let_go: Callable[[list[str]], None]) -> None:
        """Installs by the lists that are there, where they are of today; by new ones, where they are not or do not do."""
        fresh = is_fresh()
        self.refresh()
        installed = rehearsed(names, let_go)
        if installed.code and fresh and re.search(r"Unable to (locate|fetch)|no installation candidate|Failed to fetch|404", installed.text):
            apt("update").demand("the package lists could not be fetched", APT_LINES)
            installed = rehearsed(names, let_go)
        installed.demand(f"the packages {', '.join(names)} could not be installed", APT_LINES)

    def refresh(self) -> None:
        if not is_fresh():
            apt("update").demand("the package lists could not be fetched", APT_LINES)

    def fetched(self) -> float:
        return newest_index()

    def upgraded(self) -> float:
        stamp = ROOT + "/var/lib/apt/periodic/upgrade-stamp"
        return os.stat(stamp).st_mtime if os.path.exists(stamp) else 0

    def unfinished(self) -> list[str]:
        listed = run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n").text
        return re.findall(r"^(\S+) .(?:[UFHWt]|.R)", listed, re.M)

    def upgrades(self) -> dict[str, bool]:
        rehearsal = run("apt-get", "-s", "-q", "-o", "Debug::NoLocking=true", "upgrade").text
        return {name: "-security" in origin.lower() for name, origin in re.findall(r"^Inst (\S+) (?:\[\S*\] )?\((.*)\)", rehearsal, re.M)}

    @contextmanager
    def no_daemon_starts(self, units: list[str]) -> Iterator[None]:
        """Packages ask policy-rc.d whether they may start their services: these units no. For all others, whose packages somebody else
        may install meanwhile, it answers as one does that is there already, and that one is put back afterwards."""
        self.allow_daemon_starts()
        if units:
            write_new(OWN_POLICY, policy(units).encode(), 0o755)
            if os.path.lexists(POLICY):
                os.rename(POLICY, POLICY + ".pulumi-mailserver")
            os.symlink(OWN_POLICY, POLICY)
        try:
            yield
        finally:
            self.allow_daemon_starts()

    def allow_daemon_starts(self) -> None:
        if os.path.islink(POLICY) and os.readlink(POLICY) == OWN_POLICY:
            os.unlink(POLICY)
        if os.path.lexists(POLICY + ".pulumi-mailserver"):
            os.rename(POLICY + ".pulumi-mailserver", POLICY)
        remove_file(OWN_POLICY)

    def owner_of(self, program: str) -> str:
        for path in (program, program.removeprefix("/usr")):  # as packages from before the merge of /usr have it
            owner = re.search(r"^([\w.+-]+)(?::\w+)?: ", run("dpkg-query", "-S", path).text, re.M)
            if owner and owner[1] not in ("diversion", "dpkg-query"):
                return owner[1]
        return ""

    def is_mail_server(self, package: str) -> bool:
        return is_mail_transport(run("dpkg-query", "-W", "-f", "${Provides}", package).text) if package else False

    def by_hand(self, verb: str, names: list[str]) -> str:
        return " ".join(["apt-get", verb, *names])


def is_mail_transport(provides: str) -> bool:
    """Whether packages that provide this conflict with each other by Debian's policy (section 11.6): there is one mail server on a machine."""
    return "mail-transport-agent" in re.split(r"[\s,()=]+", provides)


def rehearsed(names: list[str], let_go: Callable[[list[str]], None]) -> Output:
    """Asks `let_go` about what would be removed, then installs."""
    rehearsal = run("apt-get", "-s", "-q", "--no-install-recommends", "install", *names).text
    let_go(re.findall(r"^Remv ([\w.+-]+)", rehearsal, re.M))
    return apt("install", *names)


def apt(*arguments: str) -> Output:
    """`apt-get`, asking nobody and patient with others who hold its locks."""
    options = [
        "Dpkg::Options::=--force-confold",
        f"DPkg::Lock::Timeout={LOCK_TIMEOUT}",
        "Dpkg::Use-Pty=0",
        "Acquire::Retries=2",
    ]
    words = [word for option in options for word in ("-o", option)]
    return unless_locked("apt-get", "-y", "-q", "--no-install-recommends", *words, *arguments)


def unless_locked(*command: str) -> Output:
    """Runs a package tool, again and again while somebody else's has the lock; dpkg names that by its path on Debian 13."""
    clock = Deadline(LOCK_TIMEOUT)
    while True:
        output = run(*command, timeout=1800, patient=True, shown="packages", progress_pattern=APT_PROGRESS)
        locked = re.search(r"^.*(?:Could not get lock|was locked by .+ process).*$", output.text, re.M)
        if not output.code or not locked or clock.over():
            return output
        clock.wait(3, "packages", f"waiting: {locked[0]}")


def is_fresh() -> bool:
    return time.time() - newest_index() < 86400


def newest_index() -> float:
    """When package lists were fetched last; 0 without any."""
    folder = ROOT + "/var/lib/apt/lists"
    if not os.path.isdir(folder) or not any("_Packages" in name for name in os.listdir(folder)):
        return 0
    return max(os.stat(path).st_mtime for path in (folder, folder + "/partial") if os.path.exists(path))


def policy(units: list[str]) -> str:
    """Answers of policy-rc.d: $1 is a unit, with or without its suffix, and $2 what is to be done. What goes by conflict may stop."""
    names = "|".join(f"{name}|{name}[.@]*" for name in dict.fromkeys(map(stem, units)))
    theirs = POLICY + ".pulumi-mailserver"
    return f"""\
#!/bin/sh
[ "$2" = stop ] && exit 0
case "$1" in {names}) exit 101;; esac
[ ! -x {theirs} ] || exec {theirs} "$@"
exit 0
"""
