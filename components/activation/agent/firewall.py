"""The firewall's rules as the kernel has them. ufw.service is active from the moment that it loaded them, whatever becomes of them then;
and after `ufw enable` they are loaded while it is not."""

from __future__ import annotations

import re
from typing import NamedTuple

from plumbing import Failure, Wanted, run, say
from units import States

UFW = "ufw.service"

CHAINS = ("before-logging-input", "before-input", "after-input", "after-logging-input", "reject-input", "track-input")


class Family(NamedTuple):
    """One of the two firewalls that a machine has."""

    name: str
    tool: str
    prefix: str  # of UFW's chains
    ports: list[int]  # that it is to let in


def families(state: Wanted) -> list[Family]:
    """The firewalls that a wanted state or a manifest asks for; none where it manages none."""
    if not state.get("openPorts"):
        return []
    return [
        Family("IPv4", "iptables", "ufw", state["openPorts"]),
        Family("IPv6", "ip6tables", "ufw6", state.get("openPortsV6", [])),
    ]


def firewall_faults(state: Wanted) -> list[str]:
    """What the loaded rules do otherwise than they should, a sentence each."""
    faults = []
    for family in families(state):
        rules = loaded_rules(family)
        others = [f"a rule that is not UFW's: {rule}" for rule in foreign_rules(rules)]
        faults += [f"{family.name}: {fault}" for fault in own_faults(rules, family) + others]
    return faults


def loaded_rules(family: Family) -> str:
    return run(family.tool + "-save", "-t", "filter").text


def own_faults(rules: str, family: Family) -> list[str]:
    """What is wrong with the rules of UFW."""
    jumps = {f"-A INPUT -j {family.prefix}-{chain}" for chain in CHAINS}
    if not jumps <= set(rules.splitlines()) or f"-A {family.prefix}-before-input " not in rules:
        return ["the rules of UFW are not loaded"]
    faults = [] if re.search(r"^:INPUT DROP ", rules, re.M) else ["what no rule names is let in"]
    accepted = re.findall(rf"^-A {family.prefix}-user-input -p tcp -m tcp --dport (\d+) -j ACCEPT$", rules, re.M)
    opened = {int(port) for port in accepted}
    faults += [f"port {port} is closed" for port in sorted(set(family.ports) - opened)]
    return faults + [f"port {port} is open, which nothing asks for" for port in sorted(opened - set(family.ports))]


def foreign_rules(rules: str) -> list[str]:
    """Rules that let in or keep out by themselves. Chains of others that INPUT jumps to (fail2ban, Docker) are not meant."""
    return re.findall(r"^-A (INPUT .*-j (?:ACCEPT|DROP|REJECT)\b.*)$", rules, re.M)


def reset_firewall(state: Wanted) -> None:
    """Takes away what a start of UFW would leave as it is: rules of others, and, where its own rules are not as they should be, all of
    its chains. To chains that exist it adds no jump: with a policy of DROP, nobody would come in any more."""
    for family in families(state):
        rules = loaded_rules(family)
        faults, others = own_faults(rules, family), foreign_rules(rules)
        lines = [f"-D {rule}" for rule in others]
        if faults:
            chains = re.findall(rf"^:({family.prefix}-\S+)", rules, re.M)
            jumps = re.findall(rf"^-A ((?:INPUT|OUTPUT|FORWARD) .*-j {family.prefix}-\S+)$", rules, re.M)
            lines += [f"-D {jump}" for jump in jumps] + [f"{verb} {chain}" for verb in ("-F", "-X") for chain in chains]
        if lines:
            say("firewall", f"{family.name}: {', '.join(faults + others)}")
            restored = run(f"{family.tool}-restore", "-n", stdin="\n".join(["*filter", *lines, "COMMIT", ""]))
            restored.demand(f"the rules of {family.name} could not be reset")


def is_loaded() -> bool:
    """Whether UFW is on, by its own measure: a start does nothing while this chain is there."""
    return bool(re.search(r"^:ufw-user-input ", run("iptables-save", "-t", "filter").text, re.M))


def with_firewall(states: States) -> States:
    """States of units in which UFW is active where its rules are loaded."""
    if UFW in states and is_loaded():
        states[UFW]["ActiveState"] = "active"
    return states


def unload_firewall() -> None:
    """Takes UFW's rules out of the kernel, whatever its files and systemd say, so that a start loads what the files say now."""
    if is_loaded():
        run("/lib/ufw/ufw-init", "force-stop")


def check_other_firewalls(wanted: Wanted) -> None:
    """Refuses a machine on which another firewall drops what it does not name itself: no rule of UFW lets that in."""
    if not families(wanted):
        return
    walls = walls_of(run("nft", "list", "ruleset").text)
    walls += [
        f"{family.tool} -S INPUT: {rule}"
        for family in families(wanted)
        for rule in re.findall(r"^-A (INPUT -j (?:DROP|REJECT)\b.*)$", loaded_rules(family), re.M)
    ]
    if walls:
        ports = ", ".join(map(str, sorted(wanted["openPorts"])))
        raise Failure(
            f"another firewall drops what it does not name, and UFW cannot let that in; end it: {remedy()}; "
            f"or keep it: set `firewall.enabled` to false and open the ports {ports} there",
            walls,
        )


def walls_of(ruleset: str) -> list[str]:
    """The chains of an nftables ruleset that keep out what no rule of theirs names. Those that iptables makes are not meant: they are
    judged by their rules."""
    walls = []
    for table, body in re.findall(r"^table (\S+ \S+) \{\n(.*?)^\}", ruleset, re.M | re.S):
        for chain, lines in re.findall(r"^\tchain (\S+) \{\n(.*?)^\t\}", body, re.M | re.S):
            if "hook input" not in lines or (table, chain) in (("ip filter", "INPUT"), ("ip6 filter", "INPUT")):
                continue
            bare = r"^\s*(?:counter (?:packets \d+ bytes \d+ )?)?(?:log (?:\S+ )*)?(?:drop|reject(?: with .*)?)$"
            if "policy drop;" in lines or re.search(bare, lines, re.M):
                walls.append(f"table {table}, chain {chain}")
    return walls


def remedy() -> str:
    for unit in ("firewalld.service", "nftables.service", "netfilter-persistent.service"):
        if run("systemctl", "is-active", unit).text.strip() == "active":
            return f"`systemctl disable --now {unit}`"
    return "`nft flush ruleset`, and whatever loads these rules at boot"


def check_firewall(state: Wanted) -> None:
    """Refuses rules that shut out, or let in, other than they should."""
    for family in families(state):
        for fault in own_faults(loaded_rules(family), family):
            raise Failure(f"the firewall is not as it should be: {family.name}: {fault}")
