import { plainName, plainText } from "../existing";
import type { ReadRecord } from "./provider";

/** A record whose data is written as in a zone file; of an MX record, the target alone. */
export function readWritten(name: string, type: string, written: string): ReturnType<ReadRecord> {
  const value = type === "TXT" ? plainText(written) : plainName(written.split(/\s+/).at(-1) ?? "");
  return { name: plainName(name), type, value };
}
