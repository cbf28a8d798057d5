import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Activation } from "./activation/activation";
import { runOnDeployer } from "./deployer/run";
import { keyInBase64 } from "./dns/dkim";
import type { DkimPublicKeys } from "./dns/dkimKeys";
import { dnsOfNames } from "./dns/placement";
import { isPublished } from "./dns/providers";
import type { Host } from "./host/connection";
import type { MachineModel } from "./model";
import type { KeptRecords } from "./schema";
import type { PortDialogue } from "./services/contributions";
import type { OpenPort } from "./services/openPorts";
import { takesMailOfAnybody } from "./services/postfix/ruleTables";

/** Seconds that a server may take from its activation until it answers. */
const patience = 60;

/** Seconds that a DKIM key may take from its publication until the name servers of its zone have it. */
const keyPatience = 600;

/**
 * Holds up the MX records until the machine, seen from where Pulumi runs, works as the world must see it: SMTP with STARTTLS and a
 * valid certificate on 25 that takes mail for the postmaster of each domain, and greetings within valid TLS from the other services; and
 * that the certificate's key is the one in the TLSA record, and the keys that mail is signed with are those in DNS. Each change of what the host holds
 * makes it run again.
 *
 * @param dkimKeys those whose records somebody else than a person keeps
 */
export function probe(
  name: string,
  model: MachineModel,
  { ipv4Address, ipv6Address }: Host,
  { manifestHash, certificateSpkiSha256 }: Pick<Activation, "manifestHash" | "certificateSpkiSha256">,
  dkimKeys: DkimPublicKeys,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const keys = [...dkimKeys].map(([at, { publicKeyPem }]) =>
    publicKeyPem.apply((pem) => ({ name: at, sha256: createHash("sha256").update(keyInBase64(pem)).digest("hex") })),
  );
  const facts = pulumi.all([ipv4Address, ipv6Address, certificateSpkiSha256, pulumi.all(keys)]);
  const server = facts.apply(([v4, v6, key, dkimKeys]) => ({
    hostname: model.hostname,
    certificateKey: model.dane ? key : undefined,
    addresses: v6 === undefined ? [v4] : [v4, v6],
    ports: probedPorts(model),
    recipients: takesMailOfAnybody(model) ? model.domains.map((domain) => `postmaster@${domain.name}`) : [],
    seconds: patience,
    dkimKeys,
    keySeconds: keyPatience,
  }));
  return runOnDeployer(
    `${name}-probe`,
    {
      script: "probe",
      what: `probe ${model.hostname} from here`,
      environment: { SERVER: server.apply((each) => JSON.stringify(each)), MANIFEST: manifestHash },
    },
    { ...opts, customTimeouts: { create: "15m", update: "15m" } },
  );
}

/** The keys whose records a provider is told, and no person pastes. */
export function publishedKeys(keys: DkimPublicKeys, args: KeptRecords): DkimPublicKeys {
  const dnsOf = dnsOfNames(args);
  return new Map([...keys].filter(([at]) => isPublished(dnsOf(at))));
}

/** Ports that everybody's mail passes through; the others differ from these in nothing but the start of TLS. */
export function probedPorts({ ports }: Pick<MachineModel, "ports">): (OpenPort & Partial<PortDialogue>)[] {
  const probed = ports.filter((port) => port.offered && port.probed);
  return probed
    .map(({ number, name, dialogue }) => ({ number, service: name, ...dialogue }))
    .sort((a, b) => a.number - b.number);
}
