import type { MachineModel } from "../../model";
import { tlsVersions } from "../../tls";
import type { DovecotContribution } from "../contributions";

/** What is served, by whom, and from which version of TLS on; written alike in both of Dovecot's languages. */
export function general(model: MachineModel, others: DovecotContribution[]): string {
  const protocols = ["imap", "lmtp", ...(model.pop3 ? ["pop3"] : []), ...others.flatMap((each) => each.protocols)];
  return `protocols = ${protocols.join(" ")}
listen = ${model.ipv6 ? "*, ::" : "*"}
hostname = ${model.hostname}
postmaster_address = ${model.postmaster}
login_greeting = ready.
auth_verbose = yes
# A reload, as after each renewal of the certificate, ends no session.
shutdown_clients = no

ssl = required
ssl_min_protocol = ${tlsVersions[0]}`;
}
