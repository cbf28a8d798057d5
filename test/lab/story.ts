import { it } from "vitest";
import type { MailServerArgs } from "../../index";
import { clients, type MachineName, machine } from "../../lab/lab";
import type { Route } from "../../lab/mail";
import { Host } from "./host";
import type { Stack } from "./stack";

/** What happens to one mail server, step by step. */
export abstract class Story {
  readonly host: Host;
  /** What the stack is to be; steps change it. */
  abstract args: MailServerArgs;
  protected made: Stack | undefined;
  private failed: string | undefined;

  constructor(
    readonly machine: MachineName,
    readonly hostname: string,
  ) {
    this.host = new Host(machine);
  }

  get stack(): Stack {
    if (!this.made) throw new Error("prepare() comes first");
    return this.made;
  }

  /** A client somewhere in the world that connects to the server by IPv4 or IPv6. */
  route(family: Family = "v4", client: 0 | 1 | 2 = 0): Route {
    const from = clients[client]?.[family];
    return { hostname: this.hostname, address: machine(this.machine)[family], ...(from ? { from } : {}) };
  }

  /**
   * A step of the story. When it fails, the text says what the mail services wrote last; when an essential one fails, those after it
   * do not run.
   */
  step(title: string, work: () => Promise<void>, { essential = false, seconds = 300 } = {}): void {
    it(
      title,
      async () => {
        if (this.failed !== undefined) throw new Error(`Not run, since this did not work before: ${this.failed}`);
        try {
          await work();
        } catch (error) {
          if (essential) this.failed = title;
          if (error instanceof Error) error.message += `\n\n${await this.host.lastWords().catch(() => "")}`;
          throw error;
        }
      },
      seconds * 1000,
    );
  }
}

export type Family = "v4" | "v6";

/** The two methods that each step uses, free of their object. */
export function bound(story: Story) {
  return { step: story.step.bind(story), route: story.route.bind(story) };
}
