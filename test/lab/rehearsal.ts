import { readFileSync } from "node:fs";
import { type MailServerArgs, OperatingSystem } from "../../index";
import {
  cloudEnvironment,
  cloudflareAccount,
  forgetReverse,
  openAccounts,
  orderFaults,
  ovhAccount,
} from "../../lab/cloud";
import { acme, machine, privateKeyPath } from "../../lab/lab";
import type { Login } from "../../lab/mail";
import { cloudZones } from "../../lab/providers/cloud/rehearsed";
import { vpsNames } from "../../lab/providers/ovh/rehearsal";
import { lab } from "./scenario";
import { Stack } from "./stack";
import { Story } from "./story";

const zone = "example.org";
const zoneId = cloudZones[zone] ?? "";

/** A server whose records are kept by a cloud, in a zone that it may share with others; at OVH, the machine is OVH's as well, and so are its PTR records. */
export class Rehearsal extends Story {
  readonly domain: string;
  readonly anna: Login;
  args: MailServerArgs;

  constructor(
    private readonly cloud: "ovh" | "cloudflare",
    name: "vps12" | "vps13",
  ) {
    const domain = `${cloud}-${name}.${zone}`;
    super(name, `mail.${domain}`);
    this.domain = domain;
    this.anna = { address: `anna@${domain}`, password: "a long walk by the sea" };
    this.args = this.firstArgs();
  }

  /** Boots the machine pristine and makes the stack, without a deployment. */
  async prepare(): Promise<void> {
    await lab("up", "foreign");
    await lab("reset", this.machine);
    await forgetReverse(this.machine);
    openAccounts();
    this.args = this.firstArgs();
    this.made = await Stack.create(`${this.cloud}-${this.machine}`, cloudEnvironment);
  }

  async end(): Promise<void> {
    orderFaults();
    await forgetReverse(this.machine);
  }

  /** What the account holds of this server, by name and type. */
  held(): string[] {
    const atOvh = (ovhAccount().state().zones[zone]?.records ?? []).map(
      ({ subDomain, fieldType }) => `${subDomain}.${zone} ${fieldType}`,
    );
    const atCloudflare = (cloudflareAccount().state().zones[zoneId]?.records ?? []).map(
      ({ name, type }) => `${name} ${type}`,
    );
    const all = this.cloud === "ovh" ? atOvh : atCloudflare;
    return all.filter((each) => each.split(" ")[0]?.endsWith(this.domain)).sort();
  }

  /** Puts somebody else's MX record into the zone. @returns what takes it away again */
  addForeignMx(): () => void {
    if (this.cloud === "ovh") {
      const subDomain = this.domain.slice(0, -zone.length - 1);
      const record = { id: 77, subDomain, fieldType: "MX", ttl: 60, target: "10 mx.example.net." };
      ovhAccount().change(({ zones }) => void zones[zone]?.records.push(record));
      return () => ovhAccount().change(({ zones }) => void zones[zone]?.records.pop());
    }
    const says = { name: this.domain, type: "MX", ttl: 60, content: "mx.example.net", priority: 10 };
    const record = { ...says, id: "77", proxied: false, tags: [], createdOn: "", modifiedOn: "" };
    cloudflareAccount().change(({ zones }) => void zones[zoneId]?.records.push(record));
    return () => cloudflareAccount().change(({ zones }) => void zones[zoneId]?.records.pop());
  }

  private firstArgs(): MailServerArgs {
    const { v4, v6, hostPublicKey } = machine(this.machine);
    const login = { user: "root", privateKey: readFileSync(privateKeyPath, "utf8"), hostKey: hostPublicKey };
    const common = {
      hostname: this.hostname,
      operatingSystem: this.machine === "vps12" ? OperatingSystem.Debian12 : OperatingSystem.Debian13,
      domains: [{ name: this.domain, tlsRpt: { rua: [`postmaster@${this.domain}`] } }],
      mailboxes: [this.anna],
      certificate: { acme: { directoryUrl: acme.directoryUrl, caaIdentity: "ca.example.net" } },
    };
    if (this.cloud === "cloudflare")
      return {
        ...common,
        host: { ssh: { ipv4Address: v4, ipv6Address: v6, ...login } },
        dns: { cloudflare: { zoneId, ttl: 60 } },
      };
    return {
      ...common,
      host: { ovhVps: { serviceName: vpsNames[this.machine] ?? "", enableEdgeFirewall: true, ...login } },
      dns: { ovh: { ttl: 60 } },
      reverseDns: { ovh: {} },
    };
  }
}
