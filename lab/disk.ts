import { spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { factsOf, type MachineFacts, type MachineName, privateNetwork } from "./addresses";
import { foreignLayer } from "./foreignServer";
import { ensureBaseImage } from "./image";
import { rootTrustFiles } from "./nameServer";
import { inLab } from "./paths";
import { must } from "./processes";
import { authorizedKey, hostKeyFolder } from "./ssh";

/** Folder with everything of a machine that ends with it. */
export const machineFolder = (name: MachineName) => inLab("machines", name);

/** Folders that make up a machine's disk below its own writes, topmost first. */
export type Layers = string[];

const layersFile = (name: MachineName) => join(machineFolder(name), "layers.json");
const snapshotFile = (name: string) => inLab("snapshots", `${name}.json`);

/** Layers of the disk that a machine has now; undefined where it has none. */
export const layersOf = (name: MachineName): Layers | undefined =>
  existsSync(layersFile(name)) ? (JSON.parse(readFileSync(layersFile(name), "utf8")) as Layers) : undefined;

/** Layers of the disk that a machine starts with, or would with another release. */
export async function pristineLayers(name: MachineName, release = factsOf(name).release): Promise<Layers> {
  const base = await ensureBaseImage(release);
  return factsOf(name).foreignServer ? [await foreignLayer(base), base] : [base];
}

/**
 * Layers of a snapshot.
 * @throws when there is none of this name
 */
export function snapshotLayers(snapshot: string): Layers {
  if (existsSync(snapshotFile(snapshot))) return JSON.parse(readFileSync(snapshotFile(snapshot), "utf8")) as Layers;
  const folder = inLab("snapshots");
  const known = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".json"))
        .map((file) => file.slice(0, -5))
    : [];
  throw new Error(
    `There is no snapshot '${snapshot}'. Snapshots of this lab: ${known.join(", ") || "none; save one first"}.`,
  );
}

/** Turns what a machine that is switched off has written into the top layer of a snapshot. The machine needs a new disk afterwards. */
export function saveLayers(name: MachineName, snapshot: string): void {
  const layer = inLab("snapshots", `${snapshot}-${Date.now()}`);
  mkdirSync(inLab("snapshots"), { recursive: true });
  renameSync(join(machineFolder(name), "upper"), layer);
  writeFileSync(snapshotFile(snapshot), JSON.stringify([layer, ...(layersOf(name) ?? [])]));
}

/** Throws a machine's disk away and gives it an empty one on top of `layers`, with what makes it this machine. */
export async function newDisk(name: MachineName, layers: Layers): Promise<void> {
  discardDisk(name);
  const folder = machineFolder(name);
  for (const part of ["upper", "work", "root"]) mkdirSync(join(folder, part), { recursive: true });
  const put = fileWriter(join(folder, "upper"), layers);
  const facts = factsOf(name);
  const [host] = facts.fqdn.split(".");
  put("/etc/hostname", `${host}\n`);
  put("/etc/hosts", hostsText(facts.fqdn));
  put("/etc/systemd/network/10-host0.network", networkUnit(facts));
  for (const file of readdirSync(hostKeyFolder(name))) {
    put(
      `/etc/ssh/${file}`,
      readFileSync(join(hostKeyFolder(name), file), "utf8"),
      file.endsWith(".pub") ? 0o644 : 0o600,
    );
  }
  put("/root/.ssh/authorized_keys", authorizedKey(), 0o600);
  put("/home/admin/.ssh/authorized_keys", authorizedKey(), 0o600);
  for (const [file, content] of Object.entries(rootTrustFiles())) put(`/usr/share/dns/${file}`, content);
  writeFileSync(layersFile(name), JSON.stringify(layers));
}

/** Removes a machine's disk; the files go in the background, which can take longer than the next boot. */
export function discardDisk(name: MachineName): void {
  const folder = machineFolder(name);
  if (!existsSync(folder)) return;
  const rubbish = inLab("rubbish");
  mkdirSync(rubbish, { recursive: true });
  renameSync(folder, join(rubbish, `${name}-${process.pid}-${Date.now()}`));
  spawn("sh", ["-c", 'exec rm -rf "$1"/*', "sh", rubbish], { detached: true, stdio: "ignore" }).unref();
}

/** Removes all disks and snapshots now. */
export const discardAllDisks = () =>
  must("The machines' disks could not be removed", [
    "rm",
    "-rf",
    ...["machines", "snapshots", "rubbish"].map((part) => inLab(part)),
  ]);

/** Writes files into the writable layer; new folders take mode and owner from the layers below. */
function fileWriter(upper: string, layers: Layers) {
  const below = (path: string) => layers.map((layer) => join(layer, path)).find((candidate) => existsSync(candidate));
  const likeBelow = (path: string) => {
    const model = below(path);
    if (!model) return;
    const { uid, gid, mode } = lstatSync(model);
    chownSync(join(upper, path), uid, gid);
    chmodSync(join(upper, path), mode & 0o7777);
  };
  const makeFolder = (path: string) => {
    if (path === "/" || existsSync(join(upper, path))) return;
    makeFolder(dirname(path));
    mkdirSync(join(upper, path));
    likeBelow(path);
  };
  return (path: string, content: string, mode = 0o644) => {
    makeFolder(dirname(path));
    writeFileSync(join(upper, path), content, { mode });
    const owner = lstatSync(join(upper, dirname(path)));
    chownSync(join(upper, path), owner.uid, owner.gid);
    chmodSync(join(upper, path), mode);
  };
}

const hostsText = (fqdn: string) => `127.0.0.1 localhost
127.0.1.1 ${fqdn} ${fqdn.split(".")[0]}
::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;

const networkUnit = ({ v4, v6, network, behindNat }: MachineFacts) => `[Match]
Name=host0
[Network]
Address=${behindNat ?? v4}/24
Gateway=${behindNat ? privateNetwork.hub4 : network.hub4}
Address=${v6}/64
Gateway=${network.hub6}
IPv6AcceptRA=no
DHCP=no
LinkLocalAddressing=ipv6
IPv6DuplicateAddressDetection=0
`;
