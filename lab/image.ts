import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Release } from "./addresses";
import type { Archive } from "./archive";
import { archives } from "./archives";
import { caPath } from "./authority";
import { resolvConf } from "./network";
import { proxyForHost, proxyForMachines } from "./packageCache";
import { inCache } from "./paths";
import { inHost, must, run, withLock } from "./processes";
import { step } from "./progress";

const images = inCache("images");
const keptDays = 14;

/** A plain server image: what the distribution calls important, and what the image of a rented machine adds to it. */
const basePackages = [
  "ca-certificates",
  "curl",
  "dbus",
  "libpam-systemd",
  "openssh-server",
  "python3-minimal",
  "sudo",
  "systemd",
  "systemd-sysv",
];

/** Runs inside the new image. */
const finishBase = `
rm -f /etc/ssh/ssh_host_* /etc/apt/apt.conf.d/99mmdebstrap /etc/dpkg/dpkg.cfg.d/99mmdebstrap
: >/etc/machine-id
echo LANG=C.UTF-8 >/etc/default/locale
systemctl --quiet enable systemd-networkd
systemctl --quiet mask systemd-networkd-wait-online.service
update-ca-certificates >/dev/null
chmod 440 /etc/sudoers.d/90-admin
useradd --create-home --shell /bin/bash admin
install -d -m 700 -o admin -g admin /home/admin/.ssh
install -d -m 700 /root/.ssh
mkdir -p /usr/share/dns
# The lab has a DNS root of its own: the package dns-root-data, installed later, must not put the world's root key back.
for file in root.key root.ds root.hints; do
  dpkg-divert --quiet --local --rename --divert /usr/share/dns/$file.real --add /usr/share/dns/$file
done
`;

/** Files of every base image. */
const baseFiles = () => ({
  "/etc/resolv.conf": resolvConf,
  "/etc/sudoers.d/90-admin": "admin ALL=(ALL) NOPASSWD:ALL\n",
  "/usr/local/share/ca-certificates/lab-acme.crt": readFileSync(caPath, "utf8"),
});

const shapeOf = ({ keyring, packages }: Archive) => [
  "--mode=root",
  "--variant=important",
  `--include=${[...basePackages, ...packages].join(",")}`,
  `--keyring=${keyring}`,
  "--dpkgopt=path-exclude=/usr/share/man/*",
];

const fingerprint = (recipe: unknown) => createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 10);

/**
 * Folder of the base image of a release, built when there is none of the present recipe yet.
 * @throws with mmdebstrap's last lines
 */
export async function ensureBaseImage(release: Release): Promise<string> {
  const name = `${release}-${fingerprint([shapeOf(archives[release]), finishBase, baseFiles()])}`;
  return ensureImage(name, `base image ${release}: about 40 s, once`, (folder) => buildBase(release, folder));
}

async function buildBase(release: Release, folder: string): Promise<void> {
  const archive = archives[release];
  const { sources, lines } = await archive.open(release);
  const apt = [`Acquire::http::Proxy "${proxyForHost()}";`, ...lines].map((line) => `--aptopt=${line}`);
  const mmdebstrap = [...inHost(), "mmdebstrap", ...shapeOf(archive), ...apt, release, folder, ...sources];
  await must(`The base image ${release} could not be built`, mmdebstrap);
  const proxy = [`Acquire::http::Proxy "${proxyForMachines}";`, ...lines, ""].join("\n");
  for (const [path, content] of Object.entries({ ...baseFiles(), "/etc/apt/apt.conf.d/01proxy": proxy })) {
    writeFileSync(join(folder, path), content);
  }
  const inside = [...inHost(), "chroot", folder];
  await must(`The base image ${release} could not be finished`, [...inside, "bash", "-e"], finishBase);
  // The image of a rented machine comes without package lists; with them, the first install of every test is a second shorter.
  const update = ["apt-get", "-o", `Acquire::http::Proxy=${proxyForHost()}`, "update", "-qq"];
  await must(`The base image ${release} has no package lists`, [...inside, ...update]);
}

/** What a layer adds to a base image. */
export interface LayerRecipe {
  packages: string[];
  /** `debconf-set-selections` lines that are set first. */
  debconf: string[];
  files: Record<string, string>;
  /** Runs inside, after packages and files. */
  finish: string;
}

