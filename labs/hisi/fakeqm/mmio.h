/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included in front of the driver's source, which stays as it is: its accesses to registers become calls of the model. An address that is none of the model's
 * is read and written as ever. What a user writes by pwrite is memory by then, and the model looks at it at once.
 */
#ifndef FAKEQM_MMIO_H
#define FAKEQM_MMIO_H

#include <linux/io.h>
#include <linux/types.h>

u32 fakeqm_readl(const volatile void __iomem *address);
void fakeqm_writel(u32 value, volatile void __iomem *address);
void fakeqm_writeq(u64 value, volatile void __iomem *address);
struct device;
ssize_t fakeqm_written(struct device *dev, ssize_t result);

#ifdef FAKEQM_CLIENT
/* First, so that what it declares keeps its name. */
#include <linux/vfio_pci_core.h>

#undef readl
#undef readl_relaxed
#undef writel
#undef writeq
#define readl(address)		fakeqm_readl(address)
#define readl_relaxed(address)	fakeqm_readl(address)
#define writel(value, address)	fakeqm_writel(value, address)
#define writeq(value, address)	fakeqm_writeq(value, address)
#define vfio_pci_core_write(device, buffer, count, position) \
	fakeqm_written((device)->dev, vfio_pci_core_write(device, buffer, count, position))
#endif

#endif
