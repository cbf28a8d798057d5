import type { MachineModel } from "../../model";
import { additionsOf } from "./additions";
import { ruleLookups } from "./ruleTables";
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
  const { mainCf } = additionsOf(model);
  const added = [...ruleLookups(model, "header_checks"), ...(mainCf.header_checks ? [mainCf.header_checks] : [])];
  const ofParts = ruleLookups(model, "mime_header_checks");
  const {
    mime_header_checks = (ofParts.length === 0 ? added : ofParts).join(", "),
    nested_header_checks = added.join(", "),
  } = mainCf;
  const lookups = [tables.resultHeaders.lookup, ...more, ...added];
  return { header_checks: lookups.join(", "), mime_header_checks, nested_header_checks };
}

/** Names of the parameters whose value takes in the stack's. */
export const mergedParameters: readonly string[] = ["header_checks", "mime_header_checks", "nested_header_checks"];
