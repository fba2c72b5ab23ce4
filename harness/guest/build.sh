#!/bin/sh
# Builds the guest's kernel and initramfs out of Debian packages, without mounting anything.
#   build.sh KERNEL_DEB BEACON SOURCES_FOLDER OUT_FOLDER
# OUT_FOLDER must not hold anything; it gets vmlinux (for QEMU's direct boot), vmlinuz (for boot loaders) and initramfs.
set -eu
deb=$1 beacon=$2 sources=$3 out=$4
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
for program in dpkg-deb depmod modprobe cpio gcc readelf ldd xz fio iperf3 qemu-ga wipefs; do
  command -v $program >/dev/null || {
    echo "$program is missing: apt-get install dpkg kmod cpio gcc libc6-dev binutils libc-bin xz-utils fio iperf3 qemu-guest-agent util-linux" >&2
    exit 1
  }
done
if ldd /bin/busybox >/dev/null 2>&1; then
  echo "/bin/busybox is not static: apt-get install busybox-static" >&2
  exit 1
fi

root=$out/root kernel=$out/kernel
mkdir -p "$root/bin" "$root/etc/acpi/PWRF" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run" "$root/root" "$root/var/tmp" "$kernel"

dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$kernel" ./boot ./lib
release=$(ls "$kernel/lib/modules")
cp "$kernel/boot/vmlinuz-$release" "$out/vmlinuz"
# The payload of a bzImage: 0x1f1 counts setup sectors, 0x248 and 0x24c are its offset behind them and its length.
word() { od -An -t u"$2" -j $(($1)) -N "$2" "$out/vmlinuz" | tr -d ' '; }
offset=$((($(word 0x1f1 1) + 1) * 512 + $(word 0x248 4)))
tail -c +$((offset + 1)) "$out/vmlinuz" | head -c "$(word 0x24c 4)" >"$kernel/payload"
case $(od -An -t x1 -N 4 "$kernel/payload" | tr -d ' ') in
  fd377a58) unpack="xz -dc" ;;
  28b52ffd) unpack="zstd -dc" ;;
  02214c18) unpack="lz4 -dc" ;;
  1f8b*) unpack="gzip -dc" ;;
  *) unpack="cat" ;;
esac
# The kernel appends its unpacked size, which the unpackers take for damage: the ELF header decides whether all went well.
$unpack <"$kernel/payload" >"$out/vmlinux" 2>/dev/null || true
readelf -n "$out/vmlinux" 2>/dev/null | grep -q Xen || {
  echo "no PVH entry in the kernel of $deb: QEMU could not start it directly" >&2
  exit 1
}

# Modules by purpose; each with what it needs. The last line may be missing from the kernels of other distributions.
modules="virtio_pci virtio_net virtio_blk virtio_scsi virtio_balloon virtio-rng virtio_console sd_mod button evdev"
optional="ahci e1000 e1000e 8139cp nvme"
depmod -b "$kernel" "$release"
install_module() {
  modprobe -d "$kernel" -S "$release" --show-depends "$1" 2>/dev/null | while read -r kind file rest; do
    [ "$kind" = insmod ] || continue
    target=$root/lib/modules/$release/${file#"$kernel"/lib/modules/"$release"/}
    mkdir -p "${target%/*}"
    cp "$file" "$target"
  done
}
for module in $modules; do
  modprobe -d "$kernel" -S "$release" --show-depends "$module" >/dev/null || { echo "the kernel package has no module $module" >&2; exit 1; }
  install_module "$module"
done
for module in $optional; do install_module "$module" || true; done
cp "$kernel/lib/modules/$release/modules.builtin" "$kernel/lib/modules/$release/modules.builtin.modinfo" "$kernel/lib/modules/$release/modules.order" "$root/lib/modules/$release/"
depmod -b "$root" "$release"
rm -rf "$kernel"

cp /bin/busybox "$root/bin/busybox"
for applet in $(/bin/busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"; done
# fio links client libraries of stores that only its own engines for them use; with all they need they are 50 MB, five sixths
# of the image. The guest's disks are block devices, so these libraries are replaced by ones whose functions all return -38.
replaced=" libgfapi libnbd libibverbs librdmacm librados librbd libpmemblk libpmem "
replace_library() { # LIBRARY PROGRAM TARGET
  nm -D --undefined-only "$2" | awk '{sub(/@.*/, "", $NF); print $NF}' | sort -u >"$out/undefined"
  nm -D --defined-only "$1" | awk '$2 ~ /[TWi]/ && $NF !~ /[^@]@[^@]/ {print $NF}' | awk -F@ '
    NR == FNR {wanted[$1] = 1; next}
    $1 in wanted && !seen[$1]++ {
      print "long " $1 "(void) { return -38; }" > code
      if ($NF != $1) versions[$NF] = versions[$NF] " " $1 ";"
    }
    END {for (version in versions) print version " { global:" versions[version] " };" > script}
  ' code="$out/stub.c" script="$out/stub.map" "$out/undefined" -
  soname=${1##*/}
  if [ -s "$out/stub.map" ]; then set -- "$@" -Wl,--version-script="$out/stub.map"; fi
  target=$3
  shift 3
  gcc -shared -fPIC -O2 -w -fno-builtin -Wl,-soname,"$soname" "$@" -o "$target" "$out/stub.c"
  rm -f "$out/undefined" "$out/stub.c" "$out/stub.map"
}
for program in fio iperf3 qemu-ga wipefs; do
  path=$(command -v $program)
  cp -L "$path" "$root/bin/$program"
  ldd "$path" | awk '/=> \//{print $1, $3} $1 ~ /^\/.*ld-linux/{print $1, $1}' >"$out/libraries"
  wanted=$(readelf -d "$path" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  wanted="$wanted $(awk '$1 ~ /ld-linux/{print $1}' "$out/libraries")"
  while [ -n "${wanted# }" ]; do
    more=
    for name in $wanted; do
      library=$(awk -v name="$name" '$1 == name {print $2}' "$out/libraries")
      [ -n "$library" ] || { echo "$program needs $name, which ldd does not find" >&2; exit 1; }
      [ ! -e "$root$library" ] || continue
      mkdir -p "$root${library%/*}"
      case $replaced in
        *" ${name%.so.*} "*) replace_library "$library" "$path" "$root$library" ;;
        *)
          cp -L "$library" "$root$library"
          more="$more $(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v ld-linux || true)"
          ;;
      esac
    done
    wanted=$more
  done
  rm -f "$out/libraries"
done
ldconfig -r "$root" 2>/dev/null || true
chroot "$root" /bin/fio --version >/dev/null
chroot "$root" /bin/iperf3 --version >/dev/null
chroot "$root" /bin/qemu-ga --version >/dev/null
chroot "$root" /bin/wipefs --version >/dev/null

cp "$beacon" "$root/bin/beacon"
install -m 755 "$sources/init.sh" "$root/init"
install -m 755 "$sources/disks.sh" "$root/etc/disks"
install -m 755 "$sources/after-disks.sh" "$root/etc/after-disks"
install -m 755 "$sources/agent.sh" "$root/etc/agent"
install -m 644 "$sources/inittab" "$root/etc/inittab"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
printf '#!/bin/sh\necho "seatrial: power button" >/dev/console\npoweroff -f\n' >"$root/etc/acpi/PWRF/00000080"
chmod 755 "$root/etc/acpi/PWRF/00000080"

# Not compressed: unpacking costs more under emulation than reading. Sorted, with fixed times and owners: same input, same bytes.
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$out/initramfs"
rm -rf "$root"
