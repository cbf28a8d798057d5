import * as pulumi from "@pulumi/pulumi";
import type { MailServerArgs } from "./args";
import type { ClientSettings } from "./clientSettings";
import type { DnsRecord } from "./dns/record";
import type { SshEndpoint } from "./host/connection";
import { MailDns, type MailDnsResources } from "./mailDns";
import { MailHost } from "./mailHost";
import { onMachine } from "./model";
import { probe, publishedKeys } from "./probe";
import { resolve } from "./resolve";
import { validate } from "./validate";

interface Parts {
  host: MailHost;
  dns: MailDns;
}

// Not properties: Pulumi takes those for outputs when it infers the schema for other languages.
const insides = new WeakMap<MailServer, Parts>();

/**
 * A mail server: a machine that runs Postfix, Dovecot, OpenDKIM, an SPF policy, certbot and a firewall, and the DNS records that
 * other servers need to deliver mail to it and to authenticate mail from it.
 *
 * @throws InputPropertiesError that lists all that is wrong with the args
 */
export class MailServer extends pulumi.ComponentResource {
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
  /** Settings for mail programs. */
  readonly clientSettings: pulumi.Output<ClientSettings>;
  /** How SSH connects to the machine; a private key for it is not part of this. */
  readonly sshEndpoint: pulumi.Output<SshEndpoint>;
  /** SHA-256 over all that is managed on the host, as the host reported it. */
  readonly manifestHash: pulumi.Output<string>;

  constructor(name: string, args: MailServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const valid = validate(args);
    const model = resolve(valid);
    super("mailserver:index:MailServer", name, {}, opts);

    // What the machine waits for is made after it, of its address.
    const names = promised<MailDnsResources>();
    const host = new MailHost(
      name,
      args,
      { parent: this },
      {
        server: this,
        valid,
        zonesFree: pulumi.output(names.promise).apply(({ zonesFree }) => zonesFree),
        activationAfter: names.promise.then(({ identity }) => identity),
      },
    );
    const { machine, edgeFirewall, dkimKeys, activation } = host.resources;
    const works = valid.enableProbe
      ? probe(name, onMachine(model), machine, activation, publishedKeys(dkimKeys, valid), {
          parent: this,
          dependsOn: [activation.last, ...edgeFirewall],
        })
      : activation.last;
    const ofHost = {
      ipv4Address: machine.ipv4Address,
      ipv6Address: machine.ipv6Address,
      dkimPublicKeys: Object.fromEntries([...dkimKeys].map(([at, { publicKeyPem }]) => [at, publicKeyPem])),
      certificateSpkiSha256: valid.enableDane ? activation.certificateSpkiSha256 : undefined,
      acmeAccountUri: activation.acmeAccountUri,
    };
    const dns = new MailDns(
      name,
      { ...args, ...ofHost },
      { parent: this },
      { server: this, valid: { ...valid, ...ofHost }, announcementsAfter: [activation.last], mailAfter: [works] },
    );
    names.keep(dns.resources);

    insides.set(this, { host, dns });
    this.hostname = host.hostname;
    this.ipv4Address = host.ipv4Address;
    this.ipv6Address = host.ipv6Address;
    this.records = dns.records;
    this.zoneFile = dns.zoneFile;
    this.reverseRecords = dns.reverseRecords;
    this.dkimRecords = dns.dkimRecords;
    this.clientSettings = host.clientSettings;
    this.sshEndpoint = host.sshEndpoint;
    this.manifestHash = host.manifestHash;
    this.registerOutputs({
      hostname: this.hostname,
      ipv4Address: this.ipv4Address,
      ipv6Address: this.ipv6Address,
      records: this.records,
      zoneFile: this.zoneFile,
      reverseRecords: this.reverseRecords,
      dkimRecords: this.dkimRecords,
      clientSettings: this.clientSettings,
      sshEndpoint: this.sshEndpoint,
      manifestHash: this.manifestHash,
    });
  }

  /** The component of the machine, for a program that needs one of its resources. */
  get mailHost(): MailHost {
    return (insides.get(this) as Parts).host;
  }

  /** The component of the records, for a program that needs one of its resources. */
  get mailDns(): MailDns {
    return (insides.get(this) as Parts).dns;
  }
}

/** A promise, and what keeps it. */
function promised<T>(): { promise: Promise<T>; keep: (value: T) => void } {
  let keep: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    keep = resolve;
  });
  return { promise, keep };
}
