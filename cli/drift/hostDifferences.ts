import { daneName } from "../../components/dns/names";
import type { DnsRecord } from "../../components/dns/record";
import type { Target } from "../target";
import { type Area, type Difference, Remedy } from "./difference";
import type { FileFacts, HostFacts, Manifest, UnitFacts, WantedFile } from "./facts";

/** Seconds before its end at which a certificate should have been renewed long ago; then an activation renews it, too. */
const renewalOverdue = 7 * 86400;

/** What on the machine is not as it was activated. */
export function hostDifferences(
  facts: HostFacts,
  expected: Pick<Target, "owner" | "manifestHash" | "records">,
  now: Date,
): Difference[] {
  const { manifest } = facts;
  if (manifest === undefined) return [difference("generation", "the machine", "holds no mail server")];
  return [
    ...generation(facts, manifest, expected),
    ...Object.entries({ ...manifest.files, ...manifest.tables }).flatMap(([path, wanted]) =>
      about("file", path, fileProblems(wanted, facts.files?.[path] ?? { kind: "missing" })),
    ),
    ...Object.entries(facts.packages ?? {}).flatMap(([name, state]) => packageDifferences(name, state)),
    ...Object.entries(facts.units ?? {}).flatMap(([name, unit]) => about("unit", name, unitProblems(unit))),
    ...(facts.firewall ?? []).map((fault) => difference("firewall", "the kernel", fault)),
    ...(facts.updates ?? []).map((fault) => difference("update", "security", fault, Remedy.Manual)),
    ...certificates(facts, expected.records ?? [], now),
    ...disk(facts),
  ];
}

function generation(facts: HostFacts, { sha256, owner }: Manifest, expected: Pick<Target, "owner" | "manifestHash">) {
  const found: Difference[] = [];
  const add = (problem: string, remedy: Remedy) => found.push(difference("generation", "the machine", problem, remedy));
  if (expected.owner !== undefined && owner !== expected.owner)
    add(`belongs to ${owner}, not to ${expected.owner}`, Remedy.Manual);
  if (expected.manifestHash !== undefined && sha256 !== expected.manifestHash) {
    const both = `holds ${short(sha256)}, and the stack describes ${short(expected.manifestHash)}`;
    add(facts.previous?.rolledBack ? `was rolled back: ${both}` : both, Remedy.Decision);
  }
  if (facts.cutOff) add("is half-way: an activation was cut off, which the next one takes back first", Remedy.Reapply);
  return found;
}

const short = (hash: string) => hash.slice(0, 12);

function fileProblems(wanted: WantedFile, found: FileFacts): string[] {
  if (found.kind === "missing") return ["is missing"];
  if (found.kind !== "file") return [found.kind === "link" ? "is a link, not a file" : "is not a file"];
  const [was, is] = [wanted, found].map(({ owner, group }) => `${owner}:${group}`);
  return [
    ...(found.sha256 === wanted.sha256 ? [] : ["has another content"]),
    ...(found.mode === wanted.mode ? [] : [`has mode ${found.mode}, not ${wanted.mode}`]),
    ...(is === was ? [] : [`belongs to ${is}, not to ${was}`]),
  ];
}

/** The three letters of dpkg: what is wanted of a package, what it is, and whether something is wrong. */
function packageDifferences(name: string, state: string): Difference[] {
  if (state === "ii") return [];
  if (state === "hi")
    return [
      difference("package", name, `is on hold and gets no security updates (apt-mark unhold ${name})`, Remedy.Manual),
    ];
  return [difference("package", name, state[1] === "i" ? `is in the state ${state}` : "is not installed")];
}

function unitProblems({ LoadState, ActiveState, UnitFileState, healthy }: UnitFacts): string[] {
  const runs = healthy ? [] : [ActiveState === "failed" ? "has failed" : "does not run"];
  if (LoadState === "not-found") return ["is gone"];
  if (LoadState === "masked") return ["is masked", ...runs];
  return [...runs, ...(UnitFileState === "disabled" ? ["is disabled: it does not start at boot"] : [])];
}

function certificates(
  { manifest, certificates = {}, served = [], units = {} }: HostFacts,
  records: DnsRecord[],
  now: Date,
): Difference[] {
  const given = new Set(Object.values(certificates).map(({ sha256 }) => sha256));
  const publishedKey = (name: string) => records.find((record) => record.name === daneName(name))?.value;
  // A daemon that is down is named as a unit.
  const allRun = Object.values(units).every(({ healthy }) => healthy);
  return [
    ...Object.entries(certificates).flatMap(([name, { sha256, key, renewed, expires }]) => {
      if (sha256 === "") return about("certificate", name, [`is not in ${manifest?.certificates[name]}`]);
      const overdue = expires - now.getTime() / 1000 < renewalOverdue;
      return about("certificate", name, [
        ...(renewed === "" ? ["is unknown to certbot, which will not renew it"] : []),
        ...(renewed !== "" && renewed !== sha256
          ? [`in ${manifest?.certificates[name]} is not the one of certbot`]
          : []),
        ...((publishedKey(name) ?? key) === key ? [] : ["has another key than the TLSA record says"]),
        ...(overdue ? [`was not renewed and ends ${new Date(expires * 1000).toISOString().slice(0, 10)}`] : []),
      ]);
    }),
    ...served.flatMap(({ port, name, sha256, trouble }) => {
      const subject = `port ${port}${name === null ? "" : ` for ${name}`}`;
      if (trouble !== "") return allRun ? about("certificate", subject, [`shows none: ${trouble}`]) : [];
      return given.has(sha256) ? [] : about("certificate", subject, ["shows another one than is on disk"]);
    }),
  ];
}

/** Of the bytes, or the files, of a file system: with less free, somebody should look. */
const leastFree = 0.05;

/** File systems on which mail has little room left. */
function disk({ disk = [] }: HostFacts): Difference[] {
  return disk.flatMap(({ path, minFree, size, free, files, freeFiles }) => {
    const little = free < minFree || free < leastFree * size;
    const problems = [
      ...(little ? [`${gibibytes(free)} of ${gibibytes(size)} GiB are free`] : []),
      ...(freeFiles < leastFree * files ? [`${freeFiles} of ${files} inodes are free`] : []),
    ];
    return problems.length === 0 ? [] : [difference("disk", path, problems.join(" and "), Remedy.Manual)];
  });
}

const gibibytes = (bytes: number) => (bytes / 1024 ** 3).toFixed(1);

function about(area: Area, subject: string, problems: string[]): Difference[] {
  return problems.length === 0 ? [] : [difference(area, subject, problems.join(" and "))];
}

function difference(area: Area, subject: string, problem: string, remedy = Remedy.Reapply): Difference {
  return { area, subject, problem, remedy };
}
