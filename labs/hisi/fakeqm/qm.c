// SPDX-License-Identifier: GPL-2.0
/*
 * Registers, mailbox and reset of a function. A register is a word of its BAR's memory; those that are more are in fakeqm_read(), fakeqm_write() and
 * fakeqm_doorbell().
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "fakeqm.h"
#include "mmio.h"

static void __iomem *memory;	/* the window, all BARs */

int fakeqm_map(void)
{
	memory = ioremap(fakeqm_base, fakeqm_size);
	return memory ? 0 : -ENOMEM;
}

static void __iomem *word(struct fakeqm_function *function, u32 offset)
{
	phys_addr_t bar = fakeqm_bar(function);
	u32 size = function->physical ? FAKEQM_VF_BAR : FAKEQM_PF_BAR;

	/* A BAR that is being sized is nowhere. */
	if (bar < fakeqm_base || bar + size > fakeqm_base + fakeqm_size || offset > size - 4)
		return NULL;
	return memory + (bar - fakeqm_base) + offset;
}

u32 fakeqm_get(struct fakeqm_function *function, u32 offset)
{
	void __iomem *where = word(function, offset);

	return where ? ioread32(where) : ~0;
}

void fakeqm_put(struct fakeqm_function *function, u32 offset, u32 value)
{
	void __iomem *where = word(function, offset);

	if (where)
		iowrite32(value, where);
}

/* Which queues a function has, as an entry of the physical function's table. */
static u64 table_entry(struct fakeqm_function *function)
{
	return (u64)function->first_queue << 28 | (u64)(function->queues - 1) << 45;
}

void fakeqm_reset(struct fakeqm_function *function)
{
	/* The last byte of what VFIO shows of a virtual function, and behind it the contexts. A physical function has nothing else below 0x100000. */
	u32 offset, number = PCI_FUNC(function->devfn) + 8 * PCI_SLOT(function->devfn);
	void __iomem *start = word(function, 0);

	function->resets++;
	function->paused = 0;
	function->sqc = 0;
	function->cqc = 0;
	memset(function->is_cached, 0, sizeof(function->is_cached));
	if (!start)
		return;
	for (offset = 0; offset < 0x8100; offset += 8)
		__raw_writeq(0, start + offset);
	if (!function->physical) {
		for (offset = REG_ABNORMAL_STATUS & ~0xff; offset < 0x100200; offset += 8)
			__raw_writeq(0, start + offset);
		/* States of errors of the three kinds of accelerators; a stop waits for 0. */
		fakeqm_put(function, 0x3010ac, 0);
		fakeqm_put(function, 0x301008, 0);
		fakeqm_put(function, 0x301800, 0);
		fakeqm_put(function, REG_QUEUE_ISOLATION, 1);
		fakeqm_put(function, REG_TABLE_READY, 1);
		return;
	}
	fakeqm_put(function, REG_VF_STATE, fakeqm_ready ? 0 : 1);
	if (!fakeqm_preset)
		return;
	fakeqm_put(function, REG_PAGE_SIZE, 1);
	/* Word 0 has the head in its lower half, words 1 and 2 are the address of the queue. */
	for (offset = 0; offset < CONTEXT_WORDS; offset++) {
		fakeqm_put(function, REG_EQC + 4 * offset, 0x0e000000 | number << 16 | offset << 8 | 1);
		fakeqm_put(function, REG_AEQC + 4 * offset, 0x0a000000 | number << 16 | offset << 8 | 2);
	}
	function->sqc = 0x510000000000ULL | number << 16;
	function->cqc = 0xc10000000000ULL | number << 16;
}

static const u32 context_registers[] = { REG_EQC, REG_AEQC };

static void write_back(struct fakeqm_function *function, int which)
{
	int i;

	if (!function->is_cached[which])
		return;
	for (i = 0; i < CONTEXT_BYTES / 4; i++)
		fakeqm_put(function, context_registers[which] + 4 * i, function->cached[which][i]);
	function->is_cached[which] = false;
}

