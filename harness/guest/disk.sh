#!/bin/sh
# The guest as a bootable disk (BIOS), without mounting anything and without root.
#   disk.sh GRUB_FOLDER KERNEL INITRAMFS COMMAND_LINE WORK_FOLDER OUT_QCOW2
# GRUB_FOLDER: Debian's grub-pc-bin and grub-common, unpacked. Layout: boot sector, GRUB's core right behind it, ext2 from 1 MiB.
set -eu
grub=$1 kernel=$2 initramfs=$3 line=$4 work=$5 out=$6
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
images=$grub/usr/lib/grub/i386-pc
mebibytes=$((($(stat -c %s "$kernel") + $(stat -c %s "$initramfs")) / 1048576 + 8))

cat >"$work/grub.cfg" <<END
serial --unit=0 --speed=115200
terminal_output serial
set root=(hd0,msdos1)
linux /vmlinuz $line
initrd /initramfs
boot
END
"$grub/usr/bin/grub-mkimage" -d "$images" -O i386-pc -o "$work/core" -p / -c "$work/grub.cfg" biosdisk part_msdos ext2 linux serial
[ "$(stat -c %s "$work/core")" -lt $((2047 * 512)) ]

mkdir "$work/files"
cp "$kernel" "$work/files/vmlinuz"
cp "$initramfs" "$work/files/initramfs"
mke2fs -q -t ext2 -d "$work/files" "$work/partition" "${mebibytes}M"

# Numbers in the partition table are little endian.
little() { printf "\\$(printf %o $(($1 & 255)))\\$(printf %o $(($1 >> 8 & 255)))\\$(printf %o $(($1 >> 16 & 255)))\\$(printf %o $(($1 >> 24 & 255)))"; }
{
  head -c 440 "$images/boot.img"
  printf '\0\0\0\0\0\0\200\376\377\377\203\376\377\377'
  little 2048
  little $((mebibytes * 2048))
  head -c 48 /dev/zero
  printf '\125\252'
} >"$work/disk"
cat "$work/core" >>"$work/disk"
truncate -s 1M "$work/disk"
cat "$work/partition" >>"$work/disk"
qemu-img convert -q -f raw -O qcow2 "$work/disk" "$out"
