import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MtaStsMode } from "../../components/args";
import { isWithin } from "../../components/dns/names";
import { zoneFile } from "../../components/dns/presentation";
import type { DnsFacts } from "../../components/dns/record";
import { records } from "../../components/plannedRecords";
import { validate } from "../../components/validate";
import { exampleArgs, factsOf, modelFor } from "../unit/fixture";

// Here and not among the unit tests, since the lab installs BIND's tools.

const facts: DnsFacts = factsOf({
  ipv4Address: "198.51.100.7",
  ipv6Address: "2001:db8:51::7",
  dkimPublicKeys: Object.fromEntries(
    ["mail.example.org", "example.org", "example.com"].map((domain) => [
      `mail._domainkey.${domain}`,
      `-----BEGIN PUBLIC KEY-----\n${"A".repeat(392)}\n-----END PUBLIC KEY-----\n`,
    ]),
  ),
  certificateSpkiSha256: "0123456789abcdef".repeat(4),
  acmeAccountUri: "https://acme-v02.api.letsencrypt.org/acme/acct/1",
});
const everything = records(
  modelFor(
    validate(
      exampleArgs({
        domains: ["example.org", "example.com"].map((name) => ({
          name,
          mtaSts: { mode: MtaStsMode.Enforce },
          enableAutoconfig: true,
          tlsRpt: { rua: ["anna@example.org"] },
          dmarc: { rua: ["anna@example.org"] },
          spf: { include: ["_spf.example.net"], ip4: ["203.0.113.0/24"] },
          enableCaa: true,
        })),
        parkedDomains: ["www.example.org"],
      }),
    ),
  ),
  facts,
);
const folder = mkdtempSync(join(tmpdir(), "zone-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the zone file of a server with every record there is", () => {
  test.each(["example.org", "example.com", "100.51.198.in-addr.arpa", "1.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa"])(
    "the zone file of a server with every record there is is taken by named-checkzone without a warning: %s",
    (zone) => {
      const inZone = everything.filter(({ name }) => isWithin(name, zone));
      const file = join(folder, zone);
      const head = `${zone}. 300 IN SOA ns.example.net. hostmaster.example.net. 1 3600 600 86400 300\n${zone}. 300 IN NS ns.example.net.\n`;
      writeFileSync(file, head + zoneFile(inZone, 300));
      // Every check fatal where it can be; addresses of names in other zones are not looked up.
      const words = ["-i", "local", "-k", "fail", "-n", "fail", "-m", "fail", "-M", "fail", "-S", "fail", "-r", "fail"];
      const { status, stdout, stderr } = spawnSync("named-checkzone", [...words, "-W", "warn", "-D", zone, file], {
        encoding: "utf8",
      });
      expect([status, stderr]).toEqual([0, expect.not.stringMatching(/warning|error|ignor/i)]);
      expect(stdout.split("\n").filter((line) => /\sIN\s/.test(line))).toHaveLength(inZone.length + 2);
    },
  );
});
