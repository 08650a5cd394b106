# The part of a guest's kernel command line that is this lab's; `parameters` are those of the model. Sourced (POSIX sh) before guest.sh starts a guest.

# The BARs are in 16 MiB of the guest's memory; without the second option x86 lets no window be there.
append="memmap=16M\$0x1e000000 pci=no_e820 vfio_iommu_type1.allow_unsafe_interrupts=1 iommufd.allow_unsafe_interrupts=1${parameters:-}"
