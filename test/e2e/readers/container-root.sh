#!/bin/sh
# Runs a command as in a container: its root folder is this machine's with one mount more. Called in a mount namespace
# of its own, so that everything is gone when the command ends, and nobody else sees it.
#
#     container-root.sh ROOT MOUNTED MOUNT_PATH COMMAND [PARAMETER...]
#
# ROOT: an empty folder. MOUNTED: what is at MOUNT_PATH.
set -e
root=$1 mounted=$2 mount_path=$3
shift 3
mount -t tmpfs none "$root"
for entry in /*; do
  if [ -L "$entry" ]; then
    cp -P "$entry" "$root$entry"
  elif [ -d "$entry" ]; then
    mkdir "$root$entry"
    mount --rbind "$entry" "$root$entry"
  fi
done
mkdir -p "$root$mount_path"
mount --bind "$mounted" "$root$mount_path"
mount -o remount,bind,ro "$root$mount_path"
exec chroot "$root" "$@"