/* A guest's driver hands over the context of an event queue, or wants to have it. The function works with what is in its cache, where it is there. */
static int mailbox_context(struct fakeqm_function *function, int which, u64 address, bool get)
{
	u32 context[CONTEXT_BYTES / 4];
	int i, ret;

	if (get) {
		for (i = 0; i < CONTEXT_BYTES / 4; i++)
			context[i] = function->is_cached[which] ? function->cached[which][i] : fakeqm_get(function, context_registers[which] + 4 * i);
		return fakeqm_dma(function, address, context, sizeof(context), true);
	}
	ret = fakeqm_dma(function, address, context, sizeof(context), false);
	if (ret)
		return ret;
	memcpy(function->cached[which], context, sizeof(context));
	function->is_cached[which] = true;
	return 0;
}

/* A command that came by register or by hisi_qm_mb(); 0, or what the caller of hisi_qm_mb() is told. */
static int mailbox(struct fakeqm_function *function, u32 command)
{
	u64 data = fakeqm_get(function, REG_MAILBOX_LOW) | (u64)fakeqm_get(function, REG_MAILBOX_HIGH) << 32;
	bool get = command & MAILBOX_GET;
	int ret = 0;

	function->mailboxes++;
	function->last_mailbox = command;
	if (function->fault & FAULT_MAILBOX_BUSY) {
		fakeqm_put(function, REG_MAILBOX, command | MAILBOX_BUSY);
		return -EBUSY;
	}
	switch (command & MAILBOX_COMMAND) {
	case MAILBOX_PAUSE:
		if (function->fault & FAULT_PAUSE)
			ret = -EIO;
		else
			function->paused++;
		break;
	case MAILBOX_SQC_BASE:
	case MAILBOX_CQC_BASE: {
		bool sqc = (command & MAILBOX_COMMAND) == MAILBOX_SQC_BASE;
		u64 *base = sqc ? &function->sqc : &function->cqc;

		if (function->fault & (sqc ? FAULT_SQC_BASE : FAULT_CQC_BASE))
			ret = -EIO;
		else if (get)
			data = *base;
		else
			*base = data;
		break;
	}
	case MAILBOX_TABLE:
		if (!get || function->fault & FAULT_TABLE)
			ret = -EIO;
		else
			data = table_entry(function);
		break;
	case MAILBOX_EQC:
	case MAILBOX_AEQC:
		ret = mailbox_context(function, (command & MAILBOX_COMMAND) == MAILBOX_AEQC, data, get);
		break;
	default:
		ret = -EINVAL;
	}
	if (!ret && get) {
		fakeqm_put(function, REG_MAILBOX_LOW, data);
		fakeqm_put(function, REG_MAILBOX_HIGH, data >> 32);
	}
	fakeqm_put(function, REG_MAILBOX, (command & ~(MAILBOX_BUSY | MAILBOX_STATUS)) | (ret ? 1 << 9 : 0));
	return ret;
}

static void doorbell(struct fakeqm_function *function, u64 value)
{
	function->doorbells++;
	function->last_doorbell = value;
}

/*
 * What a guest's driver wrote into the memory that it was given. It waits until a command is no longer busy. A doorbell leaves nothing there: what is there is
 * one that was rung since somebody looked, or several, of which the last is seen.
 */
static void look_at_guest(struct fakeqm_function *function)
{
	static const u32 doorbells[] = { REG_DOORBELL_SQ_CQ, REG_DOORBELL_EQ_AEQ };
	u32 command = fakeqm_get(function, REG_MAILBOX);
	int i;

	if (command == ~0U)
		return;
	for (i = 0; i < ARRAY_SIZE(doorbells); i++) {
		u64 value = fakeqm_get(function, doorbells[i]) | (u64)fakeqm_get(function, doorbells[i] + 4) << 32;

		if (!value)
			continue;
		fakeqm_put(function, doorbells[i], 0);
		fakeqm_put(function, doorbells[i] + 4, 0);
		doorbell(function, value);
	}
	if (command & MAILBOX_BUSY && !(function->fault & FAULT_MAILBOX_BUSY))
		mailbox(function, command);
}

