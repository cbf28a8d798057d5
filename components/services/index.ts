import { certbot } from "./certbot/service";
import type { ServicePort } from "./contributions";
import { dovecot } from "./dovecot/service";
import { firewall } from "./firewall/service";
import { opendkim } from "./opendkim/service";
import { postfix } from "./postfix/service";
import type { Choices, Service } from "./service";
import { spfPolicy } from "./spfPolicy/service";
import { web } from "./web/service";

/**
 * The services of a mail server in the order in which they start: the firewall before anything listens, the certificate before anything needs it, Postfix
 * last, when all that it hands mail to is there.
 */
export const services: Service[] = [firewall, certbot, web, opendkim, spfPolicy, dovecot, postfix];

/** Those that a server has. */
export function enabledServices(choices: Choices): Service[] {
  return services.filter(({ enabled }) => enabled?.(choices) ?? true);
}

/** Every port of the services, those too that this server does not offer. */
export function servicePorts(choices: Choices): ServicePort[] {
  return services.flatMap(({ ports }) => ports?.(choices) ?? []);
}
