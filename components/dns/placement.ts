import { closest } from "./names";

/** Domains and where their records are kept. */
export interface Placement<Dns> {
  domains: { name: string; dns?: Dns }[];
  dns: Dns;
}

/** Tells where the records of a name are kept: by the `dns` of the closest of the server's domains that the name lies in, else by the server's. */
export function dnsOfNames<Dns>({ domains, dns }: Placement<Dns>): (name: string) => Dns {
  const own = new Map(domains.map((domain) => [domain.name, domain.dns]));
  return (name) => own.get(closest(name, own) ?? "") ?? dns;
}
