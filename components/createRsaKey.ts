import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** An RSA key of 2048 bits that is kept in the stack; no form of its private half may be seen. */
export function createRsaKey(name: string, parent: pulumi.Resource): tls.PrivateKey {
  return new tls.PrivateKey(
    name,
    { algorithm: "RSA", rsaBits: 2048 },
    { parent, additionalSecretOutputs: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"] },
  );
}
