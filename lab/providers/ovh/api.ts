/** The part of OVH's API that a mail server needs, as documented at https://eu.api.ovh.com/console/ and as its provider meets it. */

import { CloudApi } from "../cloud/api";
import { quoted } from "../cloud/text";
import { type OvhRecord, publishedRecord, storedTarget } from "./zone";

/** All that the rehearsed OVH knows of its customer. */
export interface OvhState {
  /** Zones by name. */
  zones: Record<string, { records: OvhRecord[] }>;
  lastRecordId: number;
  /** Machines by service name. */
  vps: Record<string, OvhVps>;
  /** Machines that the next orders deliver, in turn. */
  stock: ({ serviceName: string } & OvhVps)[];
  /** How often something was ordered, and so paid for. */
  orders: number;
  /** Names of addresses, each with its dot at the end. */
  reverses: Record<string, string>;
  /** Edge firewalls by IPv4 address. */
  firewalls: Record<string, OvhFirewall>;
}

/** A virtual private server. */
export interface OvhVps {
  ips: string[];
  displayName: string;
  netbootMode: string;
  keymap: string;
  slaMonitoring: boolean;
  /** What its disk was last installed from. */
  imageId?: string;
  /** How often its disk was wiped. */
  installations: number;
}

/** A server as it is delivered. */
export function deliveredVps(...ips: string[]): OvhVps {
  return { ips, displayName: "", netbootMode: "local", keymap: "", slaMonitoring: false, installations: 1 };
}

/** The firewall at the network's edge, of one address. */
export interface OvhFirewall {
  enabled: boolean;
  rules: OvhRule[];
}

/** A rule of the edge firewall. */
export interface OvhRule {
  sequence: number;
  action: string;
  protocol: string;
  source?: string;
  sourcePort?: number;
  destinationPort?: number;
  tcpOption?: string;
  fragments?: boolean;
}

export const emptyOvh: OvhState = {
  zones: {},
  lastRecordId: 5_300_000_000,
  vps: {},
  stock: [],
  orders: 0,
  reverses: {},
  firewalls: {},
};

/** An answer of the API that is not the wanted one, worded as the Go client of OVH words it. */
export class OvhError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    const kinds: Record<number, string> = {
      403: "Client::Forbidden",
      404: "Client::NotFound",
      429: "Client::TooManyRequests",
    };
    const kind = kinds[status] ?? (status >= 500 ? "Server::InternalServerError" : "Client::BadRequest");
    super(`OVHcloud API error (status code ${status}): ${kind}: ${JSON.stringify(message)} (X-OVH-Query-Id: EU.lab)`);
  }
}

/** What the original says where its environment holds no credentials. */
export const missingCredentials =
  'error getting ovh client: "missing authentication information, you need to provide one of the following: application_key/application_secret, client_id/client_secret, or access_token"';

/** OVH's API for one account. */
export class OvhApi extends CloudApi<OvhState> {
  protected readonly credentials = {
    applicationKey: "OVH_APPLICATION_KEY",
    clientId: "OVH_CLIENT_ID",
    accessToken: "OVH_ACCESS_TOKEN",
    applicationSecret: "OVH_APPLICATION_SECRET",
    consumerKey: "OVH_CONSUMER_KEY",
    clientSecret: "OVH_CLIENT_SECRET",
    endpoint: "OVH_ENDPOINT",
  };

  /** @throws without the credentials that the provider takes from its environment */
  logIn(): void {
    this.account.requireLab();
    const given = (...names: string[]) => names.every((name) => this.environment[name]);
    const ways = [
      ...(given("OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY")
        ? ["application_key/application_secret"]
        : []),
      ...(given("OVH_CLIENT_ID", "OVH_CLIENT_SECRET") ? ["client_id/client_secret"] : []),
      ...(given("OVH_ACCESS_TOKEN") ? ["access_token"] : []),
    ];
    if (ways.length === 0 || !given("OVH_ENDPOINT")) throw new Error(missingCredentials);
    if (ways.length > 1)
      throw new Error(`error getting ovh client: "can't use multiple authentication methods: ${ways.join(", ")}"`);
  }

