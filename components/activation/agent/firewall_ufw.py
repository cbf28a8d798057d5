"""UFW: its rules as the kernel has them. Its unit is active from the moment that it loaded them, whatever becomes of them then;
and after `ufw enable` they are loaded while it is not."""

from __future__ import annotations

import re

from process import run
from progress import say

CHAINS = ("before-logging-input", "before-input", "after-input", "after-logging-input", "reject-input", "track-input")
UFW_FAMILIES = (("IPv4", "iptables", "ufw"), ("IPv6", "ip6tables", "ufw6"))  # tool, and prefix of UFW's chains


class Ufw:
    """The back end of UFW (`FirewallManager`)."""

    table = ""
    patience = 0.0

    def findings(self, ports: dict[str, list[int]]) -> tuple[list[str], list[str]]:
        faults, strangers = [], []
        for family, tool, prefix in UFW_FAMILIES:
            rules = loaded_rules(tool)
            faults += [f"{family}: {fault}" for fault in ufw_faults(rules, prefix, ports[family])]
            strangers += [f"{family}: a rule that is not UFW's: {rule}" for rule in foreign_rules(rules)]
        return faults, strangers

    def reset(self, ports: dict[str, list[int]]) -> None:
        """Takes away what a start of UFW would leave as it is: rules of others, and, where its own rules are not as they should be, all of
        its chains. To chains that exist it adds no jump: with a policy of DROP, nobody would come in any more."""
        for family, tool, prefix in UFW_FAMILIES:
            rules = loaded_rules(tool)
            faults, others = ufw_faults(rules, prefix, ports[family]), foreign_rules(rules)
            lines = [f"-D {rule}" for rule in others]
            if faults:
                lines += without_chains(rules, prefix)
            if lines:
                say("firewall", f"{family}: {', '.join(faults + others)}")
                restored = run(f"{tool}-restore", "-n", stdin="\n".join(["*filter", *lines, "COMMIT", ""]))
                restored.demand(f"the rules of {family} could not be reset")

    def forget(self) -> None:
        """Takes away the chains that UFW leaves behind, empty, where it was not on before. They stay where others' rules use them."""
        for _, tool, prefix in UFW_FAMILIES:
            lines = without_chains(loaded_rules(tool), prefix)
            if lines:
                run(f"{tool}-restore", "-n", stdin="\n".join(["*filter", *lines, "COMMIT", ""]))

    def is_loaded(self) -> bool:
        """Whether UFW is on, by its own measure: a start does nothing while this chain is there."""
        return bool(re.search(r"^:ufw-user-input ", loaded_rules("iptables"), re.M))

    def unload(self) -> None:
        if self.is_loaded():
            run("/lib/ufw/ufw-init", "force-stop")


def loaded_rules(tool: str) -> str:
    return run(tool + "-save", "-t", "filter").text


def ufw_faults(rules: str, prefix: str, ports: list[int]) -> list[str]:
    """What is wrong with the rules of UFW."""
    jumps = {f"-A INPUT -j {prefix}-{chain}" for chain in CHAINS}
    if not jumps <= set(rules.splitlines()) or f"-A {prefix}-before-input " not in rules:
        return ["the rules of UFW are not loaded"]
    faults = [] if re.search(r"^:INPUT DROP ", rules, re.M) else ["what no rule names is let in"]
    accepted = re.findall(rf"^-A {prefix}-user-input -p tcp -m tcp --dport (\d+) -j ACCEPT$", rules, re.M)
    return faults + port_faults(accepted, ports)


def foreign_rules(rules: str) -> list[str]:
    """Rules that let in or keep out by themselves. Chains of others that INPUT jumps to (fail2ban, Docker) are not meant."""
    return re.findall(r"^-A (INPUT .*-j (?:ACCEPT|DROP|REJECT)\b.*)$", rules, re.M)


def without_chains(rules: str, prefix: str) -> list[str]:
    """What takes away UFW's chains and the jumps to them."""
    chains = re.findall(rf"^:({prefix}-\S+)", rules, re.M)
    jumps = re.findall(rf"^-A ((?:INPUT|OUTPUT|FORWARD) .*-j {prefix}-\S+)$", rules, re.M)
    return [f"-D {jump}" for jump in jumps] + [f"{verb} {chain}" for verb in ("-F", "-X") for chain in chains]


def port_faults(accepted: list[str], ports: list[int]) -> list[str]:
    """What is wrong with the ports that loaded rules let in."""
    opened = set(map(int, accepted))
    faults = [f"port {port} is closed" for port in sorted(set(ports) - opened)]
    return faults + [f"port {port} is open, which nothing asks for" for port in sorted(opened - set(ports))]
