/** Places on the host that more than one role knows. */
export const paths = {
  /** Key and certificate chain of the server in one file, so that one rename changes both. */
  certificate: "/etc/ssl/mailserver/server.pem",
  /** Dovecot's sockets inside Postfix's queue directory, where a chrooted Postfix can reach them. */
  lmtpSocket: "/var/spool/postfix/private/dovecot-lmtp",
  authSocket: "/var/spool/postfix/private/auth",
  quotaSocket: "/var/spool/postfix/private/quota-status",
  /** OpenDKIM's socket, in the same place for the same reason. */
  milterSocket: "/var/spool/postfix/opendkim/opendkim.sock",
} as const;

/** Key and certificate chain of a domain's web server, in one file likewise. */
export function webCertificatePath(domain: string): string {
  return `/etc/ssl/mailserver/${domain}.pem`;
}

/** Postfix's queue directory; its chrooted daemons see paths relative to it. */
export const queueDirectory = "/var/spool/postfix";

/** A path as a daemon sees it whose root is the queue directory. */
export function inQueueDirectory(path: string): string {
  return path.slice(queueDirectory.length + 1);
}

/** How Postfix hands mail to Dovecot. */
export const lmtpTransport = `lmtp:unix:${inQueueDirectory(paths.lmtpSocket)}`;

/** OpenDKIM's socket as Postfix names it. */
export const milterEndpoint = `unix:${inQueueDirectory(paths.milterSocket)}`;
