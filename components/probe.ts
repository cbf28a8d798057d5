import * as pulumi from "@pulumi/pulumi";
import type { Activation } from "./activation/activation";
import { runOnDeployer } from "./deployer/run";
import type { Host } from "./host/connection";
import type { MachineModel } from "./model";
import type { PortDialogue } from "./services/contributions";
import type { OpenPort } from "./services/openPorts";
import { takesMail } from "./services/postfix/additions";

/** Seconds that a server may take from its activation until it answers. */
const patience = 60;

/**
 * Holds up the MX records until the machine, seen from where Pulumi runs, works as the world must see it: SMTP with STARTTLS and a
 * valid certificate on 25 that takes mail for the postmaster of each domain, and greetings within valid TLS from the other services; and
 * that the certificate's key is the one in the TLSA record. Each change of what the host holds makes it run again.
 */
export function probe(
  name: string,
  model: MachineModel,
  { ipv4Address, ipv6Address }: Host,
  { manifestHash, certificateSpkiSha256 }: Pick<Activation, "manifestHash" | "certificateSpkiSha256">,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const server = pulumi.all([ipv4Address, ipv6Address, certificateSpkiSha256]).apply(([v4, v6, key]) => ({
    hostname: model.hostname,
    certificateKey: model.dane ? key : undefined,
    addresses: v6 === undefined ? [v4] : [v4, v6],
    ports: probedPorts(model),
    recipients: takesMail(model) ? model.domains.map((domain) => `postmaster@${domain.name}`) : [],
    seconds: patience,
  }));
  return runOnDeployer(
    `${name}-probe`,
    {
      script: "probe",
      what: `probe ${model.hostname} from here`,
      environment: { SERVER: server.apply((each) => JSON.stringify(each)), MANIFEST: manifestHash },
    },
    { ...opts, customTimeouts: { create: "10m", update: "10m" } },
  );
}

/** Ports that everybody's mail passes through; the others differ from these in nothing but the start of TLS. */
export function probedPorts({ ports }: Pick<MachineModel, "ports">): (OpenPort & Partial<PortDialogue>)[] {
  const probed = ports.filter((port) => port.offered && port.probed);
  return probed
    .map(({ number, name, dialogue }) => ({ number, service: name, ...dialogue }))
    .sort((a, b) => a.number - b.number);
}
