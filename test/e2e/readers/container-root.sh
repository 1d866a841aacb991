#!/bin/sh
# Runs a command as in a container: its root folder is that of the machine with one more mount. Must run in its own
# mount namespace, so that the mounts disappear with the command and no other process sees them.
#
#     container-root.sh ROOT MOUNTED MOUNT_PATH COMMAND [PARAMETER...]
#
# ROOT: an empty folder. MOUNTED: the folder to mount at MOUNT_PATH.
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
