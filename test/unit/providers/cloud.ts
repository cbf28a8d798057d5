import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Faults } from "../../../lab/providers/cloud/faults";
import type { PublishedRecord, World } from "../../../lab/providers/cloud/world";

/** An empty folder for rehearsed accounts, and a world that remembers what it was told. */
export class TestCloud {
  readonly folder = mkdtempSync(join(tmpdir(), "cloud-"));
  /** What the name servers hold now, as lines of a zone file. */
  records: string[] = [];
  /** Seconds that the last change took to be seen. */
  delay = 0;
  /** Rules of the router. */
  ruleset = "";
  /** What the resolvers say. */
  addresses: Record<string, string[]> = {};

  readonly world: World = {
    publish: async (gone, come, seconds) => {
      this.delay = seconds;
      this.records = [...this.records.filter((line) => !gone.map(lineOf).includes(line)), ...come.map(lineOf)];
    },
    filter: async (ruleset) => {
      this.ruleset = ruleset;
    },
    addressesOf: async (name) => this.addresses[name] ?? [],
  };

  /** Orders trouble. */
  faults(faults: Partial<Faults>): void {
    writeFileSync(join(this.folder, "faults.json"), JSON.stringify(faults));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function lineOf({ name, ttl, type, content }: PublishedRecord): string {
  return `${name} ${ttl} ${type} ${content}`;
}
