"""nftables: one table of the mail server's own, which is loaded in one step."""

from __future__ import annotations

import re

from filesystem import read_lines
from firewall_ufw import port_faults
from process import run

NFT_RULES = "/etc/pulumi-mailserver/firewall.nft"  # whose rules stand as `nft list` shows them
NFT_FAMILIES = (("IPv4", "ipv4"), ("IPv6", "ipv6"))


class Nftables:
    """The back end of nftables (`FirewallManager`). What other tables let in makes no difference here; what they drop is looked for elsewhere."""

    table = "inet mailserver"
    patience = 0.0

    def findings(self, ports: dict[str, list[int]]) -> tuple[list[str], list[str]]:
        return self.faults(ports), []

    def faults(self, ports: dict[str, list[int]]) -> list[str]:
        loaded = chain_lines(self.loaded())
        if not loaded:
            return ["the table inet mailserver is not loaded"]
        faults = []
        for family, name in NFT_FAMILIES:
            accepted = re.findall(rf"^meta nfproto {name} tcp dport (.*) accept$", "\n".join(loaded), re.M)
            faults += [f"{family}: {fault}" for fault in port_faults(re.findall(r"\d+", " ".join(accepted)), ports[family])]
        if faults:
            return faults
        wanted = chain_lines("\n".join(read_lines(NFT_RULES)))
        faults += [f"a rule is not loaded: {line}" for line in wanted if line not in loaded]
        return faults + [f"a rule is loaded that nothing asks for: {line}" for line in loaded if line not in wanted]

    def reset(self, ports: dict[str, list[int]]) -> None:
        """Nothing: a start or a reload takes the whole table away before it makes it."""

    def forget(self) -> None:
        self.unload()

    def is_loaded(self) -> bool:
        return bool(self.loaded())

    def unload(self) -> None:
        if self.is_loaded():
            run("nft", "delete", "table", *self.table.split())

    def loaded(self) -> str:
        """The table as the kernel has it; empty where it has none."""
        listed = run("nft", "list", "table", *self.table.split())
        return "" if listed.code else listed.text


def chain_lines(table: str) -> list[str]:
    """What stands in the chain `input` of a table, a line each."""
    found = re.search(r"^\s*chain input \{\n(.*?)^\s*\}", table, re.M | re.S)
    return [line.strip() for line in found[1].splitlines()] if found else []
