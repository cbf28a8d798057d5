/** A cloud that the lab rehearses: `rehearsal.ts` in the folder of its stand-in, and one entry in the list of `lab/cloud.ts`. */
export interface RehearsedCloud {
  /** Credentials, as invented as the account. */
  environment: Record<string, string>;
  /** Whether its worked stack sets the names of the machine's addresses; a person does at the machine's provider otherwise. */
  setsReverse: boolean;
  /** Opens the account in this folder: zones without records, machines, and nothing ordered yet. */
  open(folder: string): void;
}

/** Zones that each account holds, with their ids at Cloudflare. */
export const cloudZones: Record<string, string> = {
  "example.org": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
  "example.com": "1b2c3d4e5f60718293a4b5c6d7e8f90a",
};
