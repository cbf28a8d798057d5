import * as pulumi from "@pulumi/pulumi";
import type { MailDnsArgs } from "./args";
import { dnsAccess } from "./dns/accounts";
import { awaitReverseNames } from "./dns/awaitNames";
import { createDkimKeys, type DkimKeys, givenDkimKeys, withHostKeyIfGiven } from "./dns/dkimKeys";
import { publishIdentity } from "./dns/identity";
import { allResources, domainNodes, mergeByDomain, recordPublisher } from "./dns/publishRecords";
import { type DnsRecord, RecordPurpose } from "./dns/record";
import { recordOutputs } from "./dns/recordOutputs";
import { requireFreeZones } from "./dns/requireFreeZones";
import { firstMachine } from "./model";
import { movedFrom } from "./movedFrom";
import { plannedRecords } from "./plannedRecords";
import { resolveDns } from "./resolve";
import type { ValidDnsArgs } from "./schema";
import { validateMailDns } from "./validate";

// Not a property: Pulumi takes those for outputs when it infers the schema for other languages.
const resources = new WeakMap<MailDns, MailDnsResources>();

/**
 * The DNS records of a mail server, whatever sets up its machine. They are published in this order: addresses, reverse DNS and the authentication
 * of senders (SPF, DKIM, DMARC); then TLSA, CAA, SRV, MTA-STS and TLS-RPT; MX last.
 *
 * @throws InputPropertiesError that lists all that is wrong with the args
 */
export class MailDns extends pulumi.ComponentResource {
  /** Every DNS record by its `id`, independent of the provider. */
  readonly records: pulumi.Output<Record<string, DnsRecord>>;
  /** The records of the domains as a zone file, to paste at any provider. */
  readonly zoneFile: pulumi.Output<string>;
  /** The PTR records of the machine's addresses by their `id`, to set at its provider. */
  readonly reverseRecords: pulumi.Output<Record<string, DnsRecord>>;
  /** The DKIM records: the text of each, by its name. */
  readonly dkimRecords: pulumi.Output<Record<string, string>>;
  /** The private DKIM keys in PEM, by the names of their records; a secret. Empty where `dkimPublicKeys` was given. */
  readonly dkimPrivateKeys: pulumi.Output<Record<string, string>>;

  /** @param within the mail server that it is part of */
  constructor(name: string, args: MailDnsArgs, opts?: pulumi.ComponentResourceOptions, within?: DnsWithin) {
    const valid = within?.valid ?? validateMailDns(args);
    const model = withHostKeyIfGiven(resolveDns(valid), valid.dkimPublicKeys);
    super("mailserver:index:MailDns", name, {}, within ? { ...opts, ...movedFrom(within.server) } : opts);

    const { ipv4Address, ipv6Address, certificateSpkiSha256, acmeAccountUri, dkimPublicKeys } = valid;
    const machine = {
      ipv4Address: pulumi.output(ipv4Address),
      ipv6Address: ipv6Address === undefined ? undefined : pulumi.output(ipv6Address),
    };
    const made: DkimKeys = dkimPublicKeys ? new Map() : createDkimKeys(name, model, this);
    const keys = dkimPublicKeys ? givenDkimKeys(dkimPublicKeys, model) : made;
    const planned = plannedRecords(model);
    const facts = {
      machines: { [firstMachine]: { ...machine, certificateSpkiSha256 } },
      dkimKeys: keys,
      acmeAccountUri,
    };
    const accessOf = dnsAccess(name, valid, this);
    const nodes = domainNodes(name, this, within?.server ?? this);
    const publish = recordPublisher(name, valid, model, planned, nodes, accessOf);
    const zonesFree = requireFreeZones(name, valid, planned, facts, accessOf);
    const identity = publishIdentity(name, valid, facts, machine, publish, accessOf, {
      parent: this,
      dependsOn: zonesFree,
    });
    // A machine that has a certificate is at work.
    const works = pulumi.output(certificateSpkiSha256).apply((): pulumi.Resource[] => []);
    const announcements = within
      ? publish(facts, [RecordPurpose.Announcement], { dependsOn: within.announcementsAfter })
      : publish(facts, [RecordPurpose.Announcement], { dependsOn: works, after: identity });
    const reverseResolves = awaitReverseNames(name, valid, machine, {
      parent: this,
      dependsOn: allResources(identity),
    });
    publish(facts, [RecordPurpose.Mail], {
      dependsOn: pulumi.output(within?.mailAfter ?? works).apply((others) => [...others, ...reverseResolves]),
      after: within ? announcements : mergeByDomain(identity, announcements),
    });
    resources.set(this, { zonesFree, identity: allResources(identity) });

    const records = recordOutputs(planned, facts, valid);
    this.records = records.records;
    this.zoneFile = records.zoneFile;
    this.reverseRecords = records.reverseRecords;
    this.dkimRecords = records.dkimRecords;
    this.dkimPrivateKeys = pulumi.secret(
      pulumi.output(Object.fromEntries([...made].map(([at, { privateKeyPem }]) => [at, privateKeyPem]))),
    );
    const outputs = {
      records: this.records,
      zoneFile: this.zoneFile,
      reverseRecords: this.reverseRecords,
      dkimRecords: this.dkimRecords,
      dkimPrivateKeys: this.dkimPrivateKeys,
    };
    // Those of a mail server are the server's, and stand in the state once.
    this.registerOutputs(within ? {} : outputs);
  }

  /** The resources that it is made of, for a program that needs one of them, e.g. to wait for it. */
  get resources(): MailDnsResources {
    return resources.get(this) as MailDnsResources;
  }
}

/** The resources that a `MailDns` is made of. */
export interface MailDnsResources {
  /** Empty, once the zones are known to hold no other server's records. */
  zonesFree: pulumi.Output<pulumi.Resource[]>;
  /** What is published before the machine does anything in its name: its addresses, their names, and who may send for the domains. */
  identity: pulumi.Resource[];
}

/** What records of a mail server wait for besides one another. */
export interface DnsWithin {
  server: pulumi.Resource;
  /** The args, which the server has judged already. */
  valid: ValidDnsArgs;
  /** TLSA, CAA, SRV, MTA-STS, TLS-RPT. */
  announcementsAfter: pulumi.Input<pulumi.Resource[]>;
  /** MX. */
  mailAfter: pulumi.Input<pulumi.Resource[]>;
}
