import type { MachineModel } from "../../model";

/** What the stack adds to Postfix's files, which stands last in them. */
export interface Additions {
  mainCf: Record<string, string>;
  masterCf: string[];
}

/** What Postfix's `decide` has made of its member `postfix`. Dovecot asks for it, too: people log in on ports that the stack adds. */
export function additionsOf({ own }: Pick<MachineModel, "own">): Additions {
  return own.postfix as Additions;
}