static void fakeqm_tick(struct timer_list *timer)
{
	unsigned long flags;
	unsigned int devfn;

	spin_lock_irqsave(&fakeqm_lock, flags);
	for (devfn = 0; devfn < PCI_DEVFN(FAKEQM_PFS, 0); devfn++) {
		struct fakeqm_function *function = fakeqm_function(devfn);

		if (function->physical && fakeqm_present(function))
			look_at_guest(function);
	}
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	mod_timer(timer, jiffies + 1);
}

static DEFINE_TIMER(ticking, fakeqm_tick);

void fakeqm_watch(void)
{
	mod_timer(&ticking, jiffies + 1);
}

u32 fakeqm_read(struct fakeqm_function *function, u32 offset)
{
	if (offset == REG_IFC_INT_SET && function->physical)
		return 0;
	return fakeqm_get(function, offset);
}

static void write_virtual(struct fakeqm_function *function, u32 offset, u32 value)
{
	bool done;
	int i;

	switch (offset) {
	case REG_IFC_INT_SOURCE:
		fakeqm_put(function, offset, fakeqm_get(function, offset) & ~value);
		break;
	case REG_IFC_INT_SET:
		break;
	case REG_WRITE_BACK_START:
		fakeqm_put(function, offset, value);
		done = value & 1 && !(function->fault & FAULT_WRITE_BACK);
		for (i = 0; done && i < ARRAY_SIZE(context_registers); i++)
			write_back(function, i);
		fakeqm_put(function, REG_WRITE_BACK_DONE, done);
		break;
	default:
		/* What is written here is newer than what is in the cache. */
		for (i = 0; i < ARRAY_SIZE(context_registers); i++)
			if (offset >= context_registers[i] && offset < context_registers[i] + CONTEXT_BYTES)
				write_back(function, i);
		fakeqm_put(function, offset, value);
	}
	if (offset == REG_MAILBOX)
		look_at_guest(function);
}

static void write_physical(struct fakeqm_function *function, u32 offset, u32 value)
{
	struct fakeqm_function *of;
	u64 entry;

	fakeqm_put(function, offset, value);
	if (offset != REG_TABLE_ENABLE || !(value & 1) || function->fault & FAULT_TABLE_READY)
		return;
	/* Functions are numbered from 1, the physical one is 0. Type 0 is the table of submission queues. */
	of = fakeqm_get(function, REG_TABLE_FUNCTION) <= FAKEQM_VFS ? fakeqm_function(function->devfn + fakeqm_get(function, REG_TABLE_FUNCTION)) : NULL;
	if (fakeqm_get(function, REG_TABLE_WRITES) == 1 && fakeqm_get(function, REG_TABLE_TYPE) == 0 && fakeqm_present(of)) {
		entry = table_entry(of);
		fakeqm_put(function, REG_TABLE_LOW, entry);
		fakeqm_put(function, REG_TABLE_HIGH, entry >> 32);
	}
	fakeqm_put(function, REG_TABLE_READY, 1);
}

void fakeqm_write(struct fakeqm_function *function, u32 offset, u32 value)
{
	if (function->physical)
		write_virtual(function, offset, value);
	else
		write_physical(function, offset, value);
}

static struct fakeqm_function *decode(const volatile void __iomem *address, u32 *offset)
{
	/* Drivers map a BAR by themselves; the page tables say which one it is. */
	if (!is_vmalloc_addr((const void *)address))
		return NULL;
	return fakeqm_decode(PFN_PHYS(vmalloc_to_pfn((const void *)address)) + offset_in_page((unsigned long)address), offset);
}

