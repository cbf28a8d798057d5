import * as pulumi from "@pulumi/pulumi";
import type * as tls from "@pulumi/tls";
import type { MailDnsArgs } from "../args";
import { createRsaKey } from "../createRsaKey";
import type { DnsMachine, DnsModel } from "../model";
import { refusal } from "../refusal";
import { withoutTraces } from "../withoutTraces";
import { dkimName, keyedSelectors, keyRecordNames, signers } from "./dkim";

/** By the name of the key's record. */
export type DkimKeys = Map<string, tls.PrivateKey>;

/** The halves of the keys that records publish, in PEM. */
export type DkimPublicKeys = Map<string, { publicKeyPem: pulumi.Output<string> }>;

/**
 * One key a domain and selector, kept in the stack: a rebuilt host signs with the key that the world knows. Which of them signs is no matter of the keys, so
 * that a switch replaces none.
 */
export function createDkimKeys(name: string, model: DnsModel, parent: pulumi.Resource): DkimKeys {
  return new Map(
    signers(model).flatMap(({ name: domain, dkim }) =>
      keyedSelectors(dkim).map((selector): [string, tls.PrivateKey] => [
        dkimName(selector, domain),
        withoutTraces(() => createRsaKey(`${name}-dkim-${selector}-${domain}`, dkim.keySize, parent)),
      ]),
    ),
  );
}

/** Keys that somebody else has made, where they are known while the args are read. */
export function knownKeys(given: MailDnsArgs["dkimPublicKeys"]): Record<string, pulumi.Input<string>> | undefined {
  return typeof given !== "object" || pulumi.Output.isInstance(given) || given instanceof Promise ? undefined : given;
}

/** A machine for which a key of its own was left out signs nothing in its own name. */
export function withHostKeyIfGiven(model: DnsModel, given: MailDnsArgs["dkimPublicKeys"]): DnsModel {
  const known = knownKeys(given);
  const isLeftOut = ({ hostname, hostDkim }: DnsMachine) =>
    known !== undefined && hostDkim !== undefined && !(dkimName(hostDkim.selector, hostname) in known);
  const machines = model.machines.map((each) => (isLeftOut(each) ? { ...each, hostDkim: undefined } : each));
  return { ...model, machines };
}

/** Keys that somebody else has made; each is judged once it is known, and waits for no other where the names of all are known. */
export function givenDkimKeys(given: NonNullable<MailDnsArgs["dkimPublicKeys"]>, model: DnsModel): DkimPublicKeys {
  const byName = knownKeys(given);
  const keyAt = (at: string) =>
    pulumi.output(byName ? { [at]: byName[at] } : given).apply((keys) => givenDkimKey(keys, at));
  return new Map(
    signers(model)
      .flatMap(keyRecordNames)
      .map((at) => [at, { publicKeyPem: keyAt(at) }]),
  );
}

/** @throws where there is no key of this name, or no public one */
export function givenDkimKey(keys: Record<string, string | undefined>, at: string): string {
  const pem = keys[at];
  if (pem !== undefined && /^-----BEGIN PUBLIC KEY-----\s[\sA-Za-z0-9+/=]+-----END PUBLIC KEY-----\s*$/.test(pem))
    return pem;
  const wrong = pem === undefined ? "has no key" : "has no public key in PEM format";
  throw refusal(`dkimPublicKeys ${wrong} for ${at}; give what \`openssl pkey -pubout\` prints of it`);
}
