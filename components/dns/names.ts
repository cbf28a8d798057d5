/** Whether a name is a zone's own or lies below it. */
export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** A name as its zone sees it: the empty string for the zone's own. */
export function relativeName(name: string, zone: string): string {
  return name === zone ? "" : name.slice(0, -zone.length - 1);
}
