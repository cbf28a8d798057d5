"""firewalld: its zone `public`, as it stands in the kernel."""

from __future__ import annotations

import re

from firewall_ufw import port_faults
from process import run


class Firewalld:
    """The back end of firewalld (`FirewallManager`). It loads its rules some moments after systemd calls it active or reloaded."""

    table = "inet firewalld"
    patience = 15.0

    def findings(self, ports: dict[str, list[int]]) -> tuple[list[str], list[str]]:
        return self.faults(ports), []

    def faults(self, ports: dict[str, list[int]]) -> list[str]:
        chains = self.chains()
        allowed = chains.get("filter_IN_public_allow")
        if allowed is None or "hook input" not in chains.get("filter_INPUT", ""):
            return ["the rules of firewalld are not loaded"]
        faults = [] if re.search(r"^\s*(?:reject|drop)", chains["filter_INPUT"], re.M) else ["what no rule names is let in"]
        if not re.search(r"^\s*(?:goto|jump) filter_IN_public$", "\n".join(chains.values()), re.M):
            faults.append("no interface is in the zone public")
        rules = [line.strip() for line in allowed.splitlines() if " udp " not in line]
        patterns = {"IPv4": r"(?:meta nfproto ipv4 )?tcp dport (\d+) accept", "IPv6": r"(?:meta nfproto ipv6 )?tcp dport (\d+) accept"}
        for family, pattern in patterns.items():
            accepted = [found[1] for rule in rules if (found := re.fullmatch(pattern, rule))]
            faults += [f"{family}: {fault}" for fault in port_faults(accepted, ports[family])]
        known = re.compile("|".join(patterns.values()))
        return faults + [f"a rule is loaded that nothing asks for: {rule}" for rule in rules if not known.fullmatch(rule)]

    def reset(self, ports: dict[str, list[int]]) -> None:
        """Nothing: a restart or a reload makes its table anew."""

    def forget(self) -> None:
        """Nothing: it takes its table away when it is stopped."""

    def is_loaded(self) -> bool:
        return bool(self.chains())

    def unload(self) -> None:
        """Nothing: a start makes its table anew."""

    def chains(self) -> dict[str, str]:
        """What stands in the chains of its table, by their names; empty where the kernel has no such table."""
        listed = run("nft", "list", "table", *self.table.split())
        return {} if listed.code else dict(re.findall(r"^\tchain (\S+) \{\n(.*?)^\t\}", listed.text, re.M | re.S))
