import { recordReaders } from "../components/dns/providers";
import type { Resource } from "./rule";

/** A DNS record that a resource publishes, as far as it is known. */
export interface PublishedRecord {
  urn: string;
  /** Fully qualified, without a dot at the end. */
  name: string;
  type: string;
  /** A text in one piece, a name without a dot at the end, an MX record's target without its preference. */
  value: string;
}

/** The records of the types that rules look at (A, AAAA, MX, PTR, TXT), whoever publishes them. */
export function dnsRecords(resources: Resource[]): PublishedRecord[] {
  return resources.flatMap((resource) => {
    const read = recordReaders[resource.type];
    const record = read?.(resource.inputs);
    return record ? [{ ...record, urn: resource.urn }] : [];
  });
}

/** Those at whose name another one stands before them. */
export function repeated(records: PublishedRecord[]): PublishedRecord[] {
  return records.filter(({ name }, index) => records.findIndex((each) => each.name === name) < index);
}
