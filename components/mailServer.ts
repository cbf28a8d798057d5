import * as pulumi from "@pulumi/pulumi";
import { Activation } from "./activation/activation";
import { HostRole } from "./activation/hostRole";
import { gatherSecrets, secretsIn } from "./activation/secrets";
import type { MailServerArgs } from "./args";
import { type ClientSettings, clientSettings } from "./clientSettings";
import { createDkimKeys } from "./dns/dkimKeys";
import { dkimTexts, planRecords, publisher, reverseRecordsOf, zoneFileOf } from "./dns/published";
import { type DnsRecord, RecordPurpose } from "./dns/records";
import { vetZones } from "./dns/vetZones";
import { accessTo, type HostAccess } from "./host/connection";
import { findHost } from "./host/host";
import { awaitConfirmedNames, awaitForwardNames } from "./host/names";
import { probe } from "./host/probe";
import { publishReverseAtOvh } from "./host/reverseDns";
import { resolve } from "./model";
import { visibleRoles, wantedHost } from "./roles/wantedHost";
import { validate } from "./validate";

/**
 * A mail server: a machine that runs Postfix, Dovecot, OpenDKIM, an SPF policy, certbot and a firewall, and the DNS records by
 * which the world finds it and believes its mail.
 *
 * @throws InputPropertiesError that lists all that is wrong with the args
 */
export class MailServer extends pulumi.ComponentResource {
  /** Every DNS record of the server, in no provider's form. */
  readonly records: pulumi.Output<DnsRecord[]>;
  /** The records of the domains as a zone file, to paste at any provider. */
  readonly zoneFile: pulumi.Output<string>;
  /** The PTR records of the machine's addresses, to set at its provider. */
  readonly reverseRecords: pulumi.Output<DnsRecord[]>;
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

    const host = findHost(name, valid, model, this);
    const dkimKeys = createDkimKeys(name, model, this);
    const planned = planRecords(host, model, dkimKeys);
    const early = publisher(name, valid, model, planned);
    const vetted = vetZones(valid, planned.keyless, this);
    const whereItIs = early([RecordPurpose.Address], { parent: this, dependsOn: vetted });
    const resolves = awaitForwardNames(name, valid, host, { parent: this, dependsOn: whereItIs });
    const located = [...whereItIs, ...resolves];
    const findable = { parent: this, dependsOn: vetted.apply(() => located) };
    const whoItIs = [
      ...early([RecordPurpose.Reverse, RecordPurpose.Sender], findable),
      ...publishReverseAtOvh(name, valid, host, findable),
    ];
    const confirmed = awaitConfirmedNames(name, valid, host, { parent: this, dependsOn: whoItIs });
    const secrets = gatherSecrets(name, valid, dkimKeys, this);
    const owner = `${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const wanted = pulumi.output(secrets).apply((known) => wantedHost(model, owner, known));
    const activation = new Activation(
      `${name}-host`,
      { connection: host.connection, user: host.user, wanted, reapply: valid.reapply },
      { parent: this, dependsOn: [...located, ...whoItIs, ...confirmed] },
    );
    // After the activation: if the host refuses a change, the next preview shows its lines again.
    for (const role of visibleRoles(model)) {
      const shown = { server: name, role, secrets: secretsIn(role, secrets) };
      new HostRole(`${name}-${role.name}`, shown, { parent: this, dependsOn: activation });
    }
    const proved = planRecords(host, model, dkimKeys, activation);
    const late = publisher(name, valid, model, proved);
    const whatItOffers = late([RecordPurpose.Announcement], { parent: this, dependsOn: activation });
    const probed = valid.probe
      ? [probe(name, model, host, activation.manifestHash, { parent: this, dependsOn: [activation, ...host.gates] })]
      : [];
    late([RecordPurpose.Mail], { parent: this, dependsOn: [activation, ...whatItOffers, ...probed] });

    this.records = proved.all;
    this.zoneFile = proved.all.apply((all) => zoneFileOf(all, valid));
    this.reverseRecords = planned.keyless.apply(reverseRecordsOf);
    this.dkimRecords = planned.all.apply(dkimTexts);
    this.clientSettings = pulumi.output(clientSettings(model));
    this.host = accessTo(host);
    this.manifestHash = activation.manifestHash;
    this.registerOutputs({
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
