import { isIP } from "node:net";
import { reverseName } from "../components/addresses";
import { dnsRecords } from "./dnsRecords";
import { postfixes, type Scope } from "./postfix";
import { isActivation, type Resource } from "./rule";

/** A machine of the stack that is a mail server, as far as a preview knows it. */
export interface MailMachine {
  /** What its Postfix calls itself when it sends. */
  greetings: string[];
  /** Every name that leads to it. */
  names: string[];
  /** Its addresses: where SSH reaches it, and what its names lead to. */
  addresses: string[];
  /** URNs of the commands that make it a mail server. */
  activation: string[];
}

/** The mail servers of the stack. */
export function mailMachines(resources: Resource[]): MailMachine[] {
  const hosts = dnsRecords(resources).filter(({ type, value }) => ["A", "AAAA"].includes(type) && isIP(value));
  return postfixes(resources).map(({ server, main, services }) => {
    // As the component calls them.
    const commands = [`${server}-host-command`, `${server}-host-certificate`];
    const activation = resources.filter((each) => isActivation(each) && commands.includes(each.name));
    const senders = services.filter(({ command }) => command === "smtp");
    const greetings = unique((senders.length > 0 ? senders : [main]).map(greeting));
    const own = unique([...greetings, name(main.parameters.get("myhostname"))]);
    const addresses = unique([
      ...activation
        .map(({ inputs }) => String((inputs.connection as { host?: unknown } | undefined)?.host))
        .filter(isIP),
      ...hosts.filter((host) => own.includes(host.name)).map(({ value }) => value),
    ]);
    // An IPv6 address may be written in several ways, and has one reverse name.
    const there = addresses.map(reverseName);
    const leading = hosts.filter(({ value }) => there.includes(reverseName(value)));
    return {
      greetings,
      names: unique([...own, ...leading.map((host) => host.name)]),
      addresses,
      activation: activation.map(({ urn }) => urn),
    };
  });
}

function greeting({ parameters }: Scope): string {
  return name(parameters.get("smtp_helo_name") || parameters.get("myhostname"));
}

function name(written = ""): string {
  return written.toLowerCase();
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
