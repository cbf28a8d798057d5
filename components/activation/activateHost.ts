import * as pulumi from "@pulumi/pulumi";
import type { DkimKeys } from "../dns/dkimKeys";
import type { Host } from "../host/connection";
import { allFilled, lateTexts } from "../lateTexts";
import type { MachineModel } from "../model";
import type { ValidArgs } from "../schema";
import { roles, wantedHost, wantedPackages } from "../services/wantedHost";
import { Activation, type ActivationArgs } from "./activation";
import { HostRole } from "./hostRole";
import { gatherSecrets } from "./secrets";

/** Makes the machine what the model says, and shows in the graph what that is. */
export function activateHost(
  name: string,
  args: ValidArgs,
  model: MachineModel,
  host: Host,
  keys: DkimKeys,
  { parent, ...after }: { parent: pulumi.Resource } & Pick<ActivationArgs, "packagesAfter" | "activationAfter">,
): Activation {
  const secrets = gatherSecrets(model, { name, args, dkimKeys: keys, parent });
  const owner = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
  const addresses = pulumi.all([host.ipv4Address, ...(host.ipv6Address ? [host.ipv6Address] : [])]);
  const late = lateTexts(args);
  const wanted = pulumi
    .all([pulumi.output(secrets), addresses])
    .apply(([known, reached]) => wantedHost(model, owner, known, reached));
  const visible = roles(model);
  const { id: identity } = pulumi.unsecret(secrets.certbot).account;
  const activation = new Activation(
    `${name}-host`,
    {
      connection: host.connection,
      user: host.user,
      packages: identity.apply((known) => wantedPackages(model, owner, known, visible)),
      wanted: allFilled(wanted, late),
      certificateSource: [
        model.hostname,
        model.acme.directoryUrl,
        identity,
        // Another machine, or the same one installed anew, has another certificate.
        host.hostKey,
      ],
      triggers: args.triggers,
      ...after,
    },
    { parent },
  );
  // After the activation: if the host refuses a change, the next preview shows its lines again.
  for (const role of visible) {
    const shown = {
      server: name,
      role,
      late,
      secrets: role.files.some(({ secret }) => secret) ? secrets[role.name] : undefined,
    };
    new HostRole(`${name}-${role.name}`, shown, { parent, dependsOn: activation.last });
  }
  return activation;
}
