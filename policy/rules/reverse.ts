import { reverseName } from "../../components/addresses";
import { dnsRecords } from "../dnsRecords";
import { mailMachines } from "../mailMachines";
import type { Rule } from "../rule";

/** The PTR records of a mail server's addresses say what its Postfix calls itself; those of other machines say what they like. */
export const ptrIsHelo: Rule = {
  name: "ptr-is-helo",
  description: "Big receivers refuse mail from an address whose name is not the one that the server greets with",
  severity: "high",
  checkStack: (resources) => {
    const machines = mailMachines(resources);
    return dnsRecords(resources)
      .filter(({ type }) => type === "PTR")
      .flatMap(({ urn, name, value }) =>
        machines.flatMap(({ greetings, addresses }) => {
          const address = addresses.find((each) => reverseName(each) === name);
          if (address === undefined || greetings.includes(value)) return [];
          return [
            {
              urn,
              message: `${address} is called ${value}, but the server greets as ${greetings.join(", ")}; make them the same (hostname)`,
            },
          ];
        }),
      );
  },
};
