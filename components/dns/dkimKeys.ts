import type * as pulumi from "@pulumi/pulumi";
import type * as tls from "@pulumi/tls";
import type { MailModel } from "../model";
import { stackKey } from "../stackKey";
import { dkimName, keyedSelectors } from "./dkim";

/** By the name of the key's record. */
export type DkimKeys = Map<string, tls.PrivateKey>;

/**
 * One key a domain and selector, kept in the stack: a rebuilt host signs with the key that the world knows. Which of them signs is no matter of the keys, so
 * that a switch replaces none.
 */
export function createDkimKeys(name: string, model: MailModel, parent: pulumi.Resource): DkimKeys {
  return new Map(
    model.domains.flatMap(({ name: domain, dkim }) =>
      keyedSelectors(dkim).map((selector): [string, tls.PrivateKey] => [
        dkimName(selector, domain),
        stackKey(`${name}-dkim-${selector}-${domain}`, parent),
      ]),
    ),
  );
}
