/** Where machines have their IPv4 address that are reached by another one, as those of many clouds. */
export const privateNetwork = { hub4: "10.0.12.1" };

/** A network of the lab. `hub` is the router, an address of the namespace itself. */
export interface Network {
  bridge: string;
  hub4: string;
  hub6: string;
  prefix4: string;
  prefix6: string;
}

/** Where the machines live that become mail servers. */
export const mailNetwork: Network = {
  bridge: "br-lab",
  hub4: "198.51.100.1",
  hub6: "2001:db8:51::1",
  prefix4: "198.51.100.0/24",
  prefix6: "2001:db8:51::/64",
};

/** The rest of the world, as a mail server sees it. */
export const foreignNetwork: Network = {
  bridge: "br-foreign",
  hub4: "203.0.113.1",
  hub6: "2001:db8:203::1",
  prefix4: "203.0.113.0/24",
  prefix6: "2001:db8:203::/64",
};

/** An IPv4 and an IPv6 address of the same thing. */
export interface AddressPair {
  v4: string;
  v6: string;
}

/** Services of the lab; addresses of the namespace itself, in the mail network. */
export const services = {
  resolver: { v4: "198.51.100.53", v6: "2001:db8:51::53" },
  authoritative: { v4: "198.51.100.54", v6: "2001:db8:51::54" },
  acme: { v4: "198.51.100.14", v6: "2001:db8:51::14" },
} satisfies Record<string, AddressPair>;

/**
 * Addresses of the namespace in the foreign network that a mail client in a test can bind to. The first two have a reverse
 * name that resolves back (`client10.example.com`, `client20.example.com`); the third has none.
 */
export const clients: AddressPair[] = [10, 20, 30].map((n) => ({ v4: `203.0.113.${n}`, v6: `2001:db8:203::${n}` }));

/** The releases that a machine may have. */
export const releases = ["bookworm", "trixie", "noble"] as const;

export type Release = (typeof releases)[number];

/** What is fixed about a machine of the lab. */
export interface MachineFacts extends AddressPair {
  release: Release;
  network: Network;
  /** What `hostname --fqdn` says on the pristine machine. */
  fqdn: string;
  /** Whether the disk starts from the foreign mail server's layer. */
  foreignServer: boolean;
  /** The IPv4 address that the machine itself has, where the router translates `v4` to it. */
  behindNat?: string;
  /** Whether `npm test` does without the machine, since not everybody reaches the archive of its release. */
  apart?: boolean;
}

const vps = { network: mailNetwork, fqdn: "vps.example.com", foreignServer: false };

/** Every machine of the lab, by name. */
export const machineTable = {
  demo: { ...vps, release: "trixie", v4: "198.51.100.110", v6: "2001:db8:51::110" },
  debian12: { ...vps, release: "bookworm", v4: "198.51.100.112", v6: "2001:db8:51::112" },
  debian13: { ...vps, release: "trixie", v4: "198.51.100.113", v6: "2001:db8:51::113" },
  spare: { ...vps, release: "bookworm", v4: "198.51.100.120", v6: "2001:db8:51::120" },
  project: { ...vps, release: "trixie", v4: "198.51.100.121", v6: "2001:db8:51::121" },
  vps12: { ...vps, release: "bookworm", v4: "198.51.100.122", v6: "2001:db8:51::122" },
  vps13: { ...vps, release: "trixie", v4: "198.51.100.123", v6: "2001:db8:51::123" },
  ubuntu2404: { ...vps, release: "noble", v4: "198.51.100.124", v6: "2001:db8:51::124", apart: true },
  faults: { ...vps, release: "bookworm", v4: "198.51.100.130", v6: "2001:db8:51::130" },
  faults13: { ...vps, release: "trixie", v4: "198.51.100.135", v6: "2001:db8:51::135" },
  secrets: { ...vps, release: "bookworm", v4: "198.51.100.131", v6: "2001:db8:51::131" },
  lived12: { ...vps, release: "bookworm", v4: "198.51.100.132", v6: "2001:db8:51::132" },
  lived13: { ...vps, release: "trixie", v4: "198.51.100.133", v6: "2001:db8:51::133" },
  hidden12: { ...vps, release: "bookworm", v4: "198.51.100.134", v6: "2001:db8:51::134", behindNat: "10.0.12.5" },
  foreign: {
    release: "bookworm",
    network: foreignNetwork,
    fqdn: "mail.example.net",
    foreignServer: true,
    v4: "203.0.113.25",
    v6: "2001:db8:203::25",
  },
} satisfies Record<string, MachineFacts>;

export type MachineName = keyof typeof machineTable;

/** Names of all machines. */
export const machineNames = Object.keys(machineTable) as MachineName[];

/** The fixed facts of a machine. */
export const factsOf = (name: MachineName): MachineFacts => machineTable[name];

/** The machines that `npm test` counts on. */
export const testMachines = machineNames.filter((name) => !factsOf(name).apart);
