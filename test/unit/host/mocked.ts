import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  opts: pulumi.CustomResourceOptions;
}

/** Resources that a program registers with no engine behind it; what plugins and look-ups would answer is said by the test. */
export class Mocked {
  readonly resources = new Map<string, Registered>();
  /** What a resource has besides its inputs, by type. */
  outputs: Record<string, Record<string, unknown>> = {};
  /** What look-ups answer, by token. */
  answers: Record<string, Record<string, unknown>> = {};

  private readonly options = new Map<string, pulumi.CustomResourceOptions>();
  private readonly made: pulumi.Resource[] = [];

  /** Must stand before the program makes its first resource. */
  async start({ preview = false } = {}): Promise<void> {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          const opts = this.options.get(name) ?? {};
          this.resources.set(name, { type, name, inputs, opts });
          return { id: name, state: { ...inputs, ...this.outputs[type] } };
        },
        call: ({ token }) => this.answers[token] ?? {},
      },
      "project",
      "stack",
      preview,
    );
  }

  /** A component whose children's options are seen. */
  parent(): pulumi.ComponentResource {
    const record: pulumi.ResourceTransformation = ({ name, props, opts, resource }) => {
      this.options.set(name, opts);
      this.made.push(resource);
      return { props, opts };
    };
    return new pulumi.ComponentResource("test:index:Parent", "parent", {}, { transformations: [record] });
  }

  /** Ends when every resource is registered; before that, another test must not start. */
  async settled(): Promise<void> {
    await Promise.all(this.made.map(({ urn }) => known(urn)));
  }

  resource(name: string): Registered {
    const found = this.resources.get(name);
    if (!found) throw new Error(`no resource ${name}; there are ${[...this.resources.keys()].join(", ")}`);
    return found;
  }

  ofType(type: string): Registered[] {
    return [...this.resources.values()].filter((each) => each.type === type);
  }

  /** Names of the resources that a resource waits for explicitly. */
  async dependsOn(name: string): Promise<string[]> {
    const listed = await Promise.all([this.resource(name).opts.dependsOn ?? []].flat());
    return Promise.all(
      listed
        .flat()
        .filter((each): each is pulumi.CustomResource => pulumi.Resource.isInstance(each))
        .map(async (each) => (await known(each.urn)).split("::").at(-1) ?? ""),
    );
  }
}

/** The value of an output. */
export function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
