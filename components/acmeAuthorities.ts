/** What is known of an ACME authority, as its own documentation says. */
interface AcmeAuthority {
  name: string;
  /** By which name a CAA record calls it (RFC 8659 section 4.2). Without one it gets no CAA record. */
  caaIdentity?: string;
  /** Whether it reads the parameters of RFC 8657; how others take them is not known. */
  readsParameters?: boolean;
  /** Whether it opens accounts only for customers of its own (RFC 8555 section 7.3.4). */
  demandsExternalAccount?: boolean;
}

const sslCom = { name: "SSL.com", caaIdentity: "ssl.com", demandsExternalAccount: true };

/** By the URL of the directory. */
export const acmeAuthorities: Record<string, AcmeAuthority | undefined> = {
  "https://acme-v02.api.letsencrypt.org/directory": {
    name: "Let's Encrypt",
    caaIdentity: "letsencrypt.org",
    readsParameters: true,
  },
  "https://acme.zerossl.com/v2/DV90": { name: "ZeroSSL", caaIdentity: "sectigo.com", demandsExternalAccount: true },
  "https://acme.sectigo.com/v2/DV": { name: "Sectigo", caaIdentity: "sectigo.com", demandsExternalAccount: true },
  "https://api.buypass.com/acme/directory": { name: "Buypass", caaIdentity: "buypass.com" },
  "https://dv.acme-v02.api.pki.goog/directory": {
    name: "Google Trust Services",
    caaIdentity: "pki.goog",
    demandsExternalAccount: true,
  },
  "https://dv.acme-v02.test-api.pki.goog/directory": {
    name: "Google Trust Services' staging",
    demandsExternalAccount: true,
  },
  "https://acme.ssl.com/sslcom-dv-rsa": sslCom,
  "https://acme.ssl.com/sslcom-dv-ecc": sslCom,
};
