import { ClientCheck, PatternType } from "../../enums";
import type { MachineModel } from "../../model";
import type { RoleFile } from "../../role";
import { indexedTable, publicFile, tableCalled } from "../../roleFiles";
import { type Additions, additionsOf, takesMail } from "./additions";
import { delimiterOf } from "./ruleSettings";

/** A table of the stack's rules. */
interface RuleTable {
  /** The parameter of main.cf or the restriction that asks it. */
  askedBy: string;
  lookup: string;
  file: RoleFile;
}

type Lines = [key: string, value: string][];

/** The tables of the stack's rules: one is there where there is a rule for it, in the order in which they are asked. */
export function ruleTables(model: Pick<MachineModel, "own">): RuleTable[] {
  const rules = additionsOf(model);
  const patterns = (askedBy: string, name: string, entries: Lines) =>
    table(
      askedBy,
      name,
      entries.map(([pattern, value]) => [delimited(pattern), value]),
      rules.patternType,
    );
  const checked = (askedBy: string, entries: Additions["headerChecks"]) =>
    patterns(
      askedBy,
      named(askedBy),
      entries.map(({ pattern, ...rest }) => [pattern, verdict(rest)]),
    );
  const rewriting = (askedBy: string, entries: Additions["smtpGenericMaps"]) => [
    ...table(
      askedBy,
      named(askedBy),
      entries.flatMap(({ address, to }) => (address === undefined ? [] : [[address, to]])),
    ),
    ...patterns(
      askedBy,
      `${named(askedBy)}-patterns`,
      entries.flatMap(({ pattern, to }) => (pattern === undefined ? [] : [[pattern, to]])),
    ),
  ];
  const copied = (askedBy: string, entries: Additions["senderBccMaps"]) =>
    table(
      askedBy,
      named(askedBy),
      entries.map(({ address, to }) => [address, to]),
    );
  const addressed = (askedBy: string, entries: Additions["senderAccess"]) =>
    table(
      askedBy,
      named(askedBy),
      entries.map(({ address, ...rest }) => [address, verdict(rest)]),
    );
  return [
    ...checked("header_checks", rules.headerChecks),
    ...checked("mime_header_checks", rules.mimeHeaderChecks),
    ...checked("body_checks", rules.bodyChecks),
    ...rewriting("sender_canonical_maps", rules.senderCanonicalMaps),
    ...rewriting("recipient_canonical_maps", rules.recipientCanonicalMaps),
    ...rewriting("smtp_generic_maps", rules.smtpGenericMaps),
    ...copied("sender_bcc_maps", rules.senderBccMaps),
    ...copied("recipient_bcc_maps", rules.recipientBccMaps),
    ...table(
      "check_client_access",
      "client-access-addresses",
      rules.clientAccess.flatMap(({ address, name, ...rest }) =>
        address === undefined ? [] : [[address, verdict(rest)]],
      ),
      "cidr",
    ),
    ...table(
      "check_client_access",
      "client-access",
      rules.clientAccess.flatMap(({ address, name, ...rest }) => (name === undefined ? [] : [[name, verdict(rest)]])),
    ),
    ...table(
      "check_helo_access",
      "helo-access",
      rules.heloAccess.map(({ name, ...rest }) => [name.toLowerCase(), verdict(rest)]),
    ),
    ...addressed("check_sender_access", rules.senderAccess),
    ...addressed("check_recipient_access", rules.recipientAccess),
  ];
}

/** How main.cf refers to the tables of a parameter. */
export function ruleLookups(model: Pick<MachineModel, "own">, parameter: string): string[] {
  return ruleTables(model).flatMap(({ askedBy, lookup }) => (askedBy === parameter ? [lookup] : []));
}

/** A list of access(5), as a list of restrictions asks it. */
export function accessChecks(model: Pick<MachineModel, "own">, restriction: string): string[] {
  return ruleLookups(model, restriction).map((lookup) => `${restriction} ${lookup}`);
}

/** Parameters of main.cf that follow from rules about messages. */
export function messageRules(model: Pick<MachineModel, "own">): Record<string, string> {
  const { alwaysBcc, senderCanonicalClasses, recipientCanonicalClasses } = additionsOf(model);
  const asked = [
    "body_checks",
    "sender_canonical_maps",
    "recipient_canonical_maps",
    "smtp_generic_maps",
    "sender_bcc_maps",
    "recipient_bcc_maps",
  ];
  const maps = asked.map((name): [string, string] => [name, ruleLookups(model, name).join(", ")]);
  const given = Object.fromEntries(maps.filter(([, lookups]) => lookups !== ""));
  return {
    ...given,
    ...(given.sender_canonical_maps ? { sender_canonical_classes: senderCanonicalClasses.join(", ") } : {}),
    ...(given.recipient_canonical_maps ? { recipient_canonical_classes: recipientCanonicalClasses.join(", ") } : {}),
    ...(alwaysBcc === undefined ? {} : { always_bcc: alwaysBcc }),
  };
}

/** What the stack demands of clients on port 25, after those that are exempt. */
export function clientChecks(model: Pick<MachineModel, "own">): string[] {
  const { unknownClientHostname, unknownReverseClientHostname, dnsbls } = additionsOf(model);
  return [
    ...accessChecks(model, "check_client_access"),
    ...asked(unknownReverseClientHostname, "reject_unknown_reverse_client_hostname"),
    ...asked(unknownClientHostname, "reject_unknown_client_hostname"),
    ...dnsbls.flatMap(({ domain, filter, action }) =>
      asked(action, `reject_rbl_client ${domain}${filter === undefined ? "" : `=${filter}`}`),
    ),
  ];
}

/** Whether port 25 takes mail whatever client brings it; else the one that asks from where Pulumi runs may be among those that are refused. */
export function takesMailOfAnybody(model: Pick<MachineModel, "own">): boolean {
  return takesMail(model) && [...clientChecks(model), ...ruleLookups(model, "check_recipient_access")].length === 0;
}

function asked(action: ClientCheck, restriction: string): string[] {
  if (action === ClientCheck.Accept) return [];
  return [action === ClientCheck.Warn ? `warn_if_reject ${restriction}` : restriction];
}

/** Whether a language other than POSIX's is needed. */
export function usesPcre(model: Pick<MachineModel, "own">): boolean {
  return ruleTables(model).some(({ lookup }) => lookup.startsWith(`${PatternType.Pcre}:`));
}

function table(askedBy: string, name: string, entries: Lines, type = "hash"): RuleTable[] {
  if (entries.length === 0) return [];
  const { path, lookup } = tableCalled(name, type);
  const lines = entries.map(([key, value]) => `${key} ${value}\n`).join("");
  return [{ askedBy, lookup, file: type === "hash" ? indexedTable(path, entries) : publicFile(path, lines) }];
}

/** The name of a table by the parameter or restriction that asks it. */
function named(askedBy: string): string {
  return askedBy.replace(/^check_/, "").replaceAll("_", "-");
}

function delimited(pattern: string): string {
  const delimiter = delimiterOf(pattern) ?? "/";
  return `${delimiter}${pattern}${delimiter}`;
}

function verdict({ action, text }: { action: string; text?: string }): string {
  return text === undefined ? action : `${action} ${text}`;
}
