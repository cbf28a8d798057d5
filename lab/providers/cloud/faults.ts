/** Trouble that a test orders from the rehearsed providers, in `faults.json` beside the accounts. */
export interface Faults {
  /** Requests that fail. */
  calls: FailingCall[];
  /** Seconds until a change of a record can be seen by those who ask the name servers. */
  propagationSeconds: number;
  /** Zones that the account does not hold, or that its credentials may not touch. */
  missingZones: string[];
  /** Whether OVH gives DKIM keys back in quotes, cut at 255 bytes. */
  quotedDkim: boolean;
}

/** Requests of one kind, of which some fail. */
export interface FailingCall {
  provider: string;
  /** Beginning of `METHOD /path`; `POST ` stands for everything that makes something. */
  request: string;
  /** The first one that fails, counted from 1 since the fault was ordered. */
  nth: number;
  /** How many fail in a row. @default 1 */
  times?: number;
  /** HTTP status: 429 where the provider limits the rate, 500 where it breaks. */
  status: number;
  /** How many there were so far; counted by the providers. */
  seen?: number;
}

export const noFaults: Faults = { calls: [], propagationSeconds: 0, missingZones: [], quotedDkim: false };
