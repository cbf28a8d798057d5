import * as pulumi from "@pulumi/pulumi";
import { createRsaKey } from "../../createRsaKey";
import type { SecretSources } from "../service";
import { acmeAccount } from "./account";
import type { CertbotSecrets } from "./role";
import type { certbotSettings } from "./settings";

/** The account to which certificates are issued, kept in the stack: a machine that is made anew has the account that the CAA records name. */
export function acmeSecrets({
  name,
  args,
  parent,
}: SecretSources<typeof certbotSettings>): pulumi.Output<CertbotSecrets> {
  const key = createRsaKey(`${name}-acme-account`, 2048, parent);
  return pulumi.secret(
    pulumi.output({
      account: key.privateKeyPem.apply(acmeAccount),
      externalAccountKey: args.certificate.acme?.externalAccount?.hmacKey,
    }),
  );
}
