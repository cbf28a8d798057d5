import * as pulumi from "@pulumi/pulumi";
import * as ipaddr from "ipaddr.js";
import * as z from "zod";
import { type Parsed, parseAddress, parseDomainName, parseIpv4, parseIpv6, parseLocalAddress } from "./addresses";
import { refusal } from "./refusal";

/** A text as a parser takes it. */
export const read = (parse: (text: string) => Parsed) =>
  z.string().transform((text, context) => {
    const parsed = parse(text);
    if ("value" in parsed) return parsed.value;
    context.issues.push({ code: "custom", input: text, message: parsed.problem });
    return z.NEVER;
  });

/** Takes texts of a pattern. */
export const pattern =
  (form: RegExp, problem: string) =>
  (text: string): Parsed =>
    form.test(text) ? { value: text } : { problem };

/** A text of a pattern. */
export const matching = (form: RegExp, problem: string) => read(pattern(form, problem));

/** An address, or a block of them with a prefix length of 1 to `longest`. */
export const addressBlock = (parse: (text: string) => Parsed, longest: number) =>
  read((text) => {
    const [address = "", length, ...more] = text.split("/");
    const parsed = parse(address);
    if ("problem" in parsed || length === undefined) return parsed;
    return /^[1-9][0-9]{0,2}$/.test(length) && Number(length) <= longest && more.length === 0
      ? { value: `${parsed.value}/${length}` }
      : { problem: `has no prefix length of 1 to ${longest} after the /` };
  });

/** An IPv4 or IPv6 address or block, in the form of cidr_table(5), which has no bits behind the prefix. */
export const clientBlock = read((text) => {
  const v6 = text.includes(":");
  const block = addressBlock(v6 ? parseIpv6 : parseIpv4, v6 ? 128 : 32).safeParse(text);
  const issue = block.error?.issues[0];
  if (block.data === undefined) return { problem: issue?.message ?? "is no address" };
  if (!block.data.includes("/")) return { value: block.data };
  const [, length = ""] = block.data.split("/");
  const network = v6 ? ipaddr.IPv6.networkAddressFromCIDR(block.data) : ipaddr.IPv4.networkAddressFromCIDR(block.data);
  return Number(length) < 8
    ? { problem: "is a block of more than a whole /8; give the addresses of the machines that are trusted" }
    : { value: `${v6 ? (network as ipaddr.IPv6).toRFC5952String() : network.toString()}/${length}` };
});

/** A value that may be an output of another resource; judged at once where it is known, and when it becomes known where it is not. */
export const input = (parse: (text: string) => Parsed) =>
  z
    .custom<pulumi.Input<string>>(
      (value) => typeof value === "string" || pulumi.Output.isInstance(value) || value instanceof Promise,
      "must be a string, or an output that becomes one",
    )
    .transform((value, context): pulumi.Input<string> => {
      if (typeof value !== "string") return demand(parse, value);
      const parsed = parse(value);
      if ("value" in parsed) return parsed.value;
      context.issues.push({ code: "custom", input: value, message: parsed.problem });
      return z.NEVER;
    })
    .meta({ type: "Input<string>" });

/** As {@link input}; the value never stands in an error text and is always a secret from here on. `meant` makes of it what it stands for. */
export const secretInput = (problemOf: (text: string) => string | undefined, meant = (text: string) => text) =>
  z
    .custom<pulumi.Input<string>>(
      (value) => typeof value === "string" || pulumi.Output.isInstance(value) || value instanceof Promise,
      "must be a string, or an output that becomes one",
    )
    .transform((value, context): pulumi.Output<string> => {
      const known = typeof value === "string" ? problemOf(value) : undefined;
      if (known !== undefined) context.issues.push({ code: "custom", input: undefined, message: known });
      return pulumi.secret(
        pulumi.output(value).apply((text) => {
          const problem = problemOf(text);
          if (problem !== undefined && typeof value !== "string")
            throw refusal(`A secret of the mail server ${problem}`);
          return meant(text);
        }),
      );
    })
    .meta({ type: "Input<string>", secret: true });

/** What an output says, once it is known. */
function demand(parse: (text: string) => Parsed, value: pulumi.Input<string>): pulumi.Output<string> {
  const output = pulumi.output(value);
  return output.apply(async (text) => {
    const parsed = parse(text);
    if ("value" in parsed) return parsed.value;
    const shown = (await pulumi.isSecret(output)) ? "A secret of the mail server" : JSON.stringify(text);
    throw refusal(`${shown} ${parsed.problem}`);
  });
}

/** Lines of a configuration file, with a line end after the last. */
export const fragment = z
  .string()
  .regex(/^[^\0\r]*$/, "must be text with plain line ends")
  .transform((text) => text && `${text.trimEnd()}\n`)
  .default("");

/** How much a mailbox may hold, as Dovecot writes it. */
export const mailboxSize = read((text) =>
  /^([1-9][0-9]{0,5}[MGT]|unlimited)$/i.test(text)
    ? { value: text.toLowerCase() === "unlimited" ? "unlimited" : text.toUpperCase() }
    : {
        problem:
          "is no size of a mailbox; allowed are a number of up to six digits with M, G or T behind it, such as 500M or 5G, and unlimited",
      },
);

/** A TCP or UDP port. */
export const port = z.int("must be a whole number").min(1, "must be 1 to 65535").max(65535, "must be 1 to 65535");
/** The time to live of records. */
export const seconds = z
  .int("must be a whole number of seconds")
  .min(30, "must be 30 to 604800 seconds")
  .max(604800, "must be 30 to 604800 seconds");
export const domainName = read(parseDomainName);
/** As a record of DMARC or TLS-RPT has it, too. */
export const reportAddress = read((text) => parseAddress(text.replace(/^mailto:/i, "")));
export const address = read(parseAddress);
export const localAddress = read(parseLocalAddress);
