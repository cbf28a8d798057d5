/** The scripts of the stack: texts that are empty, or whole lines. */
export interface Scripts {
  before: string;
  after: string;
  /** Those of mailboxes that have one, sorted. */
  mailboxes: { address: string; sieve: string }[];
}
