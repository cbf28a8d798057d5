import type { MailModel } from "../model";
import type { AcmeAccount } from "./certbot/account";
import { certbotRole } from "./certbot/role";
import { dovecotRole } from "./dovecot/role";
import { firewallRole, portsV6 } from "./firewall/role";
import { opendkimRole } from "./opendkim/role";
import { postfixRole } from "./postfix/role";
import type { Role, WantedHost } from "./role";
import { spfRole } from "./spf/role";
import { webRole } from "./web/role";

/** What only the stack knows and only the daemons may read. */
export interface HostSecrets {
  /** Password hash of each mailbox, with its scheme in front. */
  passwordHashes: Record<string, string>;
  /** Each DKIM private key in PEM, by the name of its record. */
  dkimPrivateKeys: Record<string, string>;
  /** The account to which certificates are issued. */
  acmeAccount: AcmeAccount;
  /** With which the server logs in at its relay host. */
  relayPassword?: string;
  /** With which the authority knows its customer when the ACME account is opened. */
  externalAccountKey?: string;
}

/**
 * The roles of a mail server in the order in which they start: the firewall before anything listens, the certificate before
 * anything needs it, Postfix last, when all that it hands mail to is there.
 */
export function roles(model: MailModel, secrets: HostSecrets): Role[] {
  return [
    ...(model.firewall ? [firewallRole(model)] : []),
    certbotRole(model, secrets.acmeAccount, secrets.externalAccountKey),
    ...(model.domains.some(({ webNames }) => webNames.length > 0) ? [webRole(model)] : []),
    opendkimRole(model, secrets.dkimPrivateKeys),
    spfRole(model),
    dovecotRole(model, secrets.passwordHashes),
    postfixRole(model, secrets.relayPassword),
  ];
}

/** The roles as far as anybody may see them: secret files have no content. */
export function visibleRoles(model: MailModel): Role[] {
  return roles(model, { passwordHashes: {}, dkimPrivateKeys: {}, acmeAccount: { id: "", privateKey: "" } });
}

/** Everything that the host should be. `addresses`: those by which the world reaches it. */
export function wantedHost(
  model: MailModel,
  owner: string,
  secrets: HostSecrets,
  addresses: string[] = [],
): WantedHost {
  return {
    format: 1,
    owner,
    identity: secrets.acmeAccount.id,
    addresses,
    operatingSystem: { id: model.platform.id, versionId: model.platform.versionId },
    roles: roles(model, secrets),
    openPorts: model.firewall ? model.ports.map(({ number }) => number) : [],
    openPortsV6: model.firewall ? portsV6(model).map(({ number }) => number) : [],
  };
}
