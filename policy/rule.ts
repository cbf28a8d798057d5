import type { EnforcementLevel, PolicyConfigSchema, Severity } from "@pulumi/policy";

/**
 * A policy as pure functions over what a preview knows. `checkResource`, `checkStack` or both: what one resource can tell is checked before that resource is
 * touched, what takes several at the end of the preview.
 */
export interface Rule {
  name: string;
  /** What must hold, and why. */
  description: string;
  severity: Severity;
  /** @default "mandatory" */
  enforcementLevel?: EnforcementLevel;
  /** What a policy configuration file may say about it, with the defaults. */
  configSchema?: PolicyConfigSchema;
  /** What is wrong with a resource; each with what was found and how to mend it. */
  checkResource?(resource: Resource, config: Record<string, unknown>): string[];
  /** What is wrong with resources together. */
  checkStack?(resources: Resource[], config: Record<string, unknown>): Finding[];
}

/** A resource as the engine shows it to policies. */
export interface Resource {
  urn: string;
  type: string;
  name: string;
  /** As the program gave them, secrets in clear; what is not known before the deployment is left out. */
  inputs: Record<string, unknown>;
  /** Outputs that are secret whatever the provider says. */
  secretOutputs: string[];
  /** URNs of the resources that it waits for. Known to rules that judge several only. */
  dependencies: string[];
}

/** What is wrong with a resource. */
export interface Finding {
  urn: string;
  message: string;
}

/** The content of a resource if it is this file on a host. */
export function fileContent({ type, name, inputs }: Resource, path: string): string | undefined {
  const isFile = type === "mailserver:index:HostFile" && name.endsWith(path);
  return isFile && typeof inputs.content === "string" ? inputs.content : undefined;
}

/** Whether a resource is one of the commands by which a machine becomes a mail server. */
export function isActivation({ urn }: Pick<Resource, "urn">): boolean {
  return urn.includes("mailserver:index:Activation$command:remote:Command::");
}
