import type { ValidArgs } from "../schema";
import { formatValue, type PartialArgs, type Problem } from "./problem";

type Rules = ValidArgs["postfix"];

/** Parameters of main.cf that members of `postfix` become, so that another value in `mainCf` would switch them off. */
const parameters: Record<string, (keyof Rules)[]> = {
  mime_header_checks: ["mimeHeaderChecks"],
  body_checks: ["bodyChecks"],
  sender_canonical_maps: ["senderCanonicalMaps"],
  recipient_canonical_maps: ["recipientCanonicalMaps"],
  smtp_generic_maps: ["smtpGenericMaps"],
  always_bcc: ["alwaysBcc"],
  sender_bcc_maps: ["senderBccMaps"],
  recipient_bcc_maps: ["recipientBccMaps"],
  smtpd_client_restrictions: ["clientAccess", "dnsbls", "unknownClientHostname", "unknownReverseClientHostname"],
  smtpd_helo_restrictions: ["heloAccess"],
  smtpd_sender_restrictions: ["senderAccess"],
  smtpd_recipient_restrictions: ["recipientAccess", "rejectAllRecipients"],
};

/** Each thing is said in one place, and each key of a table once, as postmap would warn of the second. */
export function postfixProblems({ postfix }: PartialArgs): Problem[] {
  return [
    ...Object.keys(postfix.mainCf).flatMap((name) => {
      const member = parameters[name]?.find((each) => isGiven(postfix[each]));
      if (member === undefined) return [];
      const reason = `is given beside postfix.${member}, which it would switch off; leave one of them out`;
      return [{ propertyPath: `postfix.mainCf.${name}`, reason }];
    }),
    ...repeatedKeys(postfix),
    ...(postfix.rejectAllRecipients && postfix.recipientAccess.length > 0
      ? [
          {
            propertyPath: "postfix.recipientAccess",
            reason: "is given beside rejectAllRecipients, with which nobody asks it; leave one of them out",
          },
        ]
      : []),
  ];
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : ![undefined, false, "accept"].includes(value as string);
}

const keyed = [
  "senderCanonicalMaps",
  "recipientCanonicalMaps",
  "smtpGenericMaps",
  "senderBccMaps",
  "recipientBccMaps",
  "clientAccess",
  "heloAccess",
  "senderAccess",
  "recipientAccess",
] as const;

function repeatedKeys(postfix: Rules): Problem[] {
  return keyed.flatMap((member) => {
    const first = new Map<string, number>();
    const entries: { address?: string; name?: string }[] = postfix[member];
    return entries.flatMap(({ address, name }, index) => {
      const key = (address ?? name)?.toLowerCase();
      if (key === undefined) return [];
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, index);
      const reason = `${formatValue(key)} is there already, as postfix.${member}[${earlier}]; leave one of them out`;
      return earlier === undefined
        ? []
        : [{ propertyPath: `postfix.${member}[${index}].${address === undefined ? "name" : "address"}`, reason }];
    });
  });
}
