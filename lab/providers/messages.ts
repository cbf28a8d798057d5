import * as log from "@pulumi/pulumi/log";
import { DependencyResource } from "@pulumi/pulumi/resource";
import { resetOptions } from "@pulumi/pulumi/runtime/settings";

/** What the engine shows beside the resource that is being worked on. */
export interface Messages {
  /** A passing line, shown while the resource is in progress. */
  status(line: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Tells the messages where the engine listens; before this they are dropped. */
export function connectMessages(engineAddress: string | undefined): void {
  engine = engineAddress;
  if (engineAddress !== undefined) resetOptions("", "", -1, engineAddress, "", false, "");
}

let engine: string | undefined;

/** Messages about one resource. */
export function messagesTo(urn: string): Messages {
  if (engine === undefined) return { status: () => {}, warn: () => {}, error: () => {} };
  const resource = new DependencyResource(urn);
  return {
    status: (line) => void log.info(line, resource, 0, true),
    warn: (text) => void log.warn(text, resource),
    error: (text) => void log.error(text, resource),
  };
}