u32 fakeqm_readl(const volatile void __iomem *address)
{
	struct fakeqm_function *function;
	unsigned long flags;
	u32 offset, value;

	spin_lock_irqsave(&fakeqm_lock, flags);
	function = decode(address, &offset);
	value = function ? fakeqm_read(function, offset) : readl(address);
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return value;
}
EXPORT_SYMBOL_GPL(fakeqm_readl);

void fakeqm_writel(u32 value, volatile void __iomem *address)
{
	struct fakeqm_function *function;
	unsigned long flags;
	u32 offset;

	spin_lock_irqsave(&fakeqm_lock, flags);
	function = decode(address, &offset);
	if (function)
		fakeqm_write(function, offset, value);
	else
		writel(value, address);
	spin_unlock_irqrestore(&fakeqm_lock, flags);
}
EXPORT_SYMBOL_GPL(fakeqm_writel);

void fakeqm_writeq(u64 value, volatile void __iomem *address)
{
	struct fakeqm_function *function;
	unsigned long flags;
	u32 offset;

	spin_lock_irqsave(&fakeqm_lock, flags);
	function = decode(address, &offset);
	if (!function) {
		writeq(value, address);
	} else if (function->physical && (offset == REG_DOORBELL_SQ_CQ || offset == REG_DOORBELL_EQ_AEQ)) {
		doorbell(function, value);
	} else {
		fakeqm_write(function, offset, value);
		fakeqm_write(function, offset + 4, value >> 32);
	}
	spin_unlock_irqrestore(&fakeqm_lock, flags);
}
EXPORT_SYMBOL_GPL(fakeqm_writeq);

/* A user's write to a region of the function, or to its configuration space, is done. */
ssize_t fakeqm_written(struct device *dev, ssize_t result)
{
	struct fakeqm_function *function = fakeqm_function_of(dev);
	unsigned long flags;

	spin_lock_irqsave(&fakeqm_lock, flags);
	if (function)
		look_at_guest(function);
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return result;
}
EXPORT_SYMBOL_GPL(fakeqm_written);

/* What the driver takes from hisi_qm. */
int hisi_qm_mb(struct hisi_qm *qm, u8 command, dma_addr_t address, u16 queue, bool get)
{
	struct fakeqm_function *function = fakeqm_function_of(&qm->pdev->dev);
	unsigned long flags;
	int ret;

	if (!function)
		return -ENODEV;
	/* Not under the lock: who asks meanwhile is to meet the driver, not the model. */
	if (fakeqm_slow)
		msleep(fakeqm_slow);
	spin_lock_irqsave(&fakeqm_lock, flags);
	look_at_guest(function);
	fakeqm_put(function, REG_MAILBOX_LOW, address);
	fakeqm_put(function, REG_MAILBOX_HIGH, (u64)address >> 32);
	ret = mailbox(function, command | (get ? MAILBOX_GET : 0) | (u32)queue << 16);
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return ret;
}
EXPORT_SYMBOL_GPL(hisi_qm_mb);

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
/* Newer drivers take the answer from here; older ones look into the registers. */
int hisi_qm_mb_read(struct hisi_qm *qm, u64 *base, u8 command, u16 queue)
{
	struct fakeqm_function *function = fakeqm_function_of(&qm->pdev->dev);
	int ret = hisi_qm_mb(qm, command, 0, queue, true);
	unsigned long flags;

	if (ret)
		return ret;
	spin_lock_irqsave(&fakeqm_lock, flags);
	*base = fakeqm_get(function, REG_MAILBOX_LOW) | (u64)fakeqm_get(function, REG_MAILBOX_HIGH) << 32;
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return 0;
}
EXPORT_SYMBOL_GPL(hisi_qm_mb_read);
#endif

int hisi_qm_wait_mb_ready(struct hisi_qm *qm)
{
	struct fakeqm_function *function = fakeqm_function_of(&qm->pdev->dev);

	return !function || READ_ONCE(function->fault) & FAULT_MAILBOX_BUSY ? -EBUSY : 0;
}
EXPORT_SYMBOL_GPL(hisi_qm_wait_mb_ready);
