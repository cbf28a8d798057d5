import type { MachineModel } from "../model";
import type { PackagesOfRole, Role, WantedHost, WantedPackages } from "../role";
import { enabledServices } from ".";
import type { CertbotSecrets } from "./certbot/role";
import type { Contributions } from "./contributions";
import { openPorts, openPortsV6 } from "./openPorts";
import type { Service } from "./service";

/** What only the stack knows and only the daemons may read, by the names of the services. */
export type HostSecrets = Record<string, unknown> & { certbot: CertbotSecrets };

/** The roles of a mail server in the order in which they start. Without secrets, as far as anybody may see them. */
export function roles(model: MachineModel, secrets: Record<string, unknown> = {}): Role[] {
  const enabled = enabledServices(model);
  const all = contributions(model, enabled);
  return enabled.map((service) => service.role(model, secrets[service.name], all, model.own[service.name]));
}

function contributions(model: MachineModel, enabled: Service[]): Contributions {
  const toPostfix = enabled.map(({ postfix }) => postfix?.(model) ?? {});
  return {
    milters: toPostfix.flatMap(({ milters = [] }) => milters),
    recipientChecks: toPostfix.flatMap(({ recipientChecks = [] }) => recipientChecks),
    policyServices: toPostfix.flatMap(({ policyServices = [] }) => policyServices),
    dovecot: enabled.flatMap(({ name, dovecot }) => dovecot?.(model.own[name]) ?? []),
    // What starts last has the others wait for it.
    certificateReaders: enabled.flatMap(({ certificateReader = [] }) => certificateReader).reverse(),
    certificates: enabled.flatMap(({ certificates }) => certificates?.(model) ?? []),
  };
}

/** Everything that the host should be. `addresses`: those by which the world reaches it. */
export function wantedHost(
  model: MachineModel,
  owner: string,
  secrets: HostSecrets,
  addresses: string[] = [],
): WantedHost {
  const all = roles(model, secrets);
  return { ...outline(model, owner, secrets.certbot.account.id, all), addresses, roles: all };
}

/** What of it decides about packages: nothing secret, and nothing that is known only when keys have been made, but for the server's identity. */
export function wantedPackages(
  model: MachineModel,
  owner: string,
  identity: string,
  all: Role[] = roles(model),
): WantedPackages {
  return { ...outline(model, owner, identity, all), roles: all.map(packagesOf) };
}

function outline(
  model: MachineModel,
  owner: string,
  identity: string,
  all: Role[],
): Omit<WantedHost, "addresses" | "roles"> {
  return {
    format: 1,
    owner,
    identity,
    operatingSystem: { id: model.platform.id, versionId: model.platform.versionId },
    packageManager: model.platform.packageManager,
    preflight: {
      hostname: model.hostname,
      memory: enabledServices(model).reduce((sum, { memory = 0 }) => sum + memory, bareMachine),
      ...(model.outboundProbe ? { outbound: { hostname: model.outboundProbe, ipv6: model.ipv6 } } : {}),
    },
    ports: boundPorts(all),
    openPorts: model.firewall ? openPorts(model).map(({ number }) => number) : [],
    openPortsV6: model.firewall ? openPortsV6(model).map(({ number }) => number) : [],
  };
}

/** MiB that Debian takes without any of the services, while packages are installed. */
const bareMachine = 90;

/** The ports that services bind, as their probes tell. */
function boundPorts(all: Role[]): number[] {
  const probes = all.flatMap((role) => role.probes ?? []);
  const ports = probes.flatMap(({ port, https }) => [...(port ? [port.port] : []), ...(https ? [443] : [])]);
  return [...new Set(ports)].sort((a, b) => a - b);
}

function packagesOf({ name, packages, debconf, accounts, units, certificates }: Role): PackagesOfRole {
  return {
    name,
    packages,
    debconf,
    accounts: accounts?.map(({ user, uid, ids }) => ({ user, uid, ids })),
    units: units?.map(({ name, isFirewall }) => ({ name, isFirewall })),
    // The server's own: those of the domains come and go with settings.
    certificates: certificates?.slice(0, 1).map(({ pemPath }) => ({ pemPath })),
  };
}
