#!/bin/bash
# First step of `npm run demo`, `npm run lab` and `npm test`: says in one sentence what this computer lacks, then installs the
# npm packages of the lockfile where they are missing. Quick when there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."

refuse() {
  printf '\nThe lab cannot run here: %s\n  %s\n\n' "$1" "$2" >&2
  exit 1
}

[ "$(uname -s)" = Linux ] || refuse "it needs Linux, this is $(uname -s)." "Run it on a Linux machine or in a Linux virtual machine (Debian 12 or newer is best)."
[ "$(id -u)" = 0 ] || refuse "it starts real machines with systemd-nspawn, which takes root; this is user $(id -un)." "Run the same command with sudo, e.g. 'sudo npm run lab -- up'."
for tool in apt-get dpkg-query; do
  command -v $tool >/dev/null || refuse "'$tool' was not found; the lab builds Debian machines with Debian's own tools." "Run it on Debian 12 or newer (or on a derivative such as Ubuntu)."
done
command -v node >/dev/null || refuse "Node.js was not found." "Install Node.js 20 or newer, e.g. 'apt-get install nodejs npm' on Debian 13."
node_major=$(node -p 'process.versions.node.split(".")[0]')
[ "$node_major" -ge 20 ] || refuse "Node.js is too old: version $(node --version), 20 or newer is needed." "Install Node.js 20 or newer, e.g. from https://nodejs.org."
command -v npm >/dev/null || refuse "npm was not found." "Install it, e.g. with 'apt-get install npm'."

[ node_modules/.package-lock.json -nt package-lock.json ] && exit 0

trap 'printf "\nInterrupted.\n" >&2; exit 130' INT
started=$SECONDS
printf '… npm ci: the packages of package-lock.json\n' >&2
npm ci --no-fund --no-audit --loglevel=error >&2 || refuse "'npm ci' failed (see above)." "Check that the npm registry can be reached, then run the same command again."
touch node_modules/.package-lock.json
printf '✓ npm ci %d s\n' $((SECONDS - started)) >&2
