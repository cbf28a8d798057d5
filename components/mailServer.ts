import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { Activation } from "./activation/activation";
import { HostRole } from "./activation/hostRole";
import type { MailServerArgs } from "./args";
import { type ClientSettings, clientSettings } from "./clientSettings";
import { type AdapterOf, adapters } from "./dns/adapters";
import { dkimName, keyedSelectors } from "./dns/dkim";
import { zoneFile } from "./dns/presentation";
import {
  type DnsFacts,
  type DnsRecord,
  dependsOnCertificate,
  RecordPurpose,
  recordOutline,
  records,
} from "./dns/records";
import { vetZones } from "./dns/vetZones";
import type { Host, HostAccess } from "./host/connection";
import { findHost } from "./host/host";
import { awaitConfirmedNames, awaitForwardNames } from "./host/names";
import { probe } from "./host/probe";
import { publishReverseAtOvh } from "./host/reverseDns";
import { type MailModel, resolve } from "./model";
import { hashPasswords, withScheme } from "./passwords";
import type { WantedHost } from "./roles/role";
import { type HostSecrets, visibleRoles, wantedHost } from "./roles/wantedHost";
import type { ValidArgs } from "./schema";
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
    const adapterOf = adapters(valid);
    const planned = planRecords(host, model, dkimKeys);
    const early = publisher(name, model, planned, adapterOf);
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
    const wanted = secrets.apply((known) => wantedHost(model, owner, known));
    const activation = activate(name, host, wanted, valid.reapply, {
      parent: this,
      dependsOn: [...whereItIs, ...resolves, ...whoItIs, ...confirmed],
    });
    // After the activation: if the host refuses a change, the next preview shows its lines again.
    for (const role of visibleRoles(model))
      new HostRole(`${name}-${role.name}`, { server: name, role, wanted }, { parent: this, dependsOn: activation });
    const proved = planRecords(host, model, dkimKeys, activation);
    const late = publisher(name, model, proved, adapterOf);
    const whatItOffers = late([RecordPurpose.Announcement], { parent: this, dependsOn: activation });
    const probed = valid.probe
      ? [probe(name, model, host, activation.manifestHash, { parent: this, dependsOn: [activation, ...host.gates] })]
      : [];
    late([RecordPurpose.Mail], { parent: this, dependsOn: [activation, ...whatItOffers, ...probed] });

    this.records = proved.all;
    this.zoneFile = proved.all.apply((all) => zoneFile(all.filter(isForward), ttlOf(valid)));
    this.reverseRecords = planned.keyless.apply((all) => all.filter((record) => !isForward(record)));
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

/** By the name of the key's record. */
type DkimKeys = Map<string, tls.PrivateKey>;

/**
 * One key a domain and selector, kept in the stack: a rebuilt host signs with the key that the world knows. Which of them signs is no matter of the keys, so
 * that a switch replaces none.
 */
