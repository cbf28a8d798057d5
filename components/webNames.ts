import type { MailDomain } from "./model";

/** The names at which a domain needs a web server, sorted. */
export function webNames({ name, mtaSts, autoconfig }: Pick<MailDomain, "name" | "mtaSts" | "autoconfig">): string[] {
  const hosts = [...(autoconfig ? ["autoconfig", "autodiscover"] : []), ...(mtaSts ? ["mta-sts"] : [])];
  return hosts.map((host) => `${host}.${name}`);
}
