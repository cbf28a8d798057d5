import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { mailNetwork } from "./addresses";
import { inCache, inLab, namespace } from "./paths";
import { lastLines, logFile, pidOf, run, startDaemon, stopDaemon } from "./processes";
import { until } from "./progress";

const socket = inLab("run", "apt.sock");
const folder = inCache("apt", namespace);

/** What a machine's apt is told: all packages come through the hub, nothing else can leave the lab. */
export const proxyForMachines = `http://${mailNetwork.hub4}:3142`;

/** The package cache as the host itself reaches it, while base images are built. */
export const proxyForHost = () => `http://127.0.0.1:${rememberedPort()}`;

/**
 * Starts the cache that all apt traffic goes through: apt-cacher-ng on a loopback port of the host, a unix socket, and a
 * relay on the hub. Each checkout has its own daemon and folder, since two daemons must not write to one folder.
 */
export async function startPackageCache(): Promise<void> {
  await bequeath();
  for (const part of ["cache", "log"]) mkdirSync(`${folder}/${part}`, { recursive: true });
  mkdirSync(inLab("apt"), { recursive: true });
  if (!pidOf("apt-cache")) {
    await stopDaemon("apt-host");
    const port = await freePort(rememberedPort());
    writeFileSync(inLab("apt", "port"), String(port));
    writeFileSync(`${folder}/acng.conf`, settings(port));
  }
  const port = rememberedPort();
  startDaemon({ name: "apt-cache", network: "host", command: ["apt-cacher-ng", "-c", folder, "ForeGround=1"] });
  startDaemon({
    name: "apt-host",
    network: "host",
    command: ["socat", `UNIX-LISTEN:${socket},fork,unlink-early,mode=600`, `TCP4:127.0.0.1:${port}`],
  });
  startDaemon({
    name: "apt-hub",
    network: "lab",
    command: ["socat", `TCP4-LISTEN:3142,bind=${mailNetwork.hub4},fork,reuseaddr`, `UNIX-CONNECT:${socket}`],
  });
  await until(5, complaint, () => existsSync(socket) && listens(pidOf("apt-cache"), port));
}

/** Stops the package cache; what it holds stays for the next time. */
export const stopPackageCache = () => Promise.all(["apt-hub", "apt-host", "apt-cache"].map(stopDaemon));

/** Removes the packages that this checkout's cache holds. */
export const forgetPackages = () => run(["rm", "-rf", folder]);

const complaint = () => `The package cache apt-cacher-ng does not answer:\n${lastLines(logFile("apt-cache"))}`;

/** Asked of the process, because this one may be in another network. */
const listens = (pid: number | undefined, port: number) =>
  pid !== undefined &&
  readFileSync(`/proc/${pid}/net/tcp`, "utf8").includes(
    `:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`,
  );

const settings = (port: number) => `CacheDir: ${folder}/cache
LogDir: ${folder}/log
SupportDir: /usr/lib/apt-cacher-ng
Port: ${port}
BindAddress: 127.0.0.1
ExThreshold: 30
`;

function rememberedPort(): number {
  const file = inLab("apt", "port");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
}

/** The preferred port where it is free, any free port otherwise. */
async function freePort(preferred: number): Promise<number> {
  const isFree = (port: number) =>
    new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
  // apt-cacher-ng cannot bind to the upper half of the port numbers.
  const candidates = Array.from({ length: 20 }, () => randomInt(13000, 30000));
  for (const port of preferred ? [preferred, ...candidates] : candidates) if (await isFree(port)) return port;
  throw new Error("No TCP port on 127.0.0.1 is free for the package cache; 20 between 13000 and 30000 were tried.");
}

/** A new checkout starts with a copy of the packages that another one has downloaded. */
async function bequeath(): Promise<void> {
  if (existsSync(folder) || !existsSync(inCache("apt"))) return;
  const others = readdirSync(inCache("apt")).map((name) => inCache("apt", name, "cache"));
  const newest = others.filter((path) => existsSync(path)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (!newest) return;
  mkdirSync(folder, { recursive: true });
  await run(["cp", "--archive", "--reflink=auto", newest, `${folder}/cache`]);
}
