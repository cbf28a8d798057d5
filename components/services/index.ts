import { certbot } from "./certbot/service";
import type { ServicePort } from "./contributions";
import { dovecot } from "./dovecot/service";
import { fail2ban } from "./fail2ban/service";
import { firewall } from "./firewall/service";
import { hostname } from "./hostname/service";
import { opendkim } from "./opendkim/service";
import { postfix } from "./postfix/service";
import type { Choices, Service, ServiceSettings, WithMailboxes } from "./service";
import { sieve } from "./sieve/service";
import { spfPolicy } from "./spfPolicy/service";
import { tools } from "./tools/service";
import { unattendedUpgrades } from "./unattendedUpgrades/service";
import { web } from "./web/service";

/**
 * The services of a mail server in the order in which they start: the firewall before anything listens, the certificate before anything needs it, Postfix
 * last, when all that it hands mail to is there.
 */
const list = [
  hostname,
  firewall,
  fail2ban,
  certbot,
  web,
  opendkim,
  spfPolicy,
  sieve,
  dovecot,
  postfix,
  tools,
  unattendedUpgrades,
] as const;

export const services: readonly Service[] = list;

/** What several services declare, together. */
type Together<Shapes> = (Shapes extends unknown ? (each: Shapes) => void : never) extends (all: infer All) => void
  ? All
  : never;

type Declared<Kind extends keyof ServiceSettings> = Together<
  Extract<(typeof list)[number], { settings: Record<Kind, unknown> }>["settings"][Kind]
>;

/** The members of the args that the services declare. */
export function serviceMembers<Kind extends keyof ServiceSettings>(kind: Kind): Declared<Kind> {
  return Object.assign({}, ...services.map(({ settings }) => settings?.[kind]));
}

/** What the services make of their members of the args, by the names of the services. */
export function decisions(args: WithMailboxes): Record<string, unknown> {
  const own = services.flatMap(({ name, decide }) => (decide ? [[name, decide(args)] as const] : []));
  return Object.fromEntries(own);
}

/** Those that a server has. */
export function enabledServices(choices: Choices): Service[] {
  return services.filter(({ name, enabled }) => enabled?.(choices, choices.own[name]) ?? true);
}

/** Every port of the services, those too that this server does not offer. */
export function servicePorts(choices: Choices): ServicePort[] {
  return services.flatMap(({ ports }) => ports?.(choices) ?? []);
}
