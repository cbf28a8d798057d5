/** The part of Cloudflare's API that a mail server needs: https://developers.cloudflare.com/api/resources/dns/subresources/records/ */
import { randomBytes } from "node:crypto";
import { CloudApi } from "../cloud/api";
import { type Complaint, isComplaint } from "./complaint";
import { type CloudflareRecord, conflict, normalised, publishedRecord, type WantedRecord } from "./record";

/** All that the rehearsed Cloudflare knows of its customer: zones by their id. */
export interface CloudflareState {
  zones: Record<string, CloudflareZone>;
}

/** A zone of the account. */
export interface CloudflareZone {
  name: string;
  records: CloudflareRecord[];
}

export const emptyCloudflare: CloudflareState = { zones: {} };

const REASONS: Record<number, string> = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  429: "Too Many Requests",
  500: "Internal Server Error",
};

/** An answer of the API that is not the wanted one, worded as Cloudflare's Go client words it. */
export class CloudflareError extends Error {
  constructor(
    readonly status: number,
    readonly complaint: Complaint,
    request: string,
  ) {
    const body = JSON.stringify({ result: null, success: false, errors: [complaint], messages: [] });
    const [method, path] = request.split(" ");
    super(`${method} "https://api.cloudflare.com/client/v4${path}": ${status} ${REASONS[status] ?? ""} ${body}`);
  }
}

/** Cloudflare's API for one account. */
export class CloudflareApi extends CloudApi<CloudflareState> {
  protected readonly credentials = { apiToken: "CLOUDFLARE_API_TOKEN" };

  /** Without credentials in its environment, the provider asks all the same, and the API refuses. */
  logIn(request: string): void {
    this.account.requireLab();
    const { CLOUDFLARE_API_TOKEN, CLOUDFLARE_API_KEY, CLOUDFLARE_EMAIL } = this.environment;
    if (CLOUDFLARE_API_TOKEN || (CLOUDFLARE_API_KEY && CLOUDFLARE_EMAIL)) return;
    const message = "Missing X-Auth-Key, X-Auth-Email or Authorization headers";
    throw new CloudflareError(400, { code: 9106, message }, request);
  }

  /** What failed with 429 or 5xx; a test orders nothing else. */
  protected repeats(): number {
    return 2;
  }

  protected failed(status: number, request: string): Error {
    const complaint = { code: status === 429 ? 10429 : 10000, message: REASONS[status] ?? "" };
    return new CloudflareError(status, complaint, request);
  }

  /** A complaint of the work is the answer of a request that was refused for what it asked. */
  override call<Result>(method: string, path: string, work: (state: CloudflareState) => Result | Complaint): Result {
    return super.call(method, path, (state) => {
      const result = work(state);
      if (!isComplaint(result)) return result;
      throw new CloudflareError(statusOf(result.code), result, `${method} ${path}`);
    });
  }

  /** A zone of the account. What is no zone id cannot be routed; a zone of somebody else is forbidden. */
  zone(state: CloudflareState, id: string): CloudflareZone | Complaint {
    if (!/^[0-9a-f]{32}$/.test(id))
      return {
        code: 7003,
        message: `Could not route to /client/v4/zones/${id}/dns_records, perhaps your object identifier is invalid?`,
      };
    const zone = state.zones[id];
    const missing = zone === undefined || this.account.faults().missingZones.includes(zone.name);
    return missing ? { code: 10000, message: "Authentication error" } : zone;
  }

  record(state: CloudflareState, zoneId: string, id: string): CloudflareRecord | Complaint {
    const zone = this.zone(state, zoneId);
    if (isComplaint(zone)) return zone;
    return zone.records.find((each) => each.id === id) ?? { code: 81044, message: "Record does not exist." };
  }

  getRecord(zoneId: string, id: string): CloudflareRecord {
    return this.call("GET", `/zones/${zoneId}/dns_records/${id}`, (state) => this.record(state, zoneId, id));
  }

  async createRecord(zoneId: string, wanted: WantedRecord): Promise<CloudflareRecord> {
    const made = this.call("POST", `/zones/${zoneId}/dns_records`, (state) => {
      const zone = this.zone(state, zoneId);
      if (isComplaint(zone)) return zone;
      const record = normalised(wanted, zone.name);
      if (isComplaint(record)) return record;
      const clash = conflict(record, zone.records);
      if (clash !== undefined) return clash;
      const now = new Date().toISOString();
      const complete = { ...record, id: randomBytes(16).toString("hex"), createdOn: now, modifiedOn: now };
      zone.records.push(complete);
      return complete;
    });
    await this.publish([], [made]);
    return made;
  }

  async changeRecord(zoneId: string, id: string, wanted: WantedRecord): Promise<CloudflareRecord> {
    const [before, after] = this.call("PUT", `/zones/${zoneId}/dns_records/${id}`, (state) => {
      const [zone, record] = [this.zone(state, zoneId), this.record(state, zoneId, id)];
      if (isComplaint(zone)) return zone;
      if (isComplaint(record)) return record;
      const change = normalised(wanted, zone.name);
      if (isComplaint(change)) return change;
      const others = zone.records.filter((each) => each !== record);
      const clash = conflict(change, others);
      if (clash !== undefined) return clash;
      const changed = { ...change, id, createdOn: record.createdOn, modifiedOn: new Date().toISOString() };
      zone.records = [...others, changed];
      return [record, changed] as const;
    });
    await this.publish([before], [after]);
    return after;
  }

  async deleteRecord(zoneId: string, id: string): Promise<void> {
    const gone = this.call("DELETE", `/zones/${zoneId}/dns_records/${id}`, (state) => {
      const [zone, record] = [this.zone(state, zoneId), this.record(state, zoneId, id)];
      if (isComplaint(zone)) return zone;
      if (!isComplaint(record)) zone.records = zone.records.filter((each) => each !== record);
      return record;
    });
    await this.publish([gone], []);
  }

  private publish(gone: CloudflareRecord[], come: CloudflareRecord[]): Promise<void> {
    const { propagationSeconds } = this.account.faults();
    return this.world.publish(gone.map(publishedRecord), come.map(publishedRecord), propagationSeconds);
  }
}

function statusOf(code: number): number {
  if (code === 7003 || code === 81044) return 404;
  return code === 10000 ? 403 : 400;
}
