// SPDX-License-Identifier: GPL-2.0
/*
 * The bus 19e5:00: physical functions at 00.0 (ZIP), 01.0 (SEC) and 02.0 (HPRE), the virtual functions of each at functions 1 to 7 of its slot.
 * A function is its configuration space and a mask of the bits that can be written; two writes do something, see fakeqm_config_write().
 */
#include <linux/module.h>

#include "fakeqm.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Where capabilities are. */
#define CAP_EXPRESS	0x40
#define CAP_MSI		0x80
#define CAP_SRIOV	0x100
#define VF_BAR2		(CAP_SRIOV + PCI_SRIOV_BAR + 8)

static const u16 physical_ids[FAKEQM_PFS] = { 0xa250, 0xa255, 0xa258 };	/* ZIP, SEC, HPRE; a virtual function has the next */

static struct fakeqm_function *functions[FAKEQM_PFS][1 + FAKEQM_VFS];

const struct pci_sysdata fakeqm_sysdata = { .domain = FAKEQM_DOMAIN, .node = NUMA_NO_NODE };

struct fakeqm_function *fakeqm_function(unsigned int devfn)
{
	if (PCI_SLOT(devfn) >= FAKEQM_PFS)
		return NULL;
	return functions[PCI_SLOT(devfn)][PCI_FUNC(devfn)];
}

struct fakeqm_function *fakeqm_function_of(struct device *dev)
{
	if (!dev_is_pci(dev) || to_pci_dev(dev)->bus->sysdata != &fakeqm_sysdata)
		return NULL;
	return fakeqm_function(to_pci_dev(dev)->devfn);
}

bool fakeqm_present(struct fakeqm_function *function)
{
	const u8 *sriov;

	if (!function)
		return false;
	if (!function->physical)
		return true;
	sriov = function->physical->config + CAP_SRIOV;
	return get_unaligned_le16(sriov + PCI_SRIOV_CTRL) & PCI_SRIOV_CTRL_VFE &&
	       PCI_FUNC(function->devfn) <= get_unaligned_le16(sriov + PCI_SRIOV_NUM_VF);
}

phys_addr_t fakeqm_bar(struct fakeqm_function *function)
{
	struct fakeqm_function *physical = function->physical ?: function;
	const u8 *bar = physical->config + (function->physical ? VF_BAR2 : PCI_BASE_ADDRESS_2);
	phys_addr_t address = (get_unaligned_le64(bar) & ~0xfULL);

	if (address && function->physical)
		address += (PCI_FUNC(function->devfn) - 1) * FAKEQM_VF_BAR;
	return address;
}

struct fakeqm_function *fakeqm_decode(phys_addr_t address, u32 *offset)
{
	int slot, number;

	for (slot = 0; slot < FAKEQM_PFS; slot++)
		for (number = 0; number <= FAKEQM_VFS; number++) {
			struct fakeqm_function *function = functions[slot][number];
			phys_addr_t bar;

			if (!fakeqm_present(function))
				continue;
			bar = fakeqm_bar(function);
			if (bar && address >= bar && address - bar < (number ? FAKEQM_VF_BAR : FAKEQM_PF_BAR)) {
				*offset = address - bar;
				return function;
			}
		}
	return NULL;
}

static int fakeqm_config_read(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 *value)
{
	struct fakeqm_function *function = fakeqm_function(devfn);
	unsigned long flags;
	int i;

	*value = ~0;
	spin_lock_irqsave(&fakeqm_lock, flags);
	if (bus->number == 0 && fakeqm_present(function)) {
		*value = 0;
		for (i = 0; i < size && where + i < FAKEQM_CONFIG; i++)
			*value |= function->config[where + i] << 8 * i;
	}
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return PCIBIOS_SUCCESSFUL;
}

