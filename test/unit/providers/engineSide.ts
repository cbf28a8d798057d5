import { type ResourceType, type StandIn, standIn } from "../../../lab/providers/standIn";
import { plain, type Values } from "../../../lab/providers/values";

/** The calls that the engine makes to a plugin, in its order: check, then create or update. */
export class EngineSide {
  readonly provider: StandIn;
  /** What the plugin told the engine to show, e.g. `status: line`. */
  readonly messages: string[] = [];
  /** Id of the resource that was created or read last. */
  id = "id";

  constructor(
    plugin: string,
    private readonly type: ResourceType,
  ) {
    const say = (kind: string) => (text: string) => void this.messages.push(`${kind}: ${text}`);
    this.provider = standIn(plugin, "1.0.0", [type], () => ({
      status: say("status"),
      warn: say("warning"),
      error: say("error"),
    }));
  }

  urn(token = this.type.token): string {
    return `urn:pulumi:test::project::parent:index:Component$${token}::name`;
  }

  /** Checked inputs. @throws with the failures, one a line */
  async check(inputs: Values): Promise<Values> {
    const { inputs: checked, failures = [] } = await this.provider.check!(this.urn(), {}, inputs);
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    return checked;
  }

  /** The state as the plugin returns it, secrets still marked. */
  async create(inputs: Values): Promise<Values> {
    const { id, outs } = await this.provider.create!(this.urn(), await this.check(inputs));
    this.id = id;
    return outs;
  }

  async update(state: Values, inputs: Values): Promise<Values> {
    return (await this.provider.update!(this.id, this.urn(), state, await this.check(inputs))).outs;
  }

  async diff(state: Values, inputs: Values): Promise<{ changes?: boolean; replaces?: string[] }> {
    return this.provider.diff!(this.id, this.urn(), state, await this.check(inputs));
  }

  /** The paths at which a resource differs. */
  async details(state: Values, inputs: Values): Promise<Values> {
    return this.provider.details(this.urn(), state, await this.check(inputs));
  }

  /** What a refresh finds, or with an id of its own an import; undefined where it is gone. */
  async read(state: Values, id = this.id): Promise<{ inputs?: Values; state: Values } | undefined> {
    const found = await this.provider.read!(id, this.urn(), state);
    if (!found.id) return undefined;
    this.id = found.id;
    return { inputs: found.inputs, state: found.props };
  }

  async delete(state: Values): Promise<void> {
    await this.provider.delete!(this.id, this.urn(), state);
  }
}

/** The state without marks of secrecy. */
export function seen(state: Values): Values {
  return plain(state) as Values;
}
