import { createPublicKey } from "node:crypto";
import { dnsRecords } from "../dnsRecords";
import { type Finding, fileContent, type Resource, type Rule } from "../rule";

/** Bits of an RSA key that receivers still trust. */
const fewestBits = 2048;

/** Keys that sign are long enough, as they are made and as they are published. */
export const dkimKeySize: Rule = {
  name: "dkim-key-size",
  description: `A DKIM key of fewer than ${fewestBits} bits can be found by computing (RFC 8301 section 3.2)`,
  severity: "high",
  checkStack: (resources) => [...keyProblems(resources), ...recordProblems(resources)],
};

function keyProblems(resources: Resource[]): Finding[] {
  return resources
    .filter(({ type, name }) => type === "tls:index/privateKey:PrivateKey" && name.includes("-dkim-"))
    .flatMap(({ urn, inputs: { algorithm, rsaBits = fewestBits } }) =>
      algorithm === "RSA" && Number(rsaBits) < fewestBits ? [tooShort(urn, Number(rsaBits))] : [],
    );
}

function recordProblems(resources: Resource[]): Finding[] {
  return dnsRecords(resources).flatMap(({ urn, type, name, value }) => {
    // Between its parts white space may stand (RFC 6376 section 3.2).
    const key = type === "TXT" && name.includes("._domainkey.") && /(?:^|;)\s*p\s*=([^;]+)/.exec(value)?.[1];
    const bits = key ? rsaBits(key) : undefined;
    return bits !== undefined && bits < fewestBits ? [tooShort(urn, bits)] : [];
  });
}

/** Undefined where it is no RSA key. */
function rsaBits(base64: string): number | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyDetails?.modulusLength;
  } catch {
    return undefined;
  }
}

function tooShort(urn: string, bits: number): Finding {
  return { urn, message: `has ${bits} bits; make it ${fewestBits}, at a selector of its own (docs/dkim-rotation.md)` };
}

const mostDays = 400;

/**
 * Keys that sign are not too old. A preview is not told when a resource was made, so the only honest witness is the selector's name: `2026`, `s202611`
 * or `mail-20261121` say when the key was made. A name without a date says nothing, which is an offence where `datedSelectors` asks for one.
 */
export const dkimKeyAge: Rule = {
  name: "dkim-key-age",
  description: "A key that has signed for long has been copied, backed up and perhaps seen",
  severity: "low",
  enforcementLevel: "advisory",
  configSchema: {
    properties: {
      mostDays: { type: "integer", minimum: 1, default: mostDays },
      datedSelectors: { type: "boolean", default: false },
    },
  },
  checkResource: (resource, config) => ageProblems(resource, config, new Date()),
};

/** What `dkimKeyAge` says on that day. */
export function ageProblems(resource: Resource, config: Record<string, unknown>, today: Date): string[] {
  const table = fileContent(resource, "/etc/opendkim/signing-table") ?? "";
  const most = Number(config.mostDays ?? mostDays);
  return [...table.matchAll(/^\*@(\S+) ([^.\s]+)\._domainkey\./gm)].flatMap(([, domain, selector = ""]) => {
    const last = lastDayOf(selector);
    if (last === undefined && config.datedSelectors === true)
      return [
        `${domain}: the selector ${selector} does not tell its key's age; rotate to one that names a year, as s2026 (docs/dkim-rotation.md)`,
      ];
    const days = last === undefined ? 0 : Math.floor((today.getTime() - last.getTime()) / 86_400_000);
    if (days <= most) return [];
    return [
      `${domain}: the key of the selector ${selector} is at least ${days} days old, allowed are ${most}; rotate it (docs/dkim-rotation.md)`,
    ];
  });
}

/** The last day that a selector's date (`YYYY`, `YYYYMM` or `YYYYMMDD` at its end) can mean: the key is at least as old. */
function lastDayOf(selector: string): Date | undefined {
  const [, year, month, day] = /(?<!\d)(20\d\d)(?:-?(0[1-9]|1[0-2])(?:-?(\d\d))?)?$/.exec(selector) ?? [];
  if (year === undefined) return undefined;
  if (month === undefined) return new Date(Date.UTC(Number(year), 11, 31));
  const lastOfMonth = new Date(Date.UTC(Number(year), Number(month), 0));
  if (day === undefined) return lastOfMonth;
  const isDay = Number(day) >= 1 && Number(day) <= lastOfMonth.getUTCDate();
  return isDay ? new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))) : undefined;
}
