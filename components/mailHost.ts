import * as pulumi from "@pulumi/pulumi";
import { activateHost } from "./activation/activateHost";
import type { Activation } from "./activation/activation";
import type { MailHostArgs } from "./args";
import { type ClientSettings, clientSettings } from "./clientSettings";
import { createDkimKeys, type DkimPublicKeys } from "./dns/dkimKeys";
import type { DnsRecord } from "./dns/record";
import { recordOutputs } from "./dns/recordOutputs";
import { type Host, type SshEndpoint, sshEndpointOf } from "./host/connection";
import { publishEdgeFirewall } from "./host/edgeFirewall";
import { createHost } from "./host/host";
import { onMachine } from "./model";
import { movedFrom } from "./movedFrom";
import { plannedRecords } from "./plannedRecords";
import { resolve } from "./resolve";
import type { ValidArgs } from "./schema";
import { validateMailHost } from "./validate";
import { withoutTraces } from "./withoutTraces";

// Not a property: Pulumi takes those for outputs when it infers the schema for other languages.
const resources = new WeakMap<MailHost, MailHostResources>();

/**
 * The machine of a mail server. Its DNS records are published by something else; the outputs hold them. While it is created, its hostname must
 * begin to resolve, since the ACME authority looks it up.
 *
 * @throws InputPropertiesError that lists all that is wrong with the args
 */
export class MailHost extends pulumi.ComponentResource {
  /** Its name: in its greeting, its certificate and every MX record. */
  readonly hostname: pulumi.Output<string>;
  /** Its public IPv4 address. */
  readonly ipv4Address: pulumi.Output<string>;
  /** Its public IPv6 address, if it uses IPv6. */
  readonly ipv6Address: pulumi.Output<string | undefined>;
  /** Every DNS record of the server by its `id`, independent of the provider. */
  readonly records: pulumi.Output<Record<string, DnsRecord>>;
  /** The records of the domains as a zone file, to paste at any provider. */
  readonly zoneFile: pulumi.Output<string>;
  /** The PTR records of the machine's addresses by their `id`, to set at its provider. */
  readonly reverseRecords: pulumi.Output<Record<string, DnsRecord>>;
  /** The DKIM records: the text of each, by its name. */
  readonly dkimRecords: pulumi.Output<Record<string, string>>;
  /** The public DKIM keys in PEM, by the names of their records: what `MailDns` takes. */
  readonly dkimPublicKeys: pulumi.Output<Record<string, string>>;
  /** SHA-256 of the SubjectPublicKeyInfo of the server's certificate, in hexadecimal digits. Stays the same over renewals. */
  readonly certificateSpkiSha256: pulumi.Output<string>;
  /** URI of the ACME account that the certificates are issued to, for CAA records (`accounturi`, RFC 8657). */
  readonly acmeAccountUri: pulumi.Output<string>;
  /** Settings for mail programs. */
  readonly clientSettings: pulumi.Output<ClientSettings>;
  /** How SSH connects to the machine. */
  readonly sshEndpoint: pulumi.Output<SshEndpoint>;
  /** SHA-256 over all that is managed on the host, as the host reported it. */
  readonly manifestHash: pulumi.Output<string>;

  /** @param within the mail server that it is part of */
  constructor(name: string, args: MailHostArgs, opts?: pulumi.ComponentResourceOptions, within?: HostWithin) {
    const valid = within?.valid ?? validateMailHost(args);
    const model = resolve(valid);
    super("mailserver:index:MailHost", name, {}, within ? { ...opts, ...movedFrom(within.server) } : opts);

    const { zonesFree = [], activationAfter = [] } = within ?? {};
    const host = createHost(name, valid, this);
    const machine = onMachine(model);
    const edgeFirewall = publishEdgeFirewall(name, valid, machine, host, { parent: this, dependsOn: zonesFree });
    const dkimKeys = createDkimKeys(name, model, this);
    const after = { packagesAfter: zonesFree, activationAfter };
    const activation = withoutTraces(() =>
      activateHost(name, valid, machine, host, dkimKeys, { parent: this, ...after }),
    );
    resources.set(this, { machine: host, edgeFirewall, dkimKeys, activation });
    const { certificateSpkiSha256, acmeAccountUri } = activation;
    const { ipv4Address, ipv6Address } = host;
    const machines = { [machine.name]: { ipv4Address, ipv6Address, certificateSpkiSha256 } };
    const facts = { machines, dkimKeys, acmeAccountUri };
    const records = recordOutputs(plannedRecords(model), facts, valid);

    this.hostname = pulumi.output(model.hostname);
    this.ipv4Address = host.ipv4Address;
    this.ipv6Address = pulumi.output(host.ipv6Address);
    this.records = records.records;
    this.zoneFile = records.zoneFile;
    this.reverseRecords = records.reverseRecords;
    this.dkimRecords = records.dkimRecords;
    this.dkimPublicKeys = pulumi.output(
      Object.fromEntries([...dkimKeys].map(([at, { publicKeyPem }]) => [at, publicKeyPem])),
    );
    this.certificateSpkiSha256 = certificateSpkiSha256;
    this.acmeAccountUri = acmeAccountUri;
    this.clientSettings = pulumi.output(clientSettings(model));
    this.sshEndpoint = sshEndpointOf(host);
    this.manifestHash = activation.manifestHash;
    const outputs = {
      hostname: this.hostname,
      ipv4Address: this.ipv4Address,
      ipv6Address: this.ipv6Address,
      records: this.records,
      zoneFile: this.zoneFile,
      reverseRecords: this.reverseRecords,
      dkimRecords: this.dkimRecords,
      dkimPublicKeys: this.dkimPublicKeys,
      certificateSpkiSha256: this.certificateSpkiSha256,
      acmeAccountUri: this.acmeAccountUri,
      clientSettings: this.clientSettings,
      sshEndpoint: this.sshEndpoint,
      manifestHash: this.manifestHash,
    };
    // Those of a mail server are the server's, and stand in the state once.
    this.registerOutputs(within ? {} : outputs);
  }

  /** The resources that it is made of, for a program that needs one of them, e.g. to wait for it. */
  get resources(): MailHostResources {
    return resources.get(this) as MailHostResources;
  }
}

/** The resources that a `MailHost` is made of. */
export interface MailHostResources {
  /** Where it is and how SSH gets in; `vps` is the resource of an ordered VPS. */
  machine: Host;
  /** OVH's edge firewall and its rules, in the order in which they are made; empty without one. */
  edgeFirewall: pulumi.Resource[];
  /** Public halves of the DKIM keys, by the names of their records. */
  dkimKeys: DkimPublicKeys;
  /** The change of the machine; `last` is the last of its steps. */
  activation: Activation;
}

/** What a host that is part of a mail server waits for. */
export interface HostWithin {
  server: pulumi.Resource;
  /** The args, which the server has judged already. */
  valid: ValidArgs;
  /** Before this, nothing is changed, for which no name is needed either. */
  zonesFree: pulumi.Input<pulumi.Resource[]>;
  activationAfter: pulumi.Input<pulumi.Resource[]>;
}
