#!/bin/sh
# Runs a command as on a machine with no Vulkan loader, no driver files and no browser: `sudo sh tools/bare.sh npm test`.
# They are hidden in a mount namespace of the command's own; the machine itself stays as it is. Linux, root.
set -eu
if [ "${THAW_BARE:-}" != inside ]; then THAW_BARE=inside exec unshare --mount sh "$0" "$@"; fi

work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"

# A folder without some of its files: an overlay in which they are deleted.
without() {
  folder=$1
  shift
  layer=$work/$(echo "$folder" | tr / _)
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" "$folder"
  for pattern in "$@"; do find "$folder" -maxdepth 1 -name "$pattern" -exec rm -f {} +; done
}

for folder in /usr/lib /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/local/lib; do
  if ls "$folder"/libvulkan.so* >/dev/null 2>&1; then without "$folder" 'libvulkan.so*'; fi
done
for folder in /usr/bin /usr/local/bin /opt/google/chrome; do
  if ls "$folder"/*chrom* >/dev/null 2>&1; then without "$folder" 'google-chrome*' 'chromium*' chrome; fi
done
for folder in /usr/share/vulkan /usr/local/share/vulkan /etc/vulkan; do
  if [ -d "$folder" ]; then mount -t tmpfs tmpfs "$folder"; fi
done
unset THAW_CHROME VK_DRIVER_FILES VK_ICD_FILENAMES VK_ADD_DRIVER_FILES LD_LIBRARY_PATH
TMPDIR=$work/tmp # nothing unpacked before is found
mkdir -m 1777 "$TMPDIR"
export TMPDIR

echo "Hidden here: $(ldconfig -p | grep -c libvulkan.so || true) cached loaders, of which $(ls /usr/lib/x86_64-linux-gnu/libvulkan.so* 2>/dev/null | wc -l) are left; TMPDIR is $TMPDIR"
exec "$@"
