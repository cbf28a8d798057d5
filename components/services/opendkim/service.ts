import * as pulumi from "@pulumi/pulumi";
import { milterEndpoint } from "../paths";
import type { Service } from "../service";
import { opendkimRole } from "./role";

/** Signs mail and verifies signatures. Its secrets are the private keys in PEM, by the names of their records. */
export const opendkim: Service<Record<string, string>> = {
  name: "opendkim",
  postfix: () => ({ milters: [milterEndpoint] }),
  secrets: ({ dkimKeys }) =>
    pulumi.secret(pulumi.output(Object.fromEntries([...dkimKeys].map(([at, key]) => [at, key.privateKeyPem])))),
  role: opendkimRole,
};
