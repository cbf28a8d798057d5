import type { MachineModel } from "../model";
import type { Role, WantedHost } from "../role";
import { enabledServices } from ".";
import type { CertbotSecrets } from "./certbot/role";
import type { Contributions } from "./contributions";
import { portsV6 } from "./firewall/role";
import { openPorts } from "./openPorts";
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
    policyServices: toPostfix.flatMap(({ policyServices = [] }) => policyServices),
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
  return {
    format: 1,
    owner,
    identity: secrets.certbot.account.id,
    addresses,
    operatingSystem: { id: model.platform.id, versionId: model.platform.versionId },
    packageManager: model.platform.packageManager,
    roles: roles(model, secrets),
    openPorts: model.firewall ? openPorts(model).map(({ number }) => number) : [],
    openPortsV6: model.firewall ? portsV6(model).map(({ number }) => number) : [],
  };
}
