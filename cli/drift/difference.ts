/** Something that is not as it was activated. */
export interface Difference {
  area: Area;
  /** What it is about: a path, a package, a unit, a name. */
  subject: string;
  /** In words that follow the subject. */
  problem: string;
  remedy: Remedy;
}

export type Area = "generation" | "file" | "package" | "unit" | "firewall" | "update" | "certificate" | "disk" | "dns";

/** What puts a difference right. */
export enum Remedy {
  /** The next activation, which a change of `triggers` asks for. */
  Reapply = "reapply",
  /** An `up` that asks the DNS provider first; with `dns.rfc2136`, a change of `triggers`. */
  Refresh = "refresh",
  /** A decision: the machine holds another state than the stack describes, and either may be the right one. */
  Decision = "decision",
  /** A person: an `up` leaves alone what may well be wanted, and what is not the stack's. */
  Manual = "manual",
}
