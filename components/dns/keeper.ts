import { isWithin } from "./names";

/** Domains and who keeps their records. */
export interface Keepers<Dns> {
  domains: { name: string; dns?: Dns }[];
  dns: Dns;
}

/** Who keeps the records of a name: the DNS of the closest of the server's domains that the name lies in, else the server's. */
export function keeperOf<Dns>(name: string, { domains, dns }: Keepers<Dns>): Dns {
  const [closest] = domains
    .filter((domain) => isWithin(name, domain.name))
    .sort((a, b) => b.name.length - a.name.length);
  return closest?.dns ?? dns;
}
