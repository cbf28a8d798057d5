/** The part of Hetzner's Cloud API that a mail server needs: https://docs.hetzner.cloud/reference/cloud#zone-rrset-actions */
import { reverseName } from "../../zones";
import { CloudApi } from "../cloud/api";
import type { World } from "../cloud/world";
import { problemOf, publishedRecord, type Rrset } from "./rrset";

/** All that the rehearsed Hetzner knows of its customer. */
export interface HetznerState {
  /** Zones by name. */
  zones: Record<string, HetznerZone>;
  /** Cloud servers by their numbers: the names of their addresses, where those are the customer's. */
  servers: Record<string, Record<string, string | null>>;
}

export interface HetznerZone {
  id: number;
  mode: "primary" | "secondary";
  ttl: number;
  rrsets: Rrset[];
}

export const emptyHetzner: HetznerState = { zones: {}, servers: {} };

/** An answer of the API that is not the wanted one, worded as hcloud-go words it. */
export class HetznerError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly said: string,
    /** The member of the request that is wrong. */
    readonly field?: string,
  ) {
    super(`${said} (${code})`);
  }
}

/** What the original says without a token in its environment. */
export const missingToken =
  "Missing Hetzner Cloud API token - While configuring the provider, the Hetzner Cloud API token was not found in the HCLOUD_TOKEN environment variable or provider configuration block token attribute.";

/** Hetzner's API for one project. */
export class HetznerApi extends CloudApi<HetznerState> {
  protected readonly credentials = { token: "HCLOUD_TOKEN" };

  /** @throws without a token, or with one that cannot be one */
  logIn(): void {
    this.account.requireLab();
    const { HCLOUD_TOKEN: token = "" } = this.environment;
    if (token === "") throw new Error(missingToken);
    if (token.length !== 64) throw new Error("entered token is invalid (must be exactly 64 characters long)");
  }

  /** hcloud-go repeats what was refused as too much. */
  protected repeats(status: number): number {
    return status === 429 ? 5 : 0;
  }

  protected failed(status: number): Error {
    return status === 429
      ? new HetznerError(status, "rate_limit_exceeded", "limit of 3600 requests per hour reached")
      : new HetznerError(status, "server_error", "internal server error");
  }

  zone(state: HetznerState, name: string): HetznerZone {
    const zone = this.account.faults().missingZones.includes(name) ? undefined : state.zones[name];
    if (zone === undefined) throw new HetznerError(404, "not_found", `zone with ID or name '${name}' not found`);
    return zone;
  }

  getRrset(zone: string, name: string, type: string): Rrset | undefined {
    return this.call("GET", `/zones/${zone}/rrsets/${name}/${type}`, (state) =>
      this.zone(state, zone).rrsets.find((each) => each.name === name && each.type === type),
    );
  }

  /** Makes the set where there is none. */
  async addRecord(zone: string, name: string, type: string, value: string, comment: string): Promise<void> {
    const [rrset, ttl] = this.call("POST", `/zones/${zone}/rrsets/${name}/${type}/actions/add_records`, (state) => {
      const { rrsets, ttl } = this.primaryZone(state, zone);
      const [field, problem] = problemOf(zone, name, type, value) ?? [];
      if (problem !== undefined)
        throw new HetznerError(422, "invalid_input", `invalid input in field '${field}'`, problem);
      const beside = rrsets.filter((each) => each.name === name && each.type !== type);
      const clash = type === "CNAME" ? beside[0] : beside.find((each) => each.type === "CNAME");
      const own = rrsets.find((each) => each.name === name && each.type === type);
      // That these three are refused follows from DNS (RFC 1034 section 3.6.2) and from sets; the words are the rehearsal's own.
      if (clash || (type === "CNAME" && own))
        throw new HetznerError(409, "uniqueness_error", `${name} has records of type ${(clash ?? own)?.type} already`);
      if (own?.records.some((each) => each.value === value))
        throw new HetznerError(409, "uniqueness_error", `${name} has this record of type ${type} already`);
      const made: Rrset = own ?? { name, type, ttl: null, records: [] };
      if (!own) rrsets.push(made);
      made.records.push({ value, comment });
      return [made, ttl];
    });
    await this.publish([], [publishedRecord(zone, ttl, rrset, value)]);
  }

  /** The set goes with its last record. */
  async removeRecord(zone: string, name: string, type: string, value: string): Promise<void> {
    const [rrset, ttl] = this.call("POST", `/zones/${zone}/rrsets/${name}/${type}/actions/remove_records`, (state) => {
      const found = this.primaryZone(state, zone);
      const own = found.rrsets.find((each) => each.name === name && each.type === type);
      if (!own?.records.some((each) => each.value === value))
        throw new HetznerError(404, "not_found", `rrset with name '${name}' and type '${type}' has no such record`);
      own.records = own.records.filter((each) => each.value !== value);
      if (own.records.length === 0) found.rrsets = found.rrsets.filter((each) => each !== own);
      return [own, found.ttl];
    });
    await this.publish([publishedRecord(zone, ttl, rrset, value)], []);
  }

  /** The names of a server's addresses; undefined where there is no such server. */
  getServer(id: number): Record<string, string | null> | undefined {
    return this.call("GET", `/servers/${id}`, (state) => state.servers[id]);
  }

  /** Names an address; with null, it has a name of Hetzner's own again. */
  async nameAddress(server: number, address: string, name: string | null): Promise<void> {
    const before = this.call("POST", `/servers/${server}/actions/change_dns_ptr`, ({ servers }) => {
      const names = servers[server];
      if (names?.[address] === undefined) throw new HetznerError(404, "not_found", `ip '${address}' not found`);
      const old = names[address];
      names[address] = name;
      return old;
    });
    const pointer = (each: string | null) =>
      each === null
        ? []
        : [{ name: reverseName(address), ttl: 60, type: "PTR", content: `${each.replace(/\.$/, "")}.` }];
    await this.world.publish(pointer(before), pointer(name), 0);
  }

  private primaryZone(state: HetznerState, name: string): HetznerZone {
    const zone = this.zone(state, name);
    if (zone.mode === "primary") return zone;
    throw new HetznerError(422, "incorrect_zone_mode", "This operation is not supported for this Zone's mode.");
  }

  private publish(...[gone, come]: [Parameters<World["publish"]>[0], Parameters<World["publish"]>[1]]): Promise<void> {
    return this.world.publish(gone, come, this.account.faults().propagationSeconds);
  }
}