static int fakeqm_config_write(struct pci_bus *bus, unsigned int devfn, int where, int size, u32 value)
{
	struct fakeqm_function *function = fakeqm_function(devfn);
	unsigned long flags;
	int i;

	spin_lock_irqsave(&fakeqm_lock, flags);
	if (bus->number == 0 && fakeqm_present(function)) {
		u8 *config = function->config;
		bool enabled = !function->physical && config[CAP_SRIOV + PCI_SRIOV_CTRL] & PCI_SRIOV_CTRL_VFE;

		for (i = 0; i < size && where + i < FAKEQM_CONFIG; i++) {
			u8 mask = function->writable[where + i];

			config[where + i] = (config[where + i] & ~mask) | (value >> 8 * i & mask);
		}
		/* The bit that resets a function reads 0. */
		i = CAP_EXPRESS + PCI_EXP_DEVCTL + 1 - where;
		if (fakeqm_flr && i >= 0 && i < size && value >> 8 * i & PCI_EXP_DEVCTL_BCR_FLR >> 8)
			fakeqm_reset(function);
		/* Virtual functions that appear are as after a reset. */
		if (!function->physical && !enabled && config[CAP_SRIOV + PCI_SRIOV_CTRL] & PCI_SRIOV_CTRL_VFE)
			for (i = 1; i <= FAKEQM_VFS; i++)
				if (fakeqm_present(functions[PCI_SLOT(devfn)][i]))
					fakeqm_reset(functions[PCI_SLOT(devfn)][i]);
	}
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops fakeqm_ops = { .read = fakeqm_config_read, .write = fakeqm_config_write };

static void field(struct fakeqm_function *function, int where, int size, u32 value, u32 writable)
{
	int i;

	for (i = 0; i < size; i++) {
		function->config[where + i] = value >> 8 * i;
		function->writable[where + i] = writable >> 8 * i;
	}
}

static void bar(struct fakeqm_function *function, int where, u32 size)
{
	field(function, where, 4, PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH, ~(size - 1));
	field(function, where + 4, 4, 0, ~0);
}

static void fakeqm_config_init(struct fakeqm_function *function, u16 device)
{
	bool virtual = function->physical;

	/* A virtual function has no ids of its own, and no switch for its memory: both are in its physical function. */
	field(function, PCI_VENDOR_ID, 2, virtual ? 0xffff : PCI_VENDOR_ID_HUAWEI, 0);
	field(function, PCI_DEVICE_ID, 2, virtual ? 0xffff : device, 0);
	field(function, PCI_COMMAND, 2, 0, PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE | (virtual ? 0 : PCI_COMMAND_MEMORY));
	field(function, PCI_STATUS, 2, PCI_STATUS_CAP_LIST | PCI_STATUS_IMM_READY, 0);
	field(function, PCI_REVISION_ID, 1, fakeqm_version, 0);
	field(function, PCI_CLASS_DEVICE, 2, 0x1200, 0);
	field(function, PCI_CAPABILITY_LIST, 1, CAP_EXPRESS, 0);

	field(function, CAP_EXPRESS, 2, PCI_CAP_ID_EXP | CAP_MSI << 8, 0);
	field(function, CAP_EXPRESS + PCI_EXP_FLAGS, 2, 2 | PCI_EXP_TYPE_RC_END << 4, 0);
	field(function, CAP_EXPRESS + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_RBER | (fakeqm_flr ? PCI_EXP_DEVCAP_FLR : 0), 0);
	field(function, CAP_EXPRESS + PCI_EXP_DEVCTL, 2, 0, 0x7fff);

	field(function, CAP_MSI, 2, PCI_CAP_ID_MSI, 0);
	field(function, CAP_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_64BIT, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	field(function, CAP_MSI + PCI_MSI_ADDRESS_LO, 4, 0, ~3);
	field(function, CAP_MSI + PCI_MSI_ADDRESS_HI, 4, 0, ~0);
	field(function, CAP_MSI + PCI_MSI_DATA_64, 2, 0, 0xffff);
	if (virtual)
		return;

	bar(function, PCI_BASE_ADDRESS_2, FAKEQM_PF_BAR);
	field(function, CAP_SRIOV, 4, PCI_EXT_CAP_ID_SRIOV | 1 << 16, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_CTRL, 2, 0, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	field(function, CAP_SRIOV + PCI_SRIOV_INITIAL_VF, 2, FAKEQM_VFS, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_TOTAL_VF, 2, FAKEQM_VFS, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_NUM_VF, 2, 0, 0xffff);
	field(function, CAP_SRIOV + PCI_SRIOV_VF_OFFSET, 2, 1, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_VF_STRIDE, 2, 1, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_VF_DID, 2, device + 1, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_SUP_PGSIZE, 4, 0x553, 0);
	field(function, CAP_SRIOV + PCI_SRIOV_SYS_PGSIZE, 4, 1, ~0);
	bar(function, VF_BAR2, FAKEQM_VF_BAR);
}

/* The driver of the physical functions: what hisi_zip and its like are on a machine that has the hardware. */
static int fakeqm_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct fakeqm_function *function = fakeqm_function(pdev->devfn);
	struct pci_dev *virtual = NULL;
	unsigned long flags;
	int ret;

	if (pdev->bus->sysdata != &fakeqm_sysdata)
		return -ENODEV;
	ret = pcim_enable_device(pdev);
	if (ret)
		return ret;
	function->qm.io_base = pcim_iomap(pdev, 2, 0);
	if (!function->qm.io_base)
		return -ENOMEM;
	function->qm.pdev = pdev;
	function->qm.ver = pdev->revision;
	function->qm.fun_type = QM_HW_PF;
	mutex_init(&function->qm.mailbox_lock);
	pci_set_drvdata(pdev, &function->qm);
	spin_lock_irqsave(&fakeqm_lock, flags);
	fakeqm_reset(function);
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	fakeqm_files(function, pci_name(pdev));

	ret = pci_enable_sriov(pdev, fakeqm_vfs);
	if (ret)
		return ret;
	while ((virtual = pci_get_device(PCI_VENDOR_ID_HUAWEI, PCI_ANY_ID, virtual)))
		if (virtual->is_virtfn && virtual->physfn == pdev) {
			/* Kernels that look for this bit in the status word only beside power management would wait 100 ms at each reset. */
			virtual->imm_ready = 1;
			fakeqm_files(fakeqm_function(virtual->devfn), pci_name(virtual));
		}
	return 0;
}

static int fakeqm_sriov_configure(struct pci_dev *pdev, int vfs)
{
	if (!vfs) {
		pci_disable_sriov(pdev);
		return 0;
	}
	return pci_enable_sriov(pdev, vfs) ?: vfs;
}

static const struct pci_device_id fakeqm_ids[] = {
	{ PCI_VDEVICE(HUAWEI, 0xa250) },
	{ PCI_VDEVICE(HUAWEI, 0xa255) },
	{ PCI_VDEVICE(HUAWEI, 0xa258) },
	{ }
};

static struct pci_driver fakeqm_driver = {
	.name = "fakeqm",
	.id_table = fakeqm_ids,
	.probe = fakeqm_probe,
	.sriov_configure = fakeqm_sriov_configure,
};

/* By these the migration driver finds its physical function's data, and by nothing else. */
struct pci_driver *hisi_zip_get_pf_driver(void) { return &fakeqm_driver; }
EXPORT_SYMBOL_GPL(hisi_zip_get_pf_driver);
struct pci_driver *hisi_sec_get_pf_driver(void) { return &fakeqm_driver; }
EXPORT_SYMBOL_GPL(hisi_sec_get_pf_driver);
struct pci_driver *hisi_hpre_get_pf_driver(void) { return &fakeqm_driver; }
EXPORT_SYMBOL_GPL(hisi_hpre_get_pf_driver);

/* Never inserted into iomem_resource: the range is there as "Reserved", which would become its child and fill it. */
static struct resource window = { .name = "fakeqm memory", .flags = IORESOURCE_MEM };
static struct resource numbers = { .name = "fakeqm buses", .start = 0, .end = 0, .flags = IORESOURCE_BUS };

int fakeqm_bus_create(void)
{
	struct device *parent;
	struct pci_bus *bus;
	LIST_HEAD(resources);
	int slot, number, ret;

	for (slot = 0; slot < FAKEQM_PFS; slot++)
		for (number = 0; number <= FAKEQM_VFS; number++) {
			struct fakeqm_function *function = kzalloc(sizeof(*function), GFP_KERNEL);

			if (!function)
				return -ENOMEM;
			function->devfn = PCI_DEVFN(slot, number);
			function->physical = number ? functions[slot][0] : NULL;
			function->queues = fakeqm_queues;
			function->first_queue = number * 64;
			fakeqm_config_init(function, physical_ids[slot]);
			functions[slot][number] = function;
		}

	ret = pci_register_driver(&fakeqm_driver);
	if (ret)
		return ret;
	/* Without a parent x86 looks for an ACPI device of the bus. */
	parent = root_device_register("fakeqm");
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	window.start = fakeqm_base;
	window.end = fakeqm_base + fakeqm_size - 1;
	pci_add_resource(&resources, &window);
	pci_add_resource(&resources, &numbers);
	bus = pci_create_root_bus(parent, 0, &fakeqm_ops, (void *)&fakeqm_sysdata, &resources);
	if (!bus)
		return -ENODEV;
	pci_scan_child_bus(bus);
	pci_assign_unassigned_bus_resources(bus);
	pci_bus_add_devices(bus);
	return 0;
}
