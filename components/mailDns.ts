import * as pulumi from "@pulumi/pulumi";
import type { MailDnsArgs } from "./args";
import { createDkimKeys, type DkimKeys, givenDkimKeys, withHostKeyIfGiven } from "./dns/dkimKeys";
import { publishIdentity } from "./dns/identity";
import {
  byId,
  dkimTexts,
  planRecords,
  publisher,
  resourcesOf,
  reverseRecordsOf,
  together,
  zoneFileOf,
} from "./dns/published";
import { type DnsRecord, RecordPurpose } from "./dns/records";
import { vetZones } from "./dns/vetZones";
import { awaitReverseNames } from "./host/names";
import { resolveDns } from "./model";
import { validateMailDns } from "./validate";

/**
 * The DNS records of a mail server, whatever runs it: first where it is and who it is, then what it offers and that mail goes there.
 *
 * @throws InputPropertiesError that lists all that is wrong with the args
 */
export class MailDns extends pulumi.ComponentResource {
  /** Every DNS record by its `id`, in no provider's form. */
  readonly records: pulumi.Output<Record<string, DnsRecord>>;
  /** The records of the domains as a zone file, to paste at any provider. */
  readonly zoneFile: pulumi.Output<string>;
  /** The PTR records of the machine's addresses by their `id`, to set at its provider. */
  readonly reverseRecords: pulumi.Output<Record<string, DnsRecord>>;
  /** The DKIM records: the text of each, by its name. */
  readonly dkimRecords: pulumi.Output<Record<string, string>>;
  /** The private DKIM keys in PEM, by the names of their records; a secret. Empty where `dkimPublicKeys` was given. */
  readonly dkimPrivateKeys: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: MailDnsArgs, opts?: pulumi.ComponentResourceOptions) {
    const valid = validateMailDns(args);
    const model = withHostKeyIfGiven(resolveDns(valid), valid.dkimPublicKeys);
    super("mailserver:index:MailDns", name, {}, opts);

    const { address, addressV6, certificateKey, acmeAccount, dkimPublicKeys } = valid;
    const machine = {
      address: pulumi.output(address),
      addressV6: addressV6 === undefined ? undefined : pulumi.output(addressV6),
    };
    const made: DkimKeys = dkimPublicKeys ? new Map() : createDkimKeys(name, model, this);
    const keys = dkimPublicKeys ? givenDkimKeys(dkimPublicKeys, model) : made;
    const planned = planRecords(machine, model, keys, { certificateKey, acmeAccount });
    const publish = publisher(name, valid, model);
    const identity = publishIdentity(name, valid, machine, planned, publish, {
      parent: this,
      dependsOn: vetZones(name, valid, model, planned.keyless, this),
    });
    // A machine that has a certificate is at work.
    const turn = { parent: this, dependsOn: pulumi.output(certificateKey).apply((): pulumi.Resource[] => []) };
    const whatItOffers = publish(planned, [RecordPurpose.Announcement], { ...turn, after: identity });
    const named = awaitReverseNames(name, valid, machine, { parent: this, dependsOn: resourcesOf(identity) });
    publish(planned, [RecordPurpose.Mail], {
      parent: this,
      dependsOn: turn.dependsOn.apply((others) => [...others, ...named]),
      after: together(identity, whatItOffers),
    });

    this.records = planned.all.apply(byId);
    this.zoneFile = planned.all.apply((all) => zoneFileOf(all, valid));
    this.reverseRecords = planned.keyless.apply(reverseRecordsOf);
    this.dkimRecords = planned.all.apply(dkimTexts);
    this.dkimPrivateKeys = pulumi.secret(
      pulumi.output(Object.fromEntries([...made].map(([at, { privateKeyPem }]) => [at, privateKeyPem]))),
    );
    this.registerOutputs({
      records: this.records,
      zoneFile: this.zoneFile,
      reverseRecords: this.reverseRecords,
      dkimRecords: this.dkimRecords,
      dkimPrivateKeys: this.dkimPrivateKeys,
    });
  }
}
