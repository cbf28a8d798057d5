import { closest } from "./names";

/** Domains and who keeps their records. */
export interface Keepers<Dns> {
  domains: { name: string; dns?: Dns }[];
  dns: Dns;
}

/** Tells who keeps the records of a name: the DNS of the closest of the server's domains that the name lies in, else the server's. */
export function keepers<Dns>({ domains, dns }: Keepers<Dns>): (name: string) => Dns {
  const own = new Map(domains.map((domain) => [domain.name, domain.dns]));
  return (name) => own.get(closest(name, own) ?? "") ?? dns;
}
