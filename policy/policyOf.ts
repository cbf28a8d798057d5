import type { PolicyResource, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import type { Resource, Rule } from "./rule";

/** A rule as the engine runs it. */
export function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const { checkResource = () => [], checkStack, ...described } = rule;
  // At the end the engine shows outputs, of which a preview knows few; the inputs come by one by one, before.
  const inputsByUrn = new Map<string, Omit<Resource, "dependencies">>();
  const each: ResourceValidationPolicy = {
    ...described,
    validateResource: (resource, report) => {
      const shown = resourceOf(resource);
      inputsByUrn.set(resource.urn, shown);
      for (const message of checkResource({ ...shown, dependencies: [] }, resource.getConfig())) report(message);
    },
  };
  if (!checkStack) return each;
  const all: StackValidationPolicy = {
    ...described,
    validateStack: ({ resources, getConfig }, report) => {
      const known = resources.flatMap((resource) => {
        const shown = inputsByUrn.get(resource.urn);
        return shown ? [{ ...shown, dependencies: dependencies(resource) }] : [];
      });
      // In the order of their names, as the engine's own is another one each time.
      known.sort((a, b) => (a.urn < b.urn ? -1 : 1));
      for (const { urn, message } of checkStack(known, getConfig())) report(message, urn);
    },
  };
  return { ...each, ...all };
}

type Shown = Pick<PolicyResource, "urn" | "type" | "name" | "props" | "opts">;

function resourceOf({ urn, type, name, props, opts }: Shown): Omit<Resource, "dependencies"> {
  return {
    urn,
    type,
    name,
    inputs: known(props) as Record<string, unknown>,
    secretOutputs: opts.additionalSecretOutputs,
  };
}

/** A plain copy of what is known: the library throws where a member that is not is read. */
function known(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((_, index) => attempt(() => known(value[index])));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.keys(value).map((name): [string, unknown] => [
    name,
    attempt(() => known((value as Record<string, unknown>)[name])),
  ]);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function dependencies(resource: PolicyResource): string[] {
  const all = [...resource.dependencies, ...Object.values(resource.propertyDependencies).flat()];
  return [...new Set(all.map(({ urn }) => urn))];
}
