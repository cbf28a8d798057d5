import { describe, expect, it } from "vitest";
import { differences, rulesOf } from "../lab/fingerprint";

const ruleset = `# Warning: table ip filter is managed by iptables-nft, do not touch!
table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy drop;
		jump ufw-input
	}
	chain OUTPUT {
		type filter hook output priority filter; policy accept;
	}
}
table inet mine {
	chain input {
		type filter hook input priority filter; policy accept;
		tcp dport 22 accept
	}
}
`;

describe("the fingerprint of a machine", () => {
  it("the fingerprint of a machine has each rule with its table and chain, and of chains only what keeps something out", () => {
    expect(rulesOf(ruleset)).toEqual([
      "ip filter INPUT: type filter hook input priority filter; policy drop;",
      "ip filter INPUT: jump ufw-input",
      "inet mine input: tcp dport 22 accept",
    ]);
    expect(rulesOf("")).toEqual([]);
  });

  it("the fingerprint of a machine tells what is gone and what is more, of each kind", () => {
    const before = {
      files: ["/etc/a 1"],
      directories: [],
      accounts: ["a"],
      units: ["active a"],
      sockets: [],
      rules: ["x"],
    };
    const after = { ...before, files: ["/etc/a 2"], sockets: ["tcp 0.0.0.0:25 master"] };
    expect(differences(before, after)).toEqual({
      gone: ["files: /etc/a 1"],
      more: ["files: /etc/a 2", "sockets: tcp 0.0.0.0:25 master"],
    });
  });
});
