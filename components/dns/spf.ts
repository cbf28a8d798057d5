/**
 * Who may send for a domain: its MX and the machine's own addresses, nobody else (RFC 7208). One DNS look-up of the ten that are
 * allowed (section 4.6.4).
 */
export function spfRecord(machine: { address: string; addressV6?: string }): string {
  const addresses = [`ip4:${machine.address}`, ...(machine.addressV6 ? [`ip6:${machine.addressV6}`] : [])];
  return ["v=spf1", "mx", ...addresses, "-all"].join(" ");
}
