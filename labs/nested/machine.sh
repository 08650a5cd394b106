# The machine of this lab. Sourced by build and boot (POSIX sh), which set:
#   lab      the folder with Image, QEMU_EFI.fd, initrd and qemu
#   serial   the serial log
#   memory   MiB (default: 512)
#   devices  how many edu devices there are (default: 16)

# machine_in FOLDER APPEND: runs it, with its memory, its sockets and nothing else in FOLDER. The memory is a file, so that what the SMMU reads there, its command
# queue and its stream table among it, can be seen from outside. Time in the guest passes while it waits: an edu's DMA of 100 ms takes as long as the guest needs to
# fall asleep.
machine_in() {
    set -- "$1" "${2:-}" "${devices:-16}" 0
    addresses=
    while [ "$4" -lt "$3" ]; do
        addresses="$addresses -device edu,addr=$(printf %x $(($4 + 3))).0,dma_mask=0xffffffffffffffff"
        set -- "$1" "$2" "$3" $(($4 + 1))
    done
    # shellcheck disable=SC2086
    exec "$lab/qemu" -M virt,iommu=smmuv3,gic-version=3,memory-backend=ram -object "memory-backend-file,id=ram,size=${memory:-512}M,mem-path=$1/ram,share=on" \
        -cpu max,sve=off -accel tcg,thread=single -icount shift=0,sleep=off -smp 1 -m "${memory:-512}" -nodefaults -no-user-config -display none -no-reboot -net none \
        -bios "$lab/QEMU_EFI.fd" -kernel "$lab/Image" -initrd "$lab/initrd" -serial "file:$serial" $addresses \
        -qmp "unix:$1/qmp,server=on,wait=off" \
        -device virtio-serial-pci,addr=2.0 -chardev "socket,id=agent,path=$1/agent,server=on,wait=off" -device virtserialport,chardev=agent,nr=1 \
        -append "console=ttyAMA0 loglevel=4 panic=-1 oops=panic softlockup_panic=1 watchdog_thresh=10 acpi=force random.trust_cpu=on mitigations=off${2:+ $2}"
}
