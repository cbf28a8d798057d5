import type { Values } from "../values";
import type { Account } from "./account";
import type { World } from "./world";

/** A cloud's API for one account: what all of them have in common. */
export abstract class CloudApi<State> {
  constructor(
    public account: Account<State>,
    readonly world: World,
    protected environment: NodeJS.ProcessEnv = process.env,
  ) {}

  /** Names that the credentials have in the environment, by those that they have in the provider's configuration; the first that is given tells the account. */
  protected abstract readonly credentials: Record<string, string>;

  /** Logs in as whom the configuration of the provider says; as the originals do, the environment fills in what that leaves out. */
  configure(configuration: Values): void {
    const given = Object.entries(this.credentials).flatMap(([member, variable]) => {
      const value = configuration[member];
      return typeof value === "string" && value !== "" ? [[variable, value] as const] : [];
    });
    const [first] = given;
    if (first === undefined) return;
    this.environment = { ...this.environment, ...Object.fromEntries(given) };
    this.account = this.account.openedBy(first[1]);
  }

  /** @throws without the credentials that the provider takes from its environment */
  abstract logIn(request: string): void;

  /** How often the original's client repeats a request that failed with this status before it gives up. */
  protected abstract repeats(status: number): number;

  /** What the original says of a request that failed with this status, and not for what it asked. */
  protected abstract failed(status: number, request: string): Error;

  /** One request: logged, failed where a test wants it so, and then done. */
  call<Result>(method: string, path: string, work: (state: State) => Result): Result {
    const request = `${method} ${path}`;
    this.logIn(request);
    let status = this.account.request(method, path);
    for (let repeat = 0; status !== undefined && repeat < this.repeats(status); repeat += 1)
      status = this.account.request(method, path);
    if (status !== undefined) throw this.failed(status, request);
    return method === "GET" ? work(this.account.state()) : this.account.change(work);
  }
}
