import { reverseDnsProviders } from "../dns/providers";
import {
  addressProblems,
  aliasDomainProblems,
  aliasLoops,
  aliasSizes,
  domainProblems,
  recipientProblems,
} from "./addresses";
import { dkimProblems, spfProblems } from "./authentication";
import { certificateProblems, firewallProblems, ovhVpsProblems, relayHostProblems } from "./machine";
import { dnsProblems, parkedProblems, webNameProblems } from "./names";
import { oneOf, type Problem, type Understood, type UnderstoodDns } from "./problem";

/** What concerns several members together. */
export function contradictions(args: Understood): Problem[] {
  return [
    ...(args.host ? oneOf("host", args.host, ["ssh", "ovhVps"]) : []),
    ...ovhVpsProblems(args),
    ...certificateProblems(args),
    ...relayHostProblems(args),
    ...dnsContradictions(args),
    ...addressProblems(args),
    ...(args.complete ? [...recipientProblems(args), ...aliasLoops(args)] : []),
    ...aliasDomainProblems(args),
    ...aliasSizes(args),
    ...firewallProblems(args),
  ];
}

/** As {@link contradictions}, as far as it shows in the records. */
export function dnsContradictions(args: UnderstoodDns): Problem[] {
  return [
    ...oneOf("certificate", args.certificate, ["acme"]),
    ...dnsProblems(args),
    ...parkedProblems(args),
    ...spfProblems(args),
    ...dkimProblems(args),
    ...(args.reverseDns ? oneOf("reverseDns", args.reverseDns, Object.keys(reverseDnsProviders)) : []),
    ...domainProblems(args),
    ...webNameProblems(args),
  ];
}
