"""UFW: its rules as the kernel has them. Its unit is active from the moment that it loaded them, whatever becomes of them then;
and after `ufw enable` they are loaded while it is not."""

from __future__ import annotations

import re
from typing import NamedTuple

from errors import Failure
from paths import Wanted
from process import run
from progress import say
from units import States

CHAINS = ("before-logging-input", "before-input", "after-input", "after-logging-input", "reject-input", "track-input")


class Family(NamedTuple):
    """One of the two firewalls that a machine has."""

    name: str
    tool: str
    prefix: str  # of UFW's chains
    ports: list[int]  # that it is to let in


def firewall_unit(state: Wanted) -> str:
    """The unit that loads the rules, by a wanted state or a manifest; empty where no firewall is managed."""
    if "firewall" in state:
        return state["firewall"]
    units = [unit for role in state.get("roles", []) for unit in role.get("units", [])]
    return next((unit["name"] for unit in units if unit.get("isFirewall")), "")


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
            lines += without_chains(rules, family.prefix)
        if lines:
            say("firewall", f"{family.name}: {', '.join(faults + others)}")
            restored = run(f"{family.tool}-restore", "-n", stdin="\n".join(["*filter", *lines, "COMMIT", ""]))
            restored.demand(f"the rules of {family.name} could not be reset")


def without_chains(rules: str, prefix: str) -> list[str]:
    """What takes away UFW's chains and the jumps to them."""
    chains = re.findall(rf"^:({prefix}-\S+)", rules, re.M)
    jumps = re.findall(rf"^-A ((?:INPUT|OUTPUT|FORWARD) .*-j {prefix}-\S+)$", rules, re.M)
    return [f"-D {jump}" for jump in jumps] + [f"{verb} {chain}" for verb in ("-F", "-X") for chain in chains]


def forget_firewall() -> None:
    """Takes away the chains that UFW leaves behind, empty, where it was not on before. They stay where others' rules use them."""
    for tool, prefix in (("iptables", "ufw"), ("ip6tables", "ufw6")):
        lines = without_chains(run(tool + "-save", "-t", "filter").text, prefix)
        if lines:
            run(f"{tool}-restore", "-n", stdin="\n".join(["*filter", *lines, "COMMIT", ""]))


def is_loaded() -> bool:
    """Whether UFW is on, by its own measure: a start does nothing while this chain is there."""
    return bool(re.search(r"^:ufw-user-input ", run("iptables-save", "-t", "filter").text, re.M))


def with_firewall(states: States, unit: str) -> States:
    """States of units in which the firewall's is active where its rules are loaded."""
    if unit in states and states[unit]["ActiveState"] != "active" and is_loaded():
        states[unit]["ActiveState"] = "active"
    return states


def unload_firewall() -> None:
    """Takes UFW's rules out of the kernel, whatever its files and systemd say, so that a start loads what the files say now."""
    if is_loaded():
        run("/lib/ufw/ufw-init", "force-stop")


def check_other_firewalls(wanted: Wanted) -> None:
    """Refuses a machine on which another firewall drops ports of the mail server: no rule of UFW lets them in."""
    walls: dict[str, str] = {}
    if families(wanted):
        walls = walls_of(run("nft", "list", "ruleset").text)
    for family in families(wanted):
        rules = loaded_rules(family)
        if re.search(r"^-A INPUT -j (?:DROP|REJECT)\b", rules, re.M):
            walls[f"{family.tool} -S INPUT"] = rules
    faults = []
    for name, rules in walls.items():
        dropped = sorted(set(wanted["openPorts"]) - accepted_ports(rules, wanted["openPorts"]))
        if dropped:
            faults.append(f"{name}: nothing lets in port {', '.join(map(str, dropped))}")
    if faults:
        raise Failure(
            f"another firewall drops ports of the mail server, and UFW cannot let in what others drop; end it: {remedy()}; "
            f"or open the ports there; or leave it all to that one, with `firewall.enabled` set to false and the ports opened there",
            faults,
        )


def walls_of(ruleset: str) -> dict[str, str]:
    """The chains of an nftables ruleset that keep out what no rule names, each with the rules of its table. Those that iptables makes are
    not meant: they are judged by their rules."""
    walls: dict[str, str] = {}
    for table, body in re.findall(r"^table (\S+ \S+) \{.*?\n(.*?)^\}", ruleset, re.M | re.S):
        for chain, lines in re.findall(r"^\tchain (\S+) \{\n(.*?)^\t\}", body, re.M | re.S):
            if "hook input" not in lines or (table, chain) in (("ip filter", "INPUT"), ("ip6 filter", "INPUT")):
                continue
            bare = r"^\s*(?:counter (?:packets \d+ bytes \d+ )?)?(?:log (?:\S+ )*)?(?:drop|reject(?: with .*)?)$"
            if "policy drop;" in lines or re.search(bare, lines, re.M):
                walls[f"table {table}, chain {chain}"] = body
    return walls


def accepted_ports(rules: str, ports: list[int]) -> set[int]:
    """Those of the ports that rules of nftables or iptables let in, as far as can be told without knowing whom."""
    rules = with_elements(rules)
    named = re.findall(r"\btcp dport (\{[^}]*\}|\S+) .*\baccept\b|--dports? (\S+) .*-j ACCEPT\b", rules)
    texts = ["".join(pair) for pair in named]
    for verdicts in re.findall(r"\btcp dport vmap \{([^}]*)\}", rules):
        texts += [element for element in verdicts.split(",") if re.search(r": accept\b", element)]
    spans = [re.split(r"[-:]", span) for text in texts for span in re.findall(r"\d+(?:[-:]\d+)?", text)]
    return {port for port in ports if any(int(span[0]) <= port <= int(span[-1]) for span in spans)}


def with_elements(rules: str) -> str:
    """The rules of a table of nftables with what its sets and maps hold in the places where they are named."""
    bare = re.sub(r' (?:comment "[^"]*"|counter packets \d+ bytes \d+|(?:timeout|expires) \w+)', "", rules)
    blocks = re.findall(r"^\t(?:set|map) (\S+) \{\n(.*?)^\t\}", bare, re.M | re.S)
    elements = {name: re.search(r"elements = (\{[^}]*\})", body) for name, body in blocks}
    held = {name: " ".join(found[1].split()) if found else "{ }" for name, found in elements.items()}
    return re.sub(r"@([\w./-]+)", lambda named: held.get(named[1], "{ }"), bare)


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
