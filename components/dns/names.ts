import { getDomain } from "tldts";

/** The zone that a name is in: the one that was given, else the name's registrable domain. */
export function zoneOf(name: string, given?: string): string {
  return given ?? getDomain(name) ?? name;
}

/** The zones that some names are in, each once. */
export function zonesOf(names: { name: string; args: { zone?: string } }[]): string[] {
  return [...new Set(names.map(({ name, args }) => zoneOf(name, args.zone)))];
}

/** Whether a name is a zone's own or lies below it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** The longest of some zones that a name is within. */
export function closest(name: string, zones: { has(zone: string): boolean }): string | undefined {
  const labels = name.split(".");
  return labels.map((_, index) => labels.slice(index).join(".")).find((zone) => zones.has(zone));
}

/** Where the TLSA record of a server's port 25 is (RFC 7672 section 3). */
export function daneName(hostname: string): string {
  return `_25._tcp.${hostname}`;
}

/** A name as its zone sees it: the empty string for the zone's own. */
export function relativeName(name: string, zone: string): string {
  return name === zone ? "" : name.slice(0, -zone.length - 1);
}
