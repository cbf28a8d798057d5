import { debian } from "./debian";
import type { Platform } from "./platform";

/** Debian 13 "trixie": Postfix 3.10, Dovecot 2.4, OpenSSL 3.5. */
export const debian13: Platform = {
  ...debian,
  versionId: "13",
  securityOrigin: "origin=Debian,codename=trixie-security,label=Debian-Security",
  postfix: { chroot: true, hidesClientSession: true, countsIpv6Networks: true, ffdheGroups: true },
  dovecot: { dialect: "2.4" },
  openssl: { mlKem: true },
};
