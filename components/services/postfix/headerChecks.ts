import type { MachineModel } from "../../model";
import { additionsOf } from "./additions";
import { tables } from "./tables";

/** Parameters of cleanup(8) that name what is looked for in headers. */
export interface HeaderChecks {
  header_checks: string;
  mime_header_checks: string;
  nested_header_checks: string;
}

/**
 * The server's own checks of headers, and after them the stack's. The own ones are for the headers of a message, not for those of its parts
 * and of messages in it, where Postfix would by default ask them, too.
 *
 * @param more further look-ups of the server's own
 */
export function headerChecks(model: Pick<MachineModel, "own">, ...more: string[]): HeaderChecks {
  const {
    header_checks: added = "",
    mime_header_checks = added,
    nested_header_checks = added,
  } = additionsOf(model).mainCf;
  const lookups = [tables.resultHeaders.lookup, ...more, ...(added === "" ? [] : [added])];
  return { header_checks: lookups.join(", "), mime_header_checks, nested_header_checks };
}

/** Names of the parameters whose value takes in the stack's. */
export const mergedParameters: readonly string[] = ["header_checks", "mime_header_checks", "nested_header_checks"];
