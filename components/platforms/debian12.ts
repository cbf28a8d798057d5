import { debian } from "./debian";
import type { Platform } from "./platform";

/** Debian 12 "bookworm": Postfix 3.7, Dovecot 2.3, OpenSSL 3.0. */
export const debian12: Platform = {
  ...debian,
  versionId: "12",
  securityOrigin: "origin=Debian,codename=bookworm-security,label=Debian-Security",
  postfix: { chroot: true, hidesClientSession: false, countsIpv6Networks: false, ffdheGroups: false },
  dovecot: { dialect: "2.3" },
  openssl: { mlKem: false },
};
