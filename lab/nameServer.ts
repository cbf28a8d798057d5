import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mailNetwork, services } from "./addresses";
import { rootServers } from "./network";
import { inLab } from "./paths";
import { inNamespace, lastLines, logFile, must, pidOf, run, startDaemon, stopDaemon } from "./processes";
import { until } from "./progress";
import { initialRecords, nameServerName, parentOf, zones } from "./zones";

const folder = inLab("dns");
const database = `${folder}/pdns.db`;
const rootKey = `${folder}/root.key`;
const apiKeyFile = inLab("dns-api-key");
const tsigFile = inLab("tsig");

/** Key that may change every zone by RFC 2136. */
export const tsigKey = { name: "lab", algorithm: "hmac-sha256", secret: () => readFileSync(tsigFile, "utf8") };

/** Files of the package dns-root-data, for a world whose DNS root is the lab's. */
export const rootTrustFiles = () =>
  Object.fromEntries(
    ["root.key", "root.ds", "root.hints"].map((file) => [file, readFileSync(`${folder}/${file}`, "utf8")]),
  );

/** Starts the authoritative server with its signed zones, and the validating resolver that everybody in the lab asks. */
export async function startNameServer(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of [apiKeyFile, tsigFile])
    if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString("base64"), { mode: 0o600 });
  // The root's key is written last: without it, the zones were not finished the last time.
  const isNew = !existsSync(rootKey);
  if (isNew) await newDatabase();
  if (!pidOf("pdns")) {
    writeFileSync(`${folder}/pdns.conf`, authoritativeSettings(), { mode: 0o600 });
    startDaemon({
      name: "pdns",
      network: "lab",
      command: ["pdns_server", `--config-dir=${folder}`, "--guardian=no", "--daemon=no"],
    });
    await until(10, () => `The name server PowerDNS does not answer:\n${lastLines(logFile("pdns"))}`, isAnswering);
  }
  if (isNew) await createZones();
  if (!pidOf("unbound")) {
    writeFileSync(`${folder}/unbound.conf`, resolverSettings());
    startDaemon({ name: "unbound", network: "lab", command: ["unbound", "-d", "-c", `${folder}/unbound.conf`] });
  }
  const ask = [...inNamespace, "dig", "+short", "+time=1", "+tries=1", `@${services.resolver.v4}`, nameServerName, "A"];
  const complaint = () => `The resolver unbound does not answer:\n${lastLines(logFile("unbound"))}`;
  await until(10, complaint, async () => (await run(ask)).stdout.trim() === services.authoritative.v4);
}

/** Stops both and forgets every record. */
export async function stopNameServer(): Promise<void> {
  await Promise.all(["unbound", "pdns"].map(stopDaemon));
  rmSync(folder, { recursive: true, force: true });
}

async function newDatabase(): Promise<void> {
  await stopDaemon("pdns");
  rmSync(database, { force: true });
  const schema = readFileSync("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql", "utf8");
  const key = `INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('${tsigKey.name}', '${tsigKey.algorithm}', '${tsigKey.secret()}');`;
  await must("The name server's database could not be made", ["sqlite3", database], `${schema}\n${key}\n`);
}

/** Creates every zone, signs it, and hangs it into its parent. */
async function createZones(): Promise<void> {
  await api(zones.map((zone) => ({ method: "POST", path: "", body: newZone(zone) })));
  const right = { kind: "TSIG-ALLOW-DNSUPDATE", metadata: [tsigKey.name] };
  await api(zones.map((zone) => ({ method: "PUT", path: `${zonePath(zone)}/metadata/${right.kind}`, body: right })));
  const keys = (await api(zones.map((zone) => ({ method: "GET", path: `${zonePath(zone)}/cryptokeys` })))) as {
    ds: string[];
    dnskey: string;
  }[][];
  const sha256 = (zone: string) => keys[zones.indexOf(zone)]?.[0]?.ds.find((ds) => ds.split(" ")[2] === "2") ?? "";
  await api(
    zones
      .filter((zone) => zone !== ".")
      .map((zone) => ({
        method: "PATCH",
        path: zonePath(parentOf(zone)),
        body: { rrsets: [rrset(zone, "NS", [nameServerName]), rrset(zone, "DS", [sha256(zone)])] },
      })),
  );
  writeFileSync(`${folder}/root.ds`, `. 3600 IN DS ${sha256(".")}\n`);
  writeFileSync(`${folder}/root.hints`, rootHints());
  writeFileSync(rootKey, `. 3600 IN DNSKEY ${keys[zones.indexOf(".")]?.[0]?.dnskey}\n`);
}

