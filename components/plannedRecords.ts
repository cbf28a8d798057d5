import { type DnsFacts, type DnsRecord, type PlannedRecord, recordWith } from "./dns/record";
import { factOf, zoneRecords } from "./dns/records";
import type { DnsModel } from "./model";
import { services } from "./services";

/** Every DNS record of a server, those included that its services have. */
export function plannedRecords(model: DnsModel): PlannedRecord[] {
  return zoneRecords(model, {
    machine: (machine) => services.flatMap(({ records }) => records?.(model, machine) ?? []),
    domain: (domain) => services.flatMap(({ domainRecords }) => domainRecords?.(model, domain) ?? []),
  });
}

/** The same, once all is known. */
export function records(model: DnsModel, facts: DnsFacts): DnsRecord[] {
  return plannedRecords(model).map((planned) => recordWith(planned, (fact) => factOf(fact, facts)));
}
