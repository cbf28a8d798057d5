import type { Service } from "../service";
import { certbotDomainRecords, certbotRecords } from "./records";
import { type CertbotSecrets, certbotRole } from "./role";
import { acmeSecrets } from "./secrets";
import { certbotSettings } from "./settings";

/** Certificates from an ACME authority, which asks on port 80 while it issues one. */
export const certbot = {
  name: "certbot",
  settings: certbotSettings,
  ports: () => [{ number: 80, name: "http", tls: "none", offered: true }],
  records: certbotRecords,
  domainRecords: certbotDomainRecords,
  secrets: acmeSecrets,
  role: certbotRole,
} satisfies Service<CertbotSecrets, typeof certbotSettings>;
