import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";

/** An RSA key that is kept in the stack, with the size that it was made with; no form of its private half may be seen. */
export function createRsaKey(name: string, rsaBits: number, parent: pulumi.Resource): tls.PrivateKey {
  return new tls.PrivateKey(
    name,
    { algorithm: "RSA", rsaBits },
    {
      parent,
      additionalSecretOutputs: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
      // Another size would replace the key under its selector: mail on its way, and resolvers that remember the old record, would not match.
      ignoreChanges: ["rsaBits"],
    },
  );
}
