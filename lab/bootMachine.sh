#!/bin/bash
# Boots one machine of the lab and boots it again after each reboot inside, until it is switched off.
# Started in a mount namespace of its own, so that its disk is unmounted when the last of its processes is gone.
#   bootMachine.sh MACHINE NAMESPACE BRIDGE DISK LAYERS LOCK...
set -euo pipefail
machine=$1 namespace=$2 bridge=$3 disk=$4 layers=$5
shift 5

# Each machine in a cgroup of its own, or two systemds would share one tree.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then trees=(/sys/fs/cgroup); else trees=(/sys/fs/cgroup/systemd /sys/fs/cgroup/unified); fi
for tree in "${trees[@]}"; do
  [ -d "$tree" ] || continue
  mkdir -p "$tree/$machine"
  echo $$ >"$tree/$machine/cgroup.procs"
done

# nspawn wants this to be a tmpfs; private, so that nothing of it is left.
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 tmpfs /run/systemd/nspawn
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$disk/upper,workdir=$disk/work" "$disk/root"

for lock; do
  exec {held}>>"$lock"
  flock --shared "$held"
done

# A machine has a pure cgroup2 tree, as Debian has, whatever the host has.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
nspawn=(systemd-nspawn --quiet --boot --directory="$disk/root" --machine="$machine" --register=no --keep-unit
  --network-veth --network-bridge="$bridge" --console=pipe --resolv-conf=off --timezone=off --link-journal=no
  --kill-signal=SIGRTMIN+3 --rlimit=RLIMIT_NOFILE="1024:$(ulimit -Hn)")
while :; do
  status=0
  nsenter --net="/run/netns/$namespace" -- "${nspawn[@]}" || status=$?
  # With --keep-unit, a reboot inside ends nspawn with this status instead of starting the machine again.
  [ $status = 133 ] || exit $status
done
