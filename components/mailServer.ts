import * as pulumi from "@pulumi/pulumi";
import { activateHost } from "./activation/activateHost";
import type { MailServerArgs } from "./args";
import { type ClientSettings, clientSettings } from "./clientSettings";
import { createDkimKeys } from "./dns/dkimKeys";
import { publishIdentity } from "./dns/identity";
import { byId, dkimTexts, planRecords, publisher, resourcesOf, reverseRecordsOf, zoneFileOf } from "./dns/published";
import { type DnsRecord, RecordPurpose } from "./dns/records";
import { vetZones } from "./dns/vetZones";
import { accessTo, type HostAccess } from "./host/connection";
import { publishEdgeFirewall } from "./host/edgeFirewall";
import { findHost } from "./host/host";
import { awaitReverseNames } from "./host/names";
import { probe } from "./host/probe";
import { resolve } from "./model";
import { validate } from "./validate";

/**
 * A mail server: a machine that runs Postfix, Dovecot, OpenDKIM, an SPF policy, certbot and a firewall, and the DNS records by
 * which the world finds it and believes its mail.
 *
 * @throws InputPropertiesError that lists all that is wrong with the args
 */
export class MailServer extends pulumi.ComponentResource {
  /** Its name: in its greeting, its certificate and every MX record. */
  readonly hostname: pulumi.Output<string>;
  /** Its public IPv4 address. */
  readonly address: pulumi.Output<string>;
  /** Its public IPv6 address, if it uses IPv6. */
  readonly addressV6: pulumi.Output<string | undefined>;
  /** Every DNS record of the server by its `id`, in no provider's form. */
  readonly records: pulumi.Output<Record<string, DnsRecord>>;
  /** The records of the domains as a zone file, to paste at any provider. */
  readonly zoneFile: pulumi.Output<string>;
  /** The PTR records of the machine's addresses by their `id`, to set at its provider. */
  readonly reverseRecords: pulumi.Output<Record<string, DnsRecord>>;
  /** The DKIM records: the text of each, by its name. */
  readonly dkimRecords: pulumi.Output<Record<string, string>>;
  /** What a person types into a mail program. */
  readonly clientSettings: pulumi.Output<ClientSettings>;
  /** How SSH gets to the machine, for whoever has a key of it. */
  readonly host: pulumi.Output<HostAccess>;
  /** SHA-256 over all that is managed on the host, as the host reported it. */
  readonly manifestHash: pulumi.Output<string>;

  constructor(name: string, args: MailServerArgs, opts?: pulumi.ComponentResourceOptions) {
    const valid = validate(args);
    const model = resolve(valid);
    super("mailserver:index:MailServer", name, {}, opts);

    const host = findHost(name, valid, this);
    const dkimKeys = createDkimKeys(name, model, this);
    const planned = planRecords(host, model, dkimKeys);
    const free = { parent: this, dependsOn: vetZones(name, valid, model, planned.keyless, this) };
    const gates = publishEdgeFirewall(name, valid, model, host, free);
    const publish = publisher(name, valid, model);
    const identity = publishIdentity(name, valid, host, planned, publish, free);
    const activation = activateHost(name, valid, model, host, dkimKeys, {
      parent: this,
      dependsOn: resourcesOf(identity),
    });
    const named = awaitReverseNames(name, valid, host, { parent: this, dependsOn: resourcesOf(identity) });
    const proved = planRecords(host, model, dkimKeys, activation);
    const whatItOffers = publish(proved, [RecordPurpose.Announcement], { parent: this, dependsOn: [activation.last] });
    const works = valid.probe
      ? probe(name, model, host, activation, { parent: this, dependsOn: [activation.last, ...gates] })
      : activation.last;
    publish(proved, [RecordPurpose.Mail], { parent: this, dependsOn: [works, ...named], after: whatItOffers });

    this.hostname = pulumi.output(model.hostname);
    this.address = host.address;
    this.addressV6 = pulumi.output(host.addressV6);
    this.records = proved.all.apply(byId);
    this.zoneFile = proved.all.apply((all) => zoneFileOf(all, valid));
    this.reverseRecords = planned.keyless.apply(reverseRecordsOf);
    this.dkimRecords = planned.all.apply(dkimTexts);
    this.clientSettings = pulumi.output(clientSettings(model));
    this.host = accessTo(host);
    this.manifestHash = activation.manifestHash;
    this.registerOutputs({
      hostname: this.hostname,
      address: this.address,
      addressV6: this.addressV6,
      records: this.records,
      zoneFile: this.zoneFile,
      reverseRecords: this.reverseRecords,
      dkimRecords: this.dkimRecords,
      clientSettings: this.clientSettings,
      host: this.host,
      manifestHash: this.manifestHash,
    });
  }
}
