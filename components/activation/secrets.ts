import type * as pulumi from "@pulumi/pulumi";
import type { MachineModel } from "../model";
import { enabledServices } from "../services";
import type { CertbotSecrets } from "../services/certbot/role";
import type { SecretSources } from "../services/service";

/** Each service's secrets by themselves, so that they are known as soon as what they are made of is: a password does not wait for a key that is yet to be made. */
export type GatheredSecrets = Record<string, pulumi.Output<unknown>> & { certbot: pulumi.Output<CertbotSecrets> };

/** What only the stack knows and only the daemons may read, by the names of the services. */
export function gatherSecrets(model: MachineModel, sources: SecretSources): GatheredSecrets {
  const own = enabledServices(model).flatMap((service) =>
    service.secrets ? [[service.name, service.secrets(sources)] as const] : [],
  );
  return Object.fromEntries(own) as GatheredSecrets;
}
