#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as library from "../index";

/**
 * Serves the components of this package to programs in other languages. The engine starts it: as the executable
 * `pulumi-resource-mailserver`, or as what `PulumiPlugin.yaml` names. The schema was inferred when the package was built, so that
 * neither a compiler nor the sources are needed where it runs.
 */
const schema = readFileSync(join(__dirname, "schema.json"), "utf8");

interface ComponentSchema {
  /** Its outputs. */
  properties: Record<string, unknown>;
}

type Component = new (name: string, args: pulumi.Inputs, opts: pulumi.ComponentResourceOptions) => pulumi.Resource;

const { version, resources } = JSON.parse(schema) as { version: string; resources: Record<string, ComponentSchema> };

const provider: pulumi.provider.Provider = {
  version,
  getSchema: async () => schema,
  construct: async (name, type, inputs, opts) => {
    const known = resources[type];
    if (!known) throw new Error(`There is no component ${type}; there are ${Object.keys(resources).join(", ")}`);
    const components = library as unknown as Record<string, Component>;
    const component = new components[type.split(":")[2] as string]!(name, inputs, opts);
    const outputs = Object.keys(known.properties).map((output) => [output, Reflect.get(component, output)]);
    return { urn: component.urn, state: Object.fromEntries(outputs) };
  },
};

pulumi.provider.main(provider, process.argv.slice(2));
