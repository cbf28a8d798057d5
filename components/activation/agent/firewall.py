"""The firewall of the machine: the rules as the kernel has them. How they are loaded and read is a back end's business."""

from __future__ import annotations

import re
import time
from typing import Protocol

from errors import Failure
from firewall_firewalld import Firewalld
from firewall_nftables import Nftables
from firewall_ufw import UFW_FAMILIES, Ufw, loaded_rules
from paths import Wanted
from process import run
from units import States


class FirewallManager(Protocol):
    """What a back end does. `ports` are those that are to be open, by `IPv4` and `IPv6`."""

    table: str  # of nftables, which is its own; empty where its rules stand among those of iptables
    patience: float  # seconds from when its unit is started or reloaded until its rules are there

    def findings(self, ports: dict[str, list[int]]) -> tuple[list[str], list[str]]:
        """What its own rules in the kernel do otherwise than they should, and rules of others among them, a sentence each; by one look."""
        ...

    def reset(self, ports: dict[str, list[int]]) -> None:
        """Takes away what a start would leave as it is."""
        ...

    def is_loaded(self) -> bool: ...

    def unload(self) -> None:
        """Takes its rules out of the kernel, whatever its files and systemd say, so that a start loads what the files say now."""
        ...

    def forget(self) -> None:
        """Takes away what it leaves behind where it was not on before."""
        ...


UFW_UNIT = "ufw.service"
FIREWALL_MANAGERS: dict[str, FirewallManager] = {
    UFW_UNIT: Ufw(),
    "pulumi-mailserver-firewall.service": Nftables(),
    "firewalld.service": Firewalld(),
}


def firewall_unit(state: Wanted) -> str:
    """The unit that loads the rules, by a wanted state or a manifest; empty where no firewall is managed."""
    if "firewall" in state:
        return state["firewall"]
    units = [unit for role in state.get("roles", []) for unit in role.get("units", [])]
    return next((unit["name"] for unit in units if unit.get("isFirewall")), "")


def managed(state: Wanted) -> FirewallManager | None:
    """What loads the rules of a wanted state or a manifest; None where it manages none. Manifests of earlier versions do not name UFW's unit."""
    return FIREWALL_MANAGERS.get(firewall_unit(state) or UFW_UNIT) if state.get("openPorts") else None


def ports_of(state: Wanted) -> dict[str, list[int]]:
    return {"IPv4": state["openPorts"], "IPv6": state.get("openPortsV6", [])}


def firewall_faults(state: Wanted) -> list[str]:
    """What the loaded rules do otherwise than they should, a sentence each."""
    manager = managed(state)
    faults, strangers = manager.findings(ports_of(state)) if manager else ([], [])
    return faults + strangers


def check_firewall(state: Wanted) -> None:
    """Refuses rules that shut out, or let in, other than they should."""
    manager = managed(state)
    if not manager:
        return
    deadline = time.monotonic() + manager.patience
    while (faults := manager.findings(ports_of(state))[0]) and time.monotonic() < deadline:
        time.sleep(0.3)
    for fault in faults:
        raise Failure(f"the firewall is not as it should be: {fault}")


def reset_firewall(before: Wanted, unit: str) -> None:
    """Takes away what a start of the unit would leave as it is of the rules that it loaded for an earlier state, and those of others."""
    manager = managed(before)
    if manager and manager is FIREWALL_MANAGERS.get(unit):
        manager.reset(ports_of(before))


def unload_firewall(unit: str) -> None:
    if unit in FIREWALL_MANAGERS:
        FIREWALL_MANAGERS[unit].unload()


def forget_firewalls(units: list[str]) -> None:
    """Takes away what those of them that load rules leave behind when they are stopped."""
    for unit in units:
        if unit in FIREWALL_MANAGERS:
            FIREWALL_MANAGERS[unit].forget()


def with_firewall(states: States, unit: str) -> States:
    """States of units in which the firewall's is active where its rules are loaded."""
    if unit in states and states[unit]["ActiveState"] != "active" and unit in FIREWALL_MANAGERS and FIREWALL_MANAGERS[unit].is_loaded():
        states[unit]["ActiveState"] = "active"
    return states


def check_other_firewalls(wanted: Wanted) -> None:
    """Refuses a machine on which another firewall drops ports of the mail server: no firewall lets in what another drops."""
    manager = managed(wanted)
    if not manager:
        return
    walls = {name: rules for name, rules in walls_of(run("nft", "list", "ruleset").text).items() if not name.startswith(f"table {manager.table},")}
    for _, tool, prefix in UFW_FAMILIES:
        rules = loaded_rules(tool)
        if re.search(r"^-A INPUT -j (?:DROP|REJECT)\b", rules, re.M):
            walls[f"{tool} -S INPUT"] = rules
        if manager.table and f":{prefix}-user-input " in rules:
            walls["UFW"] = rules
    faults = []
    for name, rules in walls.items():
        dropped = sorted(set(wanted["openPorts"]) - accepted_ports(rules, wanted["openPorts"]))
        if dropped:
            faults.append(f"{name}: nothing lets in port {', '.join(map(str, dropped))}")
    if faults:
        raise Failure(
            f"another firewall drops ports of the mail server, and no firewall lets in what another drops; end it: {remedy()}; "
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
    if Ufw().is_loaded():
        return "`ufw disable`"
    for unit in ("firewalld.service", "nftables.service", "netfilter-persistent.service"):
        if run("systemctl", "is-active", unit).text.strip() == "active":
            return f"`systemctl disable --now {unit}`"
    return "`nft flush ruleset`, and whatever loads these rules at boot"
