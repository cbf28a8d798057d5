import { getDomain } from "tldts";
import { domainOf, mailto } from "../addresses";
import type { DmarcArgs } from "../args";
import type { MailDomain } from "../model";

/** Tags in the order that RFC 9989 section 4.7 gives `v` and `p`; the rest as people are used to read them. */
const tagOrder = ["p", "sp", "np", "adkim", "aspf", "pct", "rua", "ruf", "fo", "t", "psd"] as const;

/** The DMARC record of a domain (RFC 9989 section 4.7). */
export function dmarcRecord(dmarc: DmarcArgs): string {
  const tags = tagOrder.flatMap((tag) => (dmarc[tag] === undefined ? [] : [`${tag}=${tagValue(dmarc[tag])}`]));
  return ["v=DMARC1", ...tags].join("; ");
}

function tagValue(value: string | string[] | boolean | number): string {
  if (Array.isArray(value)) return value.map((address) => mailto(address)).join(",");
  if (typeof value === "boolean") return value ? "y" : "n";
  return String(value);
}

/**
 * The other domains of this server whose reports go to addresses in `receiver`: it must say in DNS that it takes them
 * (RFC 9990 section 4), or nobody sends any.
 */
export function dmarcReportAuthorisations(receiver: string, domains: MailDomain[]): string[] {
  return domains
    .filter(({ name }) => getDomain(name) !== getDomain(receiver))
    .filter(({ dmarc }) => [...(dmarc.rua ?? []), ...(dmarc.ruf ?? [])].some((each) => domainOf(each) === receiver))
    .map(({ name }) => name);
}
