/** How what a rehearsed account holds takes effect in the lab: in its name server and on its router, and what its resolver says. */
import { spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson } from "./account";

/** A record as a zone file writes it: absolute names, text in quotes. */
export interface PublishedRecord {
  name: string;
  ttl: number;
  type: string;
  content: string;
}

/** What the rehearsed providers see and do outside their own accounts. */
export interface World {
  /** Takes records out of the public name servers and puts others in, after a while. */
  publish(gone: PublishedRecord[], come: PublishedRecord[], seconds: number): Promise<void>;
  /** Puts these rules of `nft` to work on the way to the machines. */
  filter(ruleset: string): Promise<void>;
  /** Addresses that the public resolvers give for a name; empty where there are none. */
  addressesOf(name: string): Promise<string[]>;
}

/** The lab's name server, and the right to change its zones by RFC 2136. */
export interface NameServerAccess {
  address: string;
  keyName: string;
  keyAlgorithm: string;
  keySecret: string;
}

/** Where {@link NameServerAccess} stands. */
export const nameServerFile = (folder: string) => join(folder, "nameServer.json");

/** The lab: its name server, and the resolver of the network that this process is in. */
export function labWorld(folder: string): World {
  return {
    publish: (gone, come, seconds) => {
      const access = readJson<NameServerAccess>(nameServerFile(folder));
      if (access === undefined) return Promise.resolve();
      const script = updateScript(access, gone, come);
      return seconds > 0 ? updateLater(script, seconds) : feed("nsupdate", [], script);
    },
    filter: (ruleset) => (existsSync(nameServerFile(folder)) ? feed("nft", ["-f", "-"], ruleset) : Promise.resolve()),
    addressesOf: async (name) => {
      const resolver = new Resolver({ timeout: 2000, tries: 2 });
      const answers = await Promise.all([
        resolver.resolve4(name).catch(() => []),
        resolver.resolve6(name).catch(() => []),
      ]);
      return answers.flat();
    },
  };
}

/** Input of `nsupdate`; each record is named with its content, so that others of the same name stay. */
export function updateScript(access: NameServerAccess, gone: PublishedRecord[], come: PublishedRecord[]): string {
  const { address, keyName, keyAlgorithm, keySecret } = access;
  const lines = [
    ...gone.map(({ name, type, content }) => `update delete ${absolute(name)} ${type} ${content}`),
    ...come.map(({ name, ttl, type, content }) => `update add ${absolute(name)} ${ttl} ${type} ${content}`),
  ];
  return [`server ${address}`, `key ${keyAlgorithm}:${keyName} ${keySecret}`, ...lines, "send", ""].join("\n");
}

function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

function feed(program: string, args: string[], input: string): Promise<void> {
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve() : reject(new Error(`The lab's ${program} refused a change: ${complaint.trim()}`)),
    );
  });
}

/** The change outlives this process, which the engine ends as soon as its last resource is done. */
async function updateLater(script: string, seconds: number): Promise<void> {
  const wait = 'input=$(cat); sleep "$1"; printf "%s\\n" "$input" | nsupdate';
  const child = spawn("sh", ["-c", wait, "sh", String(seconds)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => undefined);
  await new Promise((resolve) => child.stdin.end(script, () => resolve(undefined)));
  child.unref();
}