function createDkimKeys(name: string, model: MailModel, parent: pulumi.Resource): DkimKeys {
  return new Map(
    model.domains.flatMap(({ name: domain, dkim }) =>
      keyedSelectors(dkim).map((selector): [string, tls.PrivateKey] => [
        dkimName(selector, domain),
        new tls.PrivateKey(
          `${name}-dkim-${selector}-${domain}`,
          { algorithm: "RSA", rsaBits: 2048 },
          { parent, additionalSecretOutputs: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"] },
        ),
      ]),
    ),
  );
}

/** The records, each known as soon as what it says is known: an address needs no key. */
interface PlannedRecords {
  all: pulumi.Output<DnsRecord[]>;
  /** All of them with what is known as soon as the addresses are. */
  keyless: pulumi.Output<DnsRecord[]>;
  one(outline: DnsRecord): pulumi.Output<DnsRecord>;
}

/** What the machine tells of itself once it is at work. */
type Proof = Pick<Activation, "certificateKey" | "acmeAccount">;

function planRecords(host: Host, model: MailModel, keys: DkimKeys, proof?: Proof): PlannedRecords {
  const addresses = pulumi.output({ address: host.address, addressV6: host.addressV6 });
  const publicKeys = pulumi.output(Object.fromEntries([...keys].map(([at, key]) => [at, key.publicKeyPem])));
  const proved = pulumi.output({ certificateKey: proof?.certificateKey, acmeAccount: proof?.acmeAccount });
  const plan = (facts: Partial<DnsFacts> & Pick<DnsFacts, "address">) =>
    records(model, { dkimPublicKeys: {}, ...facts });
  const byId = (all: DnsRecord[]) => new Map(all.map((record) => [record.id, record]));
  const keyless = addresses.apply(plan);
  const addressed = keyless.apply(byId);
  const certified = pulumi.all([addresses, proved]).apply(([known, facts]) => byId(plan({ ...known, ...facts })));
  return {
    keyless,
    all: pulumi
      .all([addresses, proved, publicKeys])
      .apply(([known, facts, dkimPublicKeys]) => plan({ ...known, ...facts, dkimPublicKeys })),
    one: (outline) => {
      const key = keys.get(outline.name);
      const keyed =
        key &&
        pulumi
          .all([addresses, key.publicKeyPem])
          .apply(([known, pem]) => byId(plan({ ...known, dkimPublicKeys: { [outline.name]: pem } })));
      const known = keyed ?? (dependsOnCertificate(outline) ? certified : addressed);
      return known.apply((found) => found.get(outline.id) as DnsRecord);
    },
  };
}

type Publish = (purposes: RecordPurpose[], opts: pulumi.CustomResourceOptions) => pulumi.Resource[];

/** Publishes the records of some purposes where the args say. What resources there are follows from the model alone. */
function publisher(name: string, model: MailModel, planned: PlannedRecords, adapterOf: AdapterOf): Publish {
  const outlines = recordOutline(model);
  return (purposes, opts) =>
    outlines
      .filter(({ purpose }) => purposes.includes(purpose))
      .flatMap((outline) => {
        const adapter = adapterOf(outline);
        return adapter ? [adapter(`${name}-${outline.id}`, outline, planned.one(outline), opts)] : [];
      });
}

function gatherSecrets(
  name: string,
  args: ValidArgs,
  keys: DkimKeys,
  parent: pulumi.Resource,
): pulumi.Output<HostSecrets> {
  const salt = new random.RandomBytes(`${name}-password-salt`, { length: 32 }, { parent });
  const privateKeys = Object.fromEntries([...keys].map(([at, key]) => [at, key.privateKeyPem]));
  return pulumi.secret(
    pulumi
      .all([salt.hex, pulumi.output(privateKeys), pulumi.output(args.mailboxes)])
      .apply(async ([saltHex, dkimPrivateKeys, mailboxes]) => {
        const passwords = new Map(
          mailboxes.flatMap(({ address, password }) => (password === undefined ? [] : [[address, password]])),
        );
        const given = mailboxes.flatMap(({ address, passwordHash }): [string, string][] =>
          passwordHash === undefined ? [] : [[address, withScheme(passwordHash)]],
        );
        return {
          passwordHashes: {
            ...Object.fromEntries(given),
            ...Object.fromEntries(await hashPasswords(saltHex, passwords)),
          },
          dkimPrivateKeys,
        };
      }),
  );
}

function activate(
  name: string,
  { connection, user }: Host,
  wanted: pulumi.Output<WantedHost>,
  reapply: string | undefined,
  opts: pulumi.ComponentResourceOptions,
): Activation {
  return new Activation(`${name}-host`, { connection, user, wanted, reapply }, opts);
}

function accessTo({ address, user, port, hostKey }: Host): pulumi.Output<HostAccess> {
  return pulumi.all([address, hostKey]).apply(([at, key]) => ({ address: at, user, port, hostKey: key }));
}

function isForward(record: DnsRecord): boolean {
  return record.purpose !== RecordPurpose.Reverse;
}

/** Seconds that the output `zoneFile` names; a provider's word for "as you like" has no place there. */
function ttlOf(args: ValidArgs): number {
  const { rfc2136, zoneFile, ovh, cloudflare } = args.dns;
  return (rfc2136 ?? zoneFile)?.ttl ?? Math.max((ovh ?? cloudflare)?.ttl ?? 3600, 60);
}

function dkimTexts(all: DnsRecord[]): Record<string, string> {
  return Object.fromEntries(
    all.filter(({ dkimDomain }) => dkimDomain !== undefined).map(({ name, value }) => [name, value]),
  );
}
