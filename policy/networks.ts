import * as ipaddr from "ipaddr.js";
import { listOf } from "./postfix";

/** The addresses of a machine itself. */
const loopback = ["127.0.0.0/8", "::ffff:127.0.0.0/104", "::1/128"].map((each) => ipaddr.parseCIDR(each));

/** Whether a network, as Postfix and Dovecot write it, is within the machine itself. */
export function isLoopback(network: string): boolean {
  const text = network.replace(/[[\]]/g, "");
  if (!ipaddr.isValid(text) && !ipaddr.isValidCIDR(text)) return false;
  const [address, bits] = ipaddr.isValid(text) ? wholeAddress(text) : ipaddr.parseCIDR(text);
  return loopback.some(
    ([own, length]) => own.kind() === address.kind() && bits >= length && address.match(own, length),
  );
}

/** Whether only the machine itself reaches a service that listens on an address, as master.cf names it. */
export function isOwnAddress(address: string): boolean {
  return isLoopback(address) || address === "localhost";
}

/** Of the networks that a parameter of Postfix lists, those of others than the machine. */
export function strangersIn(networks: string | undefined): string[] {
  return listOf(networks).filter((each) => !each.startsWith("!") && !isLoopback(each));
}

function wholeAddress(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const address = ipaddr.parse(text);
  return [address, address.kind() === "ipv4" ? 32 : 128];
}
