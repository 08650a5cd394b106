// SPDX-License-Identifier: GPL-2.0
/* Parameters, and the order in which the parts come up. There is no way back: the guest ends instead. */
#include <linux/module.h>

#include "fakeqm.h"

DEFINE_SPINLOCK(fakeqm_lock);

unsigned long fakeqm_base = 0x1e000000, fakeqm_size = 0x1000000;
module_param_named(base, fakeqm_base, ulong, 0444);
MODULE_PARM_DESC(base, "start of the memory that was kept from the kernel for the BARs (memmap=SIZE$BASE)");
module_param_named(size, fakeqm_size, ulong, 0444);
MODULE_PARM_DESC(size, "its size");

unsigned int fakeqm_vfs = 2;
module_param_named(vfs, fakeqm_vfs, uint, 0444);
MODULE_PARM_DESC(vfs, "virtual functions of each physical one, 1 to 7");

unsigned int fakeqm_version = QM_HW_V3;
module_param_named(version, fakeqm_version, uint, 0444);
MODULE_PARM_DESC(version, "hardware version: below 0x30 there is no migration");

unsigned int fakeqm_queues = 64;
module_param_named(queues, fakeqm_queues, uint, 0444);
MODULE_PARM_DESC(queues, "queue pairs of each function, 1 to 64");

bool fakeqm_ready;
module_param_named(ready, fakeqm_ready, bool, 0444);
MODULE_PARM_DESC(ready, "a virtual function says that a guest's driver runs it, from its reset on");

bool fakeqm_preset = true;
module_param_named(preset, fakeqm_preset, bool, 0444);
MODULE_PARM_DESC(preset, "a reset leaves contexts and bases that can be told apart, as a guest's driver would set them; else 0");

bool fakeqm_flr = true;
module_param_named(flr, fakeqm_flr, bool, 0444);
MODULE_PARM_DESC(flr, "functions can be reset on their own");

unsigned int fakeqm_slow;
module_param_named(slow, fakeqm_slow, uint, 0444);
MODULE_PARM_DESC(slow, "milliseconds that each mailbox command of the driver takes, so that arcs take long");

static int __init fakeqm_init(void)
{
	int ret;

	if (!fakeqm_vfs || fakeqm_vfs > FAKEQM_VFS || !fakeqm_queues || fakeqm_queues > 64)
		return -EINVAL;
	ret = fakeqm_map();
	if (ret)
		return ret;
	/* Before the bus: a device that is bound already is not offered to an IOMMU any more. */
	ret = fakeqm_iommu_register();
	if (ret)
		return ret;
	ret = fakeqm_bus_create();
	if (ret)
		return ret;
	fakeqm_watch();
	return 0;
}
module_init(fakeqm_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A queue manager of HiSilicon's accelerators in software");
