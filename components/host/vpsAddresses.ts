import * as ipaddr from "ipaddr.js";

/** What the args say about a VPS's addresses. */
export interface WantedAddresses {
  enableIpv6: boolean;
  ipv4Address?: string;
  ipv6Address?: string;
}

/** The addresses of a VPS that the mail server has. */
export interface ChosenAddresses {
  ipv4Address: string;
  ipv6Address?: string;
}

/**
 * Chooses the server's addresses among all that a VPS has, in whatever order OVH lists them. What cannot be chosen is a problem: a
 * sentence with the fix.
 */
export function chooseAddresses(
  vps: string,
  ips: string[],
  wanted: WantedAddresses,
): ChosenAddresses | { problem: string } {
  const addresses = ips.filter((ip) => ipaddr.isValid(ip)).map((ip) => ipaddr.parse(ip));
  if (addresses.length === 0) {
    return {
      problem: `host.ovhVps: OVH knows no addresses of the VPS ${vps}; check its service name and that the credentials are those of its account (\`GET /vps\` of OVH's API lists the names)`,
    };
  }
  const ofKind = (kind: "ipv4" | "ipv6") =>
    addresses
      .filter((address) => address.kind() === kind)
      .map((address) => (address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()))
      .sort();
  const v4 = choose(vps, "IPv4", "ipv4Address", ofKind("ipv4"), wanted.ipv4Address);
  if ("problem" in v4) return v4;
  if (!wanted.enableIpv6) return { ipv4Address: v4.chosen };
  const v6 = choose(vps, "IPv6", "ipv6Address", ofKind("ipv6"), wanted.ipv6Address);
  return "problem" in v6 ? v6 : { ipv4Address: v4.chosen, ipv6Address: v6.chosen };
}

function choose(
  vps: string,
  kind: string,
  member: string,
  found: string[],
  wanted: string | undefined,
): { chosen: string } | { problem: string } {
  const [only, ...others] = found;
  const path = `host.ovhVps.${member}`;
  if (only === undefined) {
    const fix =
      kind === "IPv6"
        ? "set host.ovhVps.enableIpv6 to false, or have OVH give it one"
        : "a mail server needs one; take another VPS";
    return { problem: `host.ovhVps: the VPS ${vps} has no ${kind} address; ${fix}` };
  }
  if (wanted !== undefined) {
    return found.includes(wanted)
      ? { chosen: wanted }
      : { problem: `${path}: "${wanted}" is none of the VPS ${vps}; it has ${found.join(", ")}: name one of these` };
  }
  return others.length === 0
    ? { chosen: only }
    : { problem: `${path}: is missing; the VPS ${vps} has ${found.join(", ")}: name the mail server's` };
}