  /** OVH's own client repeats nothing. */
  protected repeats(): number {
    return 0;
  }

  protected failed(status: number): Error {
    return new OvhError(status, status === 429 ? "Too many requests" : "An internal error occurred");
  }

  zone(state: OvhState, name: string): { records: OvhRecord[] } {
    const zone = this.account.faults().missingZones.includes(name) ? undefined : state.zones[name];
    return zone ?? notFound("This service does not exist");
  }

  record(state: OvhState, zone: string, id: number): OvhRecord {
    const record = this.zone(state, zone).records.find((each) => each.id === id);
    return record ?? notFound("The requested object (recordId = " + id + ") does not exist");
  }

  getRecord(zone: string, id: number): OvhRecord {
    return this.shown(this.call("GET", `/domain/zone/${zone}/record/${id}`, (state) => this.record(state, zone, id)));
  }

  async createRecord(zone: string, given: Omit<OvhRecord, "id">): Promise<OvhRecord> {
    const made = this.call("POST", `/domain/zone/${zone}/record`, (state) => {
      const { records } = this.zone(state, zone);
      const record = { ...given, target: accepted(given, records), id: state.lastRecordId + 1 };
      state.lastRecordId = record.id;
      records.push(record);
      return record;
    });
    await this.refresh(zone, [], [made]);
    return this.shown(made);
  }

  async changeRecord(
    zone: string,
    id: number,
    change: Pick<OvhRecord, "subDomain" | "target" | "ttl">,
  ): Promise<OvhRecord> {
    const [before, after] = this.call("PUT", `/domain/zone/${zone}/record/${id}`, (state) => {
      const record = this.record(state, zone, id);
      const old = { ...record };
      const others = this.zone(state, zone).records.filter((each) => each !== record);
      Object.assign(record, change, { target: accepted({ ...record, ...change }, others) });
      return [old, { ...record }];
    });
    await this.refresh(zone, [before], [after]);
    return this.shown(after);
  }

  async deleteRecord(zone: string, id: number): Promise<void> {
    const gone = this.call("DELETE", `/domain/zone/${zone}/record/${id}`, (state) => {
      const record = this.record(state, zone, id);
      const held = this.zone(state, zone);
      held.records = held.records.filter((each) => each !== record);
      return record;
    });
    await this.refresh(zone, [gone], []);
  }

  /** A record as the API gives it back. Whether it does so with a DKIM key in quotes and pieces is not known of the live one. */
  private shown(record: OvhRecord): OvhRecord {
    const quotes = record.fieldType === "DKIM" && this.account.faults().quotedDkim;
    return quotes ? { ...record, target: quoted(record.target) } : record;
  }

  /** Only a refreshed zone is served; the provider refreshes after each change and ignores a failure. */
  private async refresh(zone: string, gone: OvhRecord[], come: OvhRecord[]): Promise<void> {
    this.account.request("POST", `/domain/zone/${zone}/refresh`);
    const served = (records: OvhRecord[]) => records.map((record) => publishedRecord(zone, record));
    await this.world.publish(served(gone), served(come), this.account.faults().propagationSeconds);
  }
}

/** The target as it will be kept. @throws for a record that the API refuses */
function accepted(record: Omit<OvhRecord, "id">, others: OvhRecord[]): string {
  const stored = storedTarget(record);
  if ("problem" in stored) throw new OvhError(400, stored.problem);
  const sameName = others.filter(({ subDomain }) => subDomain === record.subDomain);
  const clash = record.fieldType === "CNAME" ? sameName[0] : sameName.find(({ fieldType }) => fieldType === "CNAME");
  if (clash !== undefined)
    throw new OvhError(
      400,
      `Subdomain ${record.subDomain || "@"} already has a ${clash.fieldType} record, a CNAME record must be alone`,
    );
  return stored.target;
}

export function notFound(message: string): never {
  throw new OvhError(404, message);
}
