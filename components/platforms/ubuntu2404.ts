import { debian } from "./debian";
import type { Platform } from "./platform";

/**
 * Ubuntu 24.04 "noble": Postfix 3.8, Dovecot 2.3, OpenSSL 3.0. Not deployed to by us; `docs/ubuntu.md` has where each fact is from.
 * OpenDKIM, certbot, fail2ban and the SPF policy service are in `universe`, which the archive's images have switched on.
 */
export const ubuntu2404: Platform = {
  ...debian,
  id: "ubuntu",
  versionId: "24.04",
  securityOrigin: "origin=Ubuntu,archive=noble-security,label=Ubuntu",
  postfix: { chroot: true, hidesClientSession: false, countsIpv6Networks: true, ffdheGroups: true },
  dovecot: { dialect: "2.3" },
  openssl: { mlKem: false },
};
