import { milterEndpoint } from "../components/services/paths";
import { listOf, type Parameters } from "./postfix";

export const opendkimPath = "/etc/opendkim.conf";

/** Whether Postfix hands messages to OpenDKIM. */
export function asksOpendkim(parameters: Parameters): boolean {
  // Braces around a milter have its options beside it.
  return listOf(parameters.get("smtpd_milters")).some((each) => each.split(/[\s,]/)[0] === milterEndpoint);
}

/** The parameters of opendkim.conf(5) in small letters, as it takes them in any, with their values, as they stand there. */
export function parseOpendkimConf(text: string): [name: string, value: string][] {
  return text.split("\n").flatMap((line): [string, string][] => {
    const [, name, value = ""] = /^\s*([^\s#]+)(?:\s+(.*))?$/.exec(line.replace(/#.*/, "")) ?? [];
    return name === undefined ? [] : [[name.toLowerCase(), value.trim()]];
  });
}
