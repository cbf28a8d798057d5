import { reverseDnsProviders } from "../dns/providers";
import {
  addressProblems,
  aliasDomainProblems,
  aliasLoops,
  aliasSizes,
  domainProblems,
  localProblems,
  recipientProblems,
} from "./addresses";
import { dkimProblems, spfProblems } from "./authentication";
import {
  certificateProblems,
  firewallProblems,
  ovhVpsProblems,
  queueProblems,
  relayHostProblems,
  submissionPortProblems,
} from "./machine";
import { accountProblems, dnsProblems, parkedProblems, webNameProblems } from "./names";
import { postfixProblems } from "./postfix";
import { type PartialArgs, type PartialDnsArgs, type Problem, requireExactlyOne } from "./problem";
import { sieveProblems } from "./sieve";

/** What concerns several members together. */
export function contradictions(args: PartialArgs): Problem[] {
  return [
    ...(args.host ? requireExactlyOne("host", args.host, ["ssh", "ovhVps"]) : []),
    ...ovhVpsProblems(args),
    ...certificateProblems(args),
    ...relayHostProblems(args),
    ...queueProblems(args),
    ...dnsContradictions(args),
    ...addressProblems(args),
    ...(args.allEntriesRead ? [...recipientProblems(args), ...aliasLoops(args)] : []),
    ...localProblems(args),
    ...aliasDomainProblems(args),
    ...aliasSizes(args),
    ...submissionPortProblems(args),
    ...firewallProblems(args),
    ...sieveProblems(args),
    ...postfixProblems(args),
  ];
}

/** As {@link contradictions}, as far as it shows in the records. */
export function dnsContradictions(args: PartialDnsArgs): Problem[] {
  return [
    ...requireExactlyOne("certificate", args.certificate, ["acme"]),
    ...dnsProblems(args),
    ...accountProblems(args),
    ...parkedProblems(args),
    ...spfProblems(args),
    ...dkimProblems(args),
    ...(args.reverseDns ? requireExactlyOne("reverseDns", args.reverseDns, Object.keys(reverseDnsProviders)) : []),
    ...domainProblems(args),
    ...webNameProblems(args),
  ];
}
