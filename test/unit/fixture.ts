import { type MailServerArgs, OperatingSystem } from "../../components/args";
import type { DnsFacts, MachineFacts } from "../../components/dns/record";
import { type DnsRecord, RecordPurpose } from "../../components/dns/record";
import { firstMachine, type MachineModel, onMachine } from "../../components/model";
import { resolve } from "../../components/resolve";
import type { ValidArgs } from "../../components/schema";
import type { HostSecrets } from "../../components/services/wantedHost";

/** A well-formed public host key whose private half nobody has. */
export const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

/** A bcrypt hash of some password. */
export const passwordHash = `{BLF-CRYPT}$2y$10$${"a".repeat(53)}`;

/** Secrets of no server. */
export const noSecrets: HostSecrets = {
  certbot: { account: { id: "0a1b", privateKey: "" } },
};

/** The model of a server of one machine, as that machine has it. */
export function modelFor(args: ValidArgs): MachineModel {
  return onMachine(resolve(args));
}

/** What is known of a server of one machine. */
export function factsOf({
  dkimPublicKeys,
  acmeAccountUri,
  ...machine
}: Omit<DnsFacts, "machines"> & MachineFacts): DnsFacts {
  return { machines: { [firstMachine]: machine }, dkimPublicKeys, acmeAccountUri };
}

/** Args of a server with a bit of everything, to be changed by the test. */
export function exampleArgs(changes: Partial<MailServerArgs> = {}): MailServerArgs {
  return {
    hostname: "mail.example.org",
    operatingSystem: OperatingSystem.Debian13,
    host: { ssh: { ipv4Address: "198.51.100.7", ipv6Address: "2001:db8:51::7", hostKey } },
    domains: [{ name: "example.org" }, { name: "example.com", catchAll: "anna@example.org" }],
    mailboxes: [
      { address: "anna@example.org", passwordHash },
      { address: "ben@example.com", passwordHash },
    ],
    aliases: [
      { address: "team@example.org", destinations: ["anna@example.org", "ben@example.com"] },
      { address: "all@example.org", destinations: ["team@example.org", "someone@example.net"] },
    ],
    certificate: { acme: { email: "postmaster@example.org" } },
    dns: { zoneFile: {} },
    ...changes,
  };
}

/** A record of some type, with an id of its name and type. */
export function exampleRecord(
  type: DnsRecord["type"],
  name: string,
  value: string,
  rest: Partial<DnsRecord> = {},
): DnsRecord {
  const id = `${name}-${type}`;
  return { id, purpose: RecordPurpose.Sender, name, type, value, explanation: "An example.", ...rest };
}