/** Folder of a layer with more packages on top of a base image, built when there is none of the present recipe yet. */
export async function ensureLayer(name: string, base: string, recipe: LayerRecipe): Promise<string> {
  return ensureImage(`${name}-${fingerprint([recipe, base])}`, `${name}: about 20 s, once`, (folder) =>
    buildLayer(base, recipe, folder),
  );
}

async function buildLayer(base: string, recipe: LayerRecipe, folder: string): Promise<void> {
  const mounted = `${folder}.root`;
  const work = `${folder}.work`;
  for (const path of [folder, mounted, work]) mkdirSync(path);
  const script = [
    `mount -t overlay overlay -o 'lowerdir=${base},upperdir=${folder},workdir=${work}' '${mounted}'`,
    `cd '${mounted}'`,
    `mount -t proc proc proc; mount --bind /dev dev`,
    // No daemon may start in a chroot: it would be one of the host's.
    `printf '#!/bin/sh\\nexit 101\\n' >usr/sbin/policy-rc.d; chmod 755 usr/sbin/policy-rc.d`,
    `chroot . debconf-set-selections <<'END'\n${recipe.debconf.join("\n")}\nEND`,
    `DEBIAN_FRONTEND=noninteractive chroot . apt-get -qq -o Acquire::http::Proxy=${proxyForHost()} install --yes --no-install-recommends ${recipe.packages.join(" ")}`,
    ...Object.entries(recipe.files).map(([path, content]) => `cat >.${path} <<'END'\n${content}\nEND`),
    `chroot . bash -e <<'END'\n${recipe.finish}\nEND`,
    `rm usr/sbin/policy-rc.d`,
  ];
  try {
    // In a mount namespace of its own, whatever happens the mounts are gone afterwards.
    await must(
      "The layer could not be built",
      [...inHost(), "unshare", "--mount", "--", "bash", "-e"],
      script.join("\n"),
    );
  } finally {
    for (const path of [mounted, work]) rmSync(path, { recursive: true, force: true });
  }
}

const inHand = new Map<string, Promise<string>>();

/** The image of this name; two machines that start at the same time share the work. */
function ensureImage(name: string, title: string, build: (folder: string) => Promise<void>): Promise<string> {
  const image = inHand.get(name) ?? findOrBuild(name, title, build).finally(() => inHand.delete(name));
  inHand.set(name, image);
  return image;
}

/** An image counts only under its final name, which it gets when it is complete. */
async function findOrBuild(name: string, title: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(images, name);
  if (!existsSync(folder)) {
    await withLock(inCache("locks", name), `waiting for another lab that builds ${name}`, async () => {
      if (existsSync(folder)) return;
      const draft = join(images, `.draft-${name}`);
      await run(["rm", "-rf", draft, `${draft}.root`, `${draft}.work`]);
      mkdirSync(images, { recursive: true });
      await step(title, () => build(draft));
      renameSync(draft, folder);
    });
    await forgetOldImages();
  }
  utimesSync(folder, new Date(), new Date());
  return folder;
}

const lockOf = (folder: string) => inCache("locks", `${basename(folder)}.use`);

/** The file on which a machine holds a shared lock while it runs on this image; none where the folder is not an image. */
export const imageLocks = (folder: string) => (dirname(folder) === images ? [lockOf(folder)] : []);

/** Removes images that no machine runs on and that were last asked for more than two weeks ago. */
async function forgetOldImages(): Promise<void> {
  const old = readdirSync(images).filter(
    (name) => Date.now() - statSync(join(images, name)).mtimeMs > keptDays * 24 * 3600 * 1000,
  );
  await Promise.all(old.map((name) => removeImage(join(images, name))));
}

/** Removes an image unless a machine of any checkout runs on it. */
const removeImage = (folder: string) => run(["flock", "--nonblock", lockOf(folder), "rm", "-rf", folder]);

/** Removes every image that no machine of any checkout runs on. */
export async function removeUnusedImages(): Promise<void> {
  const finished = existsSync(images) ? readdirSync(images).filter((name) => !name.startsWith(".")) : [];
  prepareImageLocks();
  await Promise.all(finished.map((name) => removeImage(join(images, name))));
}

/** Makes the lock folder, which machines expect. */
export const prepareImageLocks = () => mkdirSync(inCache("locks"), { recursive: true });
