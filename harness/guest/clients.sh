#!/bin/sh
# The guest's initramfs with a second archive behind it, which the kernel unpacks over the first: clients of the stores that a guest attaches
# by itself, and an NVMe over TCP target. Nothing of it is loaded before somebody asks.
#   clients.sh KERNEL_DEB INITRAMFS MDADM_FOLDER OUT_FOLDER
set -eu
deb=$1 base=$2 mdadm=$3 out=$4
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
root=$out/root kernel=$out/kernel
mkdir -p "$root/bin" "$root/sbin" "$root/mnt" "$kernel"
dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$kernel" ./lib
release=$(ls "$kernel/lib/modules")
depmod -b "$kernel" "$release"
# Those of the first archive too: the list of modules is of both.
(cd "$root" && cpio -idm --quiet 'lib/modules/*' <"$base")
for module in nfsv4 ceph nvme-tcp nvmet-tcp null_blk raid10; do
  modprobe -d "$kernel" -S "$release" --show-depends "$module" >"$out/needs" || { echo "the kernel package has no module $module" >&2; exit 1; }
  while read -r kind file _; do
    [ "$kind" = insmod ] || continue
    target=$root/lib/modules/$release/${file#"$kernel"/lib/modules/"$release"/}
    mkdir -p "${target%/*}"
    cp "$file" "$target"
  done <"$out/needs"
done
depmod -b "$root" "$release"
rm -rf "$kernel" "$out/needs"

cp "$mdadm/sbin/mdadm" "$root/bin/mdadm"
ldd "$root/bin/mdadm" | awk '/=> \//{print $3} $1 ~ /^\/.*ld-linux/{print $1}' >"$out/libraries"
if ldd "$root/bin/mdadm" | grep 'not found' >&2; then exit 1; fi
while read -r library; do
  mkdir -p "$root${library%/*}"
  cp -L "$library" "$root$library"
done <"$out/libraries"
rm -f "$out/libraries"
chroot "$root" /bin/mdadm --version
# What the first archive has, it has already; but for the list of modules.
(cd "$root" && cpio -t --quiet <"$base" | grep -v '/modules\.[^/]*$' | while read -r path; do [ -d "$path" ] || rm -f "$path"; done)
# The kernel asks for modules by this name.
ln -s /bin/modprobe "$root/sbin/modprobe"

find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out/second"
cat "$base" "$out/second" >"$out/initramfs"
rm -rf "$root" "$out/second"
