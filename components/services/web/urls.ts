import type { MailDomain } from "../../model";

/** Paths at which nginx serves the settings of mail programs, and the MTA-STS policy. */
export const webPaths = {
  thunderbird: "/mail/config-v1.1.xml",
  outlook: "/autodiscover/autodiscover.xml",
  apple: "/email.mobileconfig",
  mtaSts: "/.well-known/mta-sts.txt",
} as const;

/** Where mail programs find the settings of the domains that have them served. */
export function autoconfigUrls(
  domains: Pick<MailDomain, "name" | "enableAutoconfig">[],
): Record<"domain" | "thunderbird" | "outlook" | "apple", string>[] {
  return domains
    .filter(({ enableAutoconfig }) => enableAutoconfig)
    .map(({ name }) => ({
      domain: name,
      thunderbird: `https://autoconfig.${name}${webPaths.thunderbird}`,
      outlook: `https://autodiscover.${name}${webPaths.outlook}`,
      apple: `https://autoconfig.${name}${webPaths.apple}`,
    }));
}
