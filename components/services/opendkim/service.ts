import * as pulumi from "@pulumi/pulumi";
import { milterEndpoint } from "../paths";
import type { Service } from "../service";
import { dkimRecords } from "./records";
import { opendkimRole } from "./role";
import { opendkimSettings } from "./settings";

/** Signs mail and verifies signatures. Its secrets are the private keys in PEM, by the names of their records. */
export const opendkim = {
  name: "opendkim",
  memory: 5,
  settings: opendkimSettings,
  decide: ({ opendkim }) => opendkim.conf,
  records: (_model, { hostname, hostDkim }) => (hostDkim ? dkimRecords({ name: hostname, dkim: hostDkim }) : []),
  domainRecords: (_model, domain) => dkimRecords(domain),
  postfix: () => ({ milters: [milterEndpoint] }),
  secrets: ({ dkimKeys }) =>
    pulumi.secret(pulumi.output(Object.fromEntries([...dkimKeys].map(([at, key]) => [at, key.privateKeyPem])))),
  role: (model, keys, _all, conf) => opendkimRole(model, keys, conf),
} satisfies Service<Record<string, string>, typeof opendkimSettings, string>;
