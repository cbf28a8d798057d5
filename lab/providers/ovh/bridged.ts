/** How the official plugin tells what went wrong: it is a Terraform provider behind a bridge, which adds words and lines of its own. */
import type { FunctionType, Operation, ResourceType } from "../standIn";
import { missingCredentials } from "./api";

/** The resource type with its errors in the bridge's form: in several lines, and twice, as its library logs each, too. */
export function bridged(type: ResourceType, version: string): ResourceType {
  const { create, read, update } = type;
  const remove = type.delete;
  const telling = async <Result>({ messages }: Operation, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (cause) {
      const text = textOf(cause);
      messages.error(`sdk-v2/provider2.go:572: sdk.helper_schema: ${text}: provider=ovh@${version}`);
      throw new Error(listed([text]));
    }
  };
  return {
    ...type,
    create: (inputs, operation) => telling(operation, () => create(inputs, operation)),
    read: read && ((state, operation) => telling(operation, () => read(state, operation))),
    update: update && ((before, inputs, operation) => telling(operation, () => update(before, inputs, operation))),
    delete: remove && ((state, operation) => telling(operation, () => remove(state, operation))),
  };
}

/** The same for a look-up. Without credentials there are two errors in one. */
export function bridgedFunction({ token, call }: FunctionType): FunctionType {
  return {
    token,
    call: (args) =>
      call(args).catch((cause: unknown) => {
        const text = textOf(cause);
        throw new Error(`invoking ${token}: ${listed(text === missingCredentials ? [text, text] : [text])}`);
      }),
  };
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function listed(errors: string[]): string {
  const heading = errors.length === 1 ? "1 error occurred:" : `${errors.length} errors occurred:`;
  return `${heading}\n${errors.map((text) => `\t* ${text}\n`).join("")}\n`;
}
