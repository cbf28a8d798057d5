import type { MailDomain } from "./model";

/** The names at which a domain needs a web server, sorted. */
export function webNames({
  name,
  mtaSts,
  enableAutoconfig,
}: Pick<MailDomain, "name" | "mtaSts" | "enableAutoconfig">): string[] {
  const hosts = [...(enableAutoconfig ? ["autoconfig", "autodiscover"] : []), ...(mtaSts ? ["mta-sts"] : [])];
  return hosts.map((host) => `${host}.${name}`);
}
