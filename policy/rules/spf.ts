import { isSpf } from "../../components/dns/existing";
import { mostSpfLookups, spfLookups } from "../../components/dns/spf";
import { dnsRecords, repeated } from "../dnsRecords";
import type { Rule } from "../rule";

/** A name has one SPF record, and it can be evaluated. */
export const spf: Rule = {
  name: "spf-evaluable",
  description: `With two SPF records at a name, or with more than ${mostSpfLookups} look-ups, receivers take mail for forged (RFC 7208 sections 4.5 and 4.6.4)`,
  severity: "high",
  checkStack: (resources) => {
    const records = dnsRecords(resources).filter(({ type, value }) => type === "TXT" && isSpf(value));
    const expensive = records.filter(({ value }) => spfLookups(value) > mostSpfLookups);
    return [
      ...repeated(records).map(({ urn, name, value }) => ({
        urn,
        message: `${name} has another SPF record already; join ${JSON.stringify(value)} into it (domains[].spf)`,
      })),
      ...expensive.map(({ urn, name, value }) => ({
        urn,
        message: `${name}: ${spfLookups(value)} look-ups, those of included records not counted; allowed are ${mostSpfLookups}. Name addresses with ip4 and ip6 instead (domains[].spf)`,
      })),
    ];
  },
};
