import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Where a name server is that takes dynamic updates of the zone example.org, and the line by which nsupdate gets its key. */
export interface NameServer {
  port: number;
  key: string;
  stop(): void;
}

export const secret = Buffer.from("a key of the tests alone").toString("base64");
export const zone = "example.org";
const zoneText = `$TTL 300
@ IN SOA ns hostmaster 1 3600 600 86400 300
@ IN NS ns
ns IN A 192.0.2.53
mx IN A 192.0.2.25
`;

const bind = (folder: string, port: number) => `options {
  directory "${folder}"; pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;
  listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
};
controls {};
key "test" { algorithm hmac-sha256; secret "${secret}"; };
zone "${zone}" { type primary; file "${folder}/zone"; allow-update { key test; }; };
`;

const knot = (folder: string, port: number) => `server:
  rundir: "${folder}"
  listen: 127.0.0.1@${port}
database:
  storage: "${folder}"
key:
  - id: test
    algorithm: hmac-sha256
    secret: ${secret}
acl:
  - id: update
    key: test
    action: update
zone:
  - domain: ${zone}
    file: "${folder}/zone"
    acl: update
`;

const powerDns = (folder: string, port: number) => {
  const schema = readFileSync("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql", "utf8");
  const rows = [
    `INSERT INTO domains (id, name, type) VALUES (1, '${zone}', 'NATIVE');`,
    ...[
      [zone, "SOA", `ns.${zone} hostmaster.${zone} 1 3600 600 86400 300`],
      [zone, "NS", `ns.${zone}`],
      [`ns.${zone}`, "A", "192.0.2.53"],
      [`mx.${zone}`, "A", "192.0.2.25"],
    ].map(
      ([name, type, content]) =>
        `INSERT INTO records (domain_id, name, type, content, ttl, auth, ordername) VALUES (1, '${name}', '${type}', '${content}', 300, 1, '');`,
    ),
    `INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('test', 'hmac-sha256', '${secret}');`,
    `INSERT INTO domainmetadata (domain_id, kind, content) VALUES (1, 'TSIG-ALLOW-DNSUPDATE', 'test');`,
  ];
  spawnSync("sqlite3", [join(folder, "db")], { input: [schema, ...rows].join("\n") });
  return `launch=gsqlite3
gsqlite3-database=${folder}/db
local-address=127.0.0.1
local-port=${port}
socket-dir=${folder}
dnsupdate=yes
allow-dnsupdate-from=127.0.0.0/8
daemon=no
guardian=no
`;
};

/** How a name server is started in the foreground, on loopback and in a scratch folder. */
const kinds = {
  BIND: { program: "named", words: (file: string) => ["-f", "-c", file], settings: bind },
  PowerDNS: { program: "pdns_server", words: (file: string) => [`--config-dir=${dirname(file)}`], settings: powerDns },
  Knot: { program: "knotd", words: (file: string) => ["-c", file], settings: knot },
};

export const isInstalled = (kind: keyof typeof kinds) =>
  spawnSync(kinds[kind].program, ["--version"]).error === undefined;

/** Ends when the server answers. */
export async function startNameServer(kind: keyof typeof kinds): Promise<NameServer> {
  const { program, words, settings } = kinds[kind];
  const folder = mkdtempSync(join(tmpdir(), "names-"));
  const port = await freePort();
  const file = join(folder, "pdns.conf");
  writeFileSync(join(folder, "zone"), zoneText);
  writeFileSync(file, settings(folder, port));
  const child: ChildProcess = spawn(program, words(file), { stdio: "ignore" });
  const stop = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 100; tries += 1) {
    if (ask(port, zone, "SOA").length > 0) return { port, key: `key hmac-sha256:test ${secret}\n`, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  stop();
  throw new Error(`${program} does not answer`);
}

/** The data of the records of a name and type. */
export function ask(port: number, name: string, type: string): string[] {
  const words = ["+tcp", "+short", "+time=2", "+tries=1", "+norecurse", "-p", `${port}`, "@127.0.0.1", name, type];
  const { status, stdout } = spawnSync("dig", words, { encoding: "utf8" });
  return status === 0 ? stdout.split("\n").filter(Boolean).sort() : [];
}

/** Changes the zone as somebody else does. */
export function change({ port, key }: NameServer, ...updates: string[]): void {
  const input = [key.trim(), `server 127.0.0.1 ${port}`, ...updates, "send", ""].join("\n");
  const { status, stderr } = spawnSync("nsupdate", { input, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
