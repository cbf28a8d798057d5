import type { z } from "zod";
import type { MachineModel } from "../../model";
import type { postfixArgs } from "./settings";

/** What the stack says of Postfix alone: rules, and what stands last in its files. */
export type Additions = z.output<typeof postfixArgs>;

/** What Postfix's `decide` has made of its member `postfix`. Dovecot asks for it, too: people log in on ports that the stack adds. */
export function additionsOf({ own }: Pick<MachineModel, "own">): Additions {
  return own.postfix as Additions;
}

/** Whether port 25 takes mail at all. */
export function takesMail(model: Pick<MachineModel, "own">): boolean {
  return !additionsOf(model).rejectAllRecipients;
}