const rootHints = () =>
  [
    `. 3600000 NS ${nameServerName}`,
    `${nameServerName} 3600000 A ${services.authoritative.v4}`,
    `${nameServerName} 3600000 AAAA ${services.authoritative.v6}`,
    "",
  ].join("\n");

const newZone = (zone: string) => ({
  name: zone,
  kind: "Native",
  nameservers: [nameServerName],
  dnssec: true,
  api_rectify: true,
  soa_edit_api: "INCREASE",
  rrsets: initialRecords
    .filter((record) => record.zone === zone)
    .map(({ name, type, contents }) => rrset(name, type, contents)),
});

const rrset = (name: string, type: string, contents: string[]) => ({
  name,
  type,
  ttl: 30,
  changetype: "REPLACE",
  records: contents.map((content) => ({ content, disabled: false })),
});

const zonePath = (zone: string) => `/${zone === "." ? "=2E" : zone}`;

interface Request {
  method: string;
  path: string;
  body?: unknown;
}

/** Sends requests to PowerDNS's API, one after the other over one connection; the answers in the same order. */
async function api(requests: Request[]): Promise<unknown[]> {
  const each = requests.map(({ method, path, body }) =>
    [
      `url = "http://${services.authoritative.v4}:8081/api/v1/servers/localhost/zones${path}"`,
      `request = "${method}"`,
      `header = "X-API-Key: ${readFileSync(apiKeyFile, "utf8")}"`,
      `write-out = "\\n"`,
      "silent",
      "show-error",
      "fail-with-body",
      ...(body === undefined ? [] : [`data = ${JSON.stringify(JSON.stringify(body))}`]),
    ].join("\n"),
  );
  const answer = await must(
    "The name server refused its zones",
    [...inNamespace, "curl", "--config", "-"],
    each.join("\nnext\n"),
  );
  return answer
    .split("\n")
    .slice(0, requests.length)
    .map((line) => (line ? JSON.parse(line) : undefined));
}

async function isAnswering(): Promise<boolean> {
  const url = `http://${services.authoritative.v4}:8081/`;
  return (await run([...inNamespace, "curl", "--silent", "--output", "/dev/null", url])).exitCode === 0;
}

const authoritativeSettings = () => `launch=gsqlite3
gsqlite3-database=${database}
gsqlite3-dnssec=yes
gsqlite3-pragma-synchronous=0
local-address=${[services.authoritative.v4, services.authoritative.v6, ...rootServers()].join(", ")}
socket-dir=${folder}
api=yes
api-key=${readFileSync(apiKeyFile, "utf8")}
webserver=yes
webserver-address=${services.authoritative.v4}
webserver-allow-from=${mailNetwork.prefix4}
dnsupdate=yes
allow-dnsupdate-from=0.0.0.0/0,::/0
allow-axfr-ips=${mailNetwork.hub4},${services.authoritative.v4}
default-soa-content=${nameServerName} hostmaster.test. 0 3600 600 86400 5
default-ttl=30
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
domain-metadata-cache-ttl=0
zone-cache-refresh-interval=0
version-string=anonymous
`;

/** Zones that unbound answers by itself, as reserved for documentation, unless it is told that here they are real. */
const unreserved = ["test.", "100.51.198.in-addr.arpa.", "113.0.203.in-addr.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa."];

const resolverSettings = () => `server:
  directory: "${folder}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  interface: ${services.resolver.v4}
  interface: ${services.resolver.v6}
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  trust-anchor-file: "${folder}/root.ds"
  unblock-lan-zones: yes
${unreserved.map((zone) => `  local-zone: "${zone}" nodefault`).join("\n")}
  aggressive-nsec: no
  cache-max-ttl: 1
  cache-max-negative-ttl: 1
stub-zone:
  name: "."
  stub-addr: ${services.authoritative.v4}
  stub-prime: no
remote-control:
  control-enable: no
`;
