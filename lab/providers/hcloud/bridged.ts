/** How the official plugin tells what went wrong: a Terraform provider's summary and detail, behind a bridge. */
import type { FunctionType, ResourceType } from "../standIn";
import { HetznerError } from "./api";

/** The resource type with its errors in the bridge's form. */
export function bridged(type: ResourceType): ResourceType {
  const { check, create, read } = type;
  const remove = type.delete;
  return {
    ...type,
    check: (inputs) => check?.(inputs) ?? { inputs, failures: [] },
    create: (inputs, operation) => telling(() => create(inputs, operation)),
    read: read && ((state, operation) => telling(() => read(state, operation))),
    delete: remove && ((state, operation) => telling(() => remove(state, operation))),
  };
}

/** The same for a look-up. */
export function bridgedFunction({ token, call }: FunctionType): FunctionType {
  return {
    token,
    call: (args) =>
      telling(() => call(args)).catch((cause: Error) => {
        throw new Error(`invoking ${token}: ${cause.message}`);
      }),
  };
}

async function telling<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`1 error occurred:\n\t* ${cause instanceof HetznerError ? diagnostic(cause) : text(cause)}\n\n`);
  }
}

/** As `APIErrorDiagnostics` of terraform-provider-hcloud writes it. */
function diagnostic({ status, code, said, field, message }: HetznerError): string {
  const end = `Error code: ${code}\nStatus code: ${status}\n`;
  if (field === undefined)
    return `API request failed - An unexpected error was encountered during an API request.\n\n${said}\n\n${end}`;
  return `Invalid field in API request - An invalid field was encountered during an API request. The field might not map 1:1 to your terraform resource.\n\n${message}\n\nField: ${/'(.*)'/.exec(said)?.[1]}\nMessages:\n - ${field}\n${end}`;
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
