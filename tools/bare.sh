#!/bin/sh
# Runs a command as on a machine with no Vulkan loader, no driver files, no browser and none of the NSS libraries that browsers need:
# `sudo sh tools/bare.sh npm test`. They are hidden in a mount namespace of the command's own; the machine itself stays as it is. Linux, root.
set -eu
if [ "${THAW_BARE:-}" != inside ]; then THAW_BARE=inside exec unshare --mount sh "$0" "$@"; fi

work=/mnt
mount -t tmpfs tmpfs "$work"

# A folder without the files of these names, where it has any: an overlay in which they are deleted.
without() {
  folder=$1
  shift
  for pattern in "$@"; do find "$folder" -maxdepth 1 -name "$pattern" 2>/dev/null || true; done | grep -q . || return 0
  layer=$work/$(echo "$folder" | tr / _)
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" "$folder"
  for pattern in "$@"; do find "$folder" -maxdepth 1 -name "$pattern" -exec rm -f {} +; done
}

for folder in /usr/lib /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/local/lib; do
  without "$folder" 'libvulkan.so*' 'libnss3*' 'libnssutil3*' 'libnspr4*' 'libsmime3*' 'libsoftokn3*' 'libplc4*' 'libplds4*'
done
for folder in /usr/bin /usr/local/bin /opt/google/chrome; do without "$folder" 'google-chrome*' 'chromium*' chrome; done
for folder in /usr/share/vulkan /usr/local/share/vulkan /etc/vulkan; do
  if [ -d "$folder" ]; then mount -t tmpfs tmpfs "$folder"; fi
done
unset THAW_CHROME VK_DRIVER_FILES VK_ICD_FILENAMES VK_ADD_DRIVER_FILES LD_LIBRARY_PATH
TMPDIR=$work/tmp # nothing unpacked before is found
mkdir -m 1777 "$TMPDIR"
export TMPDIR

exec "$@"
