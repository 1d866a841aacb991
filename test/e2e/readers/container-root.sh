#!/bin/sh
# Runs a command as in a container: its root folder is that of the machine with more mounts. Must run in its own mount
# namespace, so that the mounts disappear with the command and no other process sees them.
#
#     container-root.sh ROOT [MOUNTED MOUNT_PATH]... -- COMMAND [PARAMETER...]
#
# ROOT: an empty folder. MOUNTED: a folder to mount at MOUNT_PATH, read-only.
set -e
root=$1
shift
mount -t tmpfs none "$root"
for entry in /*; do
  if [ -L "$entry" ]; then
    cp -P "$entry" "$root$entry"
  elif [ -d "$entry" ]; then
    mkdir "$root$entry"
    mount --rbind "$entry" "$root$entry"
  fi
done
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
  shift 2
done
shift
exec chroot "$root" "$@"
