import { join } from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental";
import { interfaceOf, secretsOf } from "../components/declaration";
import { argsObjects } from "../components/schema";
import * as library from "../index";

/** What a schema says of a type or a component. */
export interface ObjectSchema {
  properties?: Record<string, PropertySchema>;
  inputProperties?: Record<string, PropertySchema>;
  enum?: { name: string; value: string; description?: string }[];
}

/** What a schema says of a member. */
export interface PropertySchema {
  type?: string;
  $ref?: string;
  description?: string;
  secret?: boolean;
  items?: PropertySchema;
}

/** What programs in other languages know of this package. */
export interface PackageSchema {
  name: string;
  version: string;
  resources: Record<string, ObjectSchema>;
  types: Record<string, ObjectSchema>;
}

/** What a component makes that nobody may see. */
const secretOutputs = new Set(["dkimPrivateKeys"]);

/** The schema as Pulumi infers it from the sources, and what it cannot infer: which members are secrets. */
export async function packageSchema(): Promise<PackageSchema> {
  const dirname = join(__dirname, "..");
  const inferred = new ComponentProvider({ name: "mailserver", dirname, components: getPulumiComponents(library) });
  const schema = JSON.parse(await inferred.getSchema()) as PackageSchema;
  for (const object of argsObjects)
    for (const name of secretsOf(object)) {
      const member = schema.types[`mailserver:index:${interfaceOf(object).name}`]?.properties?.[name];
      if (member) member.secret = true;
    }
  for (const { properties = {} } of Object.values(schema.resources))
    for (const [name, member] of Object.entries(properties)) if (secretOutputs.has(name)) member.secret = true;
  return schema;
}

if (require.main === module) packageSchema().then((schema) => console.log(JSON.stringify(schema, undefined, 1)));
