import type * as pulumi from "@pulumi/pulumi";
import type { DkimKeys } from "../dns/dkimKeys";
import type { MailDomain, MailModel } from "../model";
import type { ValidArgs } from "../schema";
import type { Contributions, PostfixContribution, ServicePort } from "./contributions";
import type { Role } from "./role";

/**
 * A service of the mail server: a folder beside this file, and one entry in the list of `index.ts`. Whatever else asks which ports are open, which
 * filters Postfix has or which secrets there are asks the list.
 *
 * `Secrets` is what the service's secret files are made of.
 */
export interface Service<Secrets = unknown> {
  /** Name of its role, unique on the host. */
  name: string;
  /** Whether a server has it. @default - every server has */
  enabled?(choices: Choices): boolean;
  /** TCP ports on which it serves the world, those too that this server does not offer. @default - none */
  ports?(choices: Choices): ServicePort[];
  /** What it adds to Postfix. @default - nothing */
  postfix?(model: MailModel): PostfixContribution;
  /** What only the stack knows and only its daemon may read; made by resources where nobody gave it. @default - it has no secrets */
  secrets?(sources: SecretSources): pulumi.Output<Secrets>;
  /** What it wants of the host. Without `secrets`, as far as anybody may see it: secret files have no content. */
  role(model: MailModel, secrets: Secrets | undefined, all: Contributions): Role;
}

/** What decides which services and ports there are; known of args, too, of which not all could be read. */
export interface Choices {
  pop3: boolean;
  firewall: boolean;
  domains: Pick<MailDomain, "name" | "mtaSts" | "autoconfig">[];
}

/** What secrets are made of. */
export interface SecretSources {
  /** Name of the component, with which the names of resources begin. */
  name: string;
  args: ValidArgs;
  dkimKeys: DkimKeys;
  parent: pulumi.Resource;
}
