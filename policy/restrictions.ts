import { listOf, type Parameters } from "./postfix";

/** A restriction of a list, as in postconf(5). */
export interface Restriction {
  /** In small letters, as Postfix takes it in any. */
  name: string;
  /** The table of a `check_*_access`, the domain of a `reject_rbl_client`, etc. */
  argument?: string;
  /** Whether its refusal would be none (`warn_if_reject`). */
  isOnlyLogged: boolean;
}

/** The word after it is its argument. */
const takesArgument =
  /^(check_\w+_access|check_policy_service|reject_(rbl|rhsbl)_\w+|permit_(dns|rhs)wl_client|sleep)$/;

/** The restrictions of a list in their order, those of its classes included. */
export function restrictionsOf(list: string | undefined, parameters: Parameters): Restriction[] {
  return within(list, parameters, listOf(parameters.get("smtpd_restriction_classes")), false);
}

function within(list: string | undefined, parameters: Parameters, classes: string[], isLogged: boolean): Restriction[] {
  const words = listOf(list);
  return words.flatMap((word, index) => {
    const before = words[index - 1]?.toLowerCase() ?? "";
    const name = word.toLowerCase();
    const isOnlyLogged = isLogged || before === "warn_if_reject";
    if (name === "warn_if_reject" || takesArgument.test(before)) return [];
    const argument = takesArgument.test(name) ? words[index + 1] : undefined;
    if (!classes.includes(word)) return [{ name, isOnlyLogged, ...(argument === undefined ? {} : { argument }) }];
    const others = classes.filter((each) => each !== word);
    return within(parameters.get(word), parameters, others, isOnlyLogged);
  });
}

/** Restrictions that let nobody through: those that refuse, and tables of which Postfix takes no OK. */
const refusing = /^((reject|defer)_\w+|check_(\w+_(a|mx|ns)|reverse_client_hostname)_access|sleep)$/;

/** Whether a restriction can refuse, and let nobody through. Of tables, only those that stand in the parameter itself are known. */
export function onlyRefuses({ name, argument }: Restriction): boolean {
  return refusing.test(name) || (/^check_\w+_access$/.test(name) && resultsOf(argument).every(isRefusal));
}

/** What a table `inline:{…}` answers; of another table, something that is not known. */
function resultsOf(table = ""): (string | undefined)[] {
  const [, entries] = /^inline:\{(.*)\}$/s.exec(table) ?? [];
  if (entries === undefined) return [undefined];
  return listOf(entries).map((entry) => /=(.*)$/s.exec(entry)?.[1]?.trim());
}

/** Whether a result of access(5) lets nobody through; a number alone does. */
function isRefusal(result: string | undefined): boolean {
  return /^((reject|defer|dunno)\b|[45]\d\d\s+\S)/i.test(result ?? "");
}
