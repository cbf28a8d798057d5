/** How a member of the args is called now. */
interface Rename {
  /** Its name, or the path from the object that had the earlier name. */
  name: string;
  /** What else is different. */
  change?: string;
}

/** Members of the args by the names that they had in an earlier version. */
export const renamedArgs: Record<string, Rename> = {
  acmeAccount: { name: "acmeAccountUri" },
  address: { name: "ipv4Address" },
  addressV6: { name: "ipv6Address" },
  autoconfig: { name: "enableAutoconfig" },
  caa: { name: "enableCaa" },
  certificateKey: { name: "certificateSpkiSha256" },
  clientRecords: { name: "enableSrvRecords" },
  dane: { name: "enableDane" },
  datacentre: { name: "datacenter" },
  edgeFirewall: { name: "enableEdgeFirewall" },
  existing: { name: "conflictingRecords", change: "`refuse` is `fail`, and `adopt` is `keep`" },
  ipv6: { name: "enableIpv6" },
  morePorts: { name: "additionalTcpPorts" },
  parkedNames: { name: "parkedDomains" },
  probe: { name: "enableProbe" },
  published: { name: "standbySelectors" },
  reapply: { name: "triggers", change: "it is a list" },
  revoked: { name: "revokedSelectors" },
  testing: { name: "testMode" },
  tlsReports: { name: "tlsRpt.rua" },
};

/** What to do about a member that an object of the args does not have; undefined where it had no such member earlier. */
export function renameOf(name: string, members: readonly string[]): string | undefined {
  const rename = Object.hasOwn(renamedArgs, name) ? renamedArgs[name] : undefined;
  const [member = ""] = rename?.name.split(".") ?? [];
  if (!rename || !members.includes(member)) return undefined;
  return `is called ${rename.name} now${rename.change ? `, where ${rename.change}` : ""}; rename it`;
}
