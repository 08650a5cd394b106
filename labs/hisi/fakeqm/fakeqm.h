/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A queue manager of HiSilicon's accelerators in software: as much of one as the driver hisi_acc_vfio_pci meets.
 *
 *   bus.c    a PCI bus with physical functions and their virtual functions, in configuration space only
 *   qm.c     what is behind their BARs: registers, mailbox, reset; and the functions that the driver takes from hisi_qm
 *   iommu.c  an IOMMU for them, because VFIO wants one, and the model reads and writes a guest's memory through it
 *   files.c  all of it in debugfs
 *
 * The BARs are memory that the kernel was told to leave alone, so mmap, pread and pwrite of VFIO reach them without code of ours. What a register does beyond
 * being memory happens in fakeqm_readl() and its like, which the driver is compiled to call (mmio.h): at once, without a thread that could come too late.
 */
#ifndef FAKEQM_H
#define FAKEQM_H

#include <linux/iommu.h>
#include <linux/hisi_acc_qm.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/version.h>

#define FAKEQM_DOMAIN		0x19e5
#define FAKEQM_PFS		3
#define FAKEQM_VFS		7	/* per physical function, at most */
#define FAKEQM_CONFIG		512
#define FAKEQM_PF_BAR		0x400000
#define FAKEQM_VF_BAR		0x10000

/* Registers, by their offset in BAR 2. Those from 0x100000 on are of physical functions. */
#define REG_AEQ_INT_MASK	0x0004
#define REG_EQ_INT_MASK		0x000c
#define REG_IFC_INT_SOURCE	0x0020	/* write one to clear */
#define REG_IFC_INT_MASK	0x0024
#define REG_IFC_INT_STATUS	0x0028
#define REG_IFC_INT_SET		0x002c	/* reads 0 */
#define REG_QUEUE_ISOLATION	0x0030
#define REG_PAGE_SIZE		0x0034
#define REG_VF_STATE		0x0060	/* 0 ready, 1 not ready: a guest's driver says so */
#define REG_WRITE_BACK_START	0x0204
#define REG_WRITE_BACK_DONE	0x0208
#define REG_MAILBOX		0x0300	/* command, see MAILBOX_*; a queue in the upper half */
#define REG_MAILBOX_LOW		0x0304
#define REG_MAILBOX_HIGH	0x0308
#define REG_DOORBELL_SQ_CQ	0x1000	/* 64 bits */
#define REG_DOORBELL_EQ_AEQ	0x2000	/* 64 bits */
#define REG_EQC			0x8000
#define REG_AEQC		0x8020
#define REG_ABNORMAL_STATUS	0x100008
#define REG_TABLE_ENABLE	0x100054
#define REG_TABLE_WRITES	0x100058 /* 1: an entry is read */
#define REG_TABLE_TYPE		0x10005c
#define REG_TABLE_FUNCTION	0x100060
#define REG_TABLE_LOW		0x100064
#define REG_TABLE_HIGH		0x100068
#define REG_TABLE_READY		0x10006c

#define CONTEXT_WORDS		7	/* the driver reads and writes so many; a mailbox command takes 8 */
#define CONTEXT_BYTES		32

#define MAILBOX_EQC		0x2
#define MAILBOX_AEQC		0x3
#define MAILBOX_SQC_BASE	0x4
#define MAILBOX_CQC_BASE	0x5
#define MAILBOX_TABLE		0x6
#define MAILBOX_PAUSE		0xe
#define MAILBOX_COMMAND		0x00ff
#define MAILBOX_STATUS		0x1e00
#define MAILBOX_BUSY		0x2000
#define MAILBOX_GET		0x4000

/* What a function is told to do wrong, through debugfs. */
#define FAULT_PAUSE		0x01
#define FAULT_SQC_BASE		0x02
#define FAULT_CQC_BASE		0x04
#define FAULT_TABLE		0x08	/* the entry cannot be read by mailbox */
#define FAULT_MAILBOX_BUSY	0x10
#define FAULT_WRITE_BACK	0x20	/* never done */
#define FAULT_TABLE_READY	0x40	/* of a physical function: its table access never ends */

struct fakeqm_domain;

struct fakeqm_function {
	u8 devfn;
	struct fakeqm_function *physical;	/* NULL: it is one */
	u8 config[FAKEQM_CONFIG];
	u8 writable[FAKEQM_CONFIG];
	struct fakeqm_domain *domain;		/* where its DMA goes; NULL: nowhere */

	u32 fault;
	u32 queues, first_queue;
	u64 sqc, cqc;				/* bases of the contexts of its queues */
	/*
	 * Contexts of its event queues that a mailbox command handed over, first that of the event queue. They are in its cache alone until that is written
	 * back: the registers have the ones before.
	 */
	u32 cached[2][CONTEXT_BYTES / 4];
	bool is_cached[2];
	u32 paused;				/* PAUSE came, since the last reset */
	u32 mailboxes, last_mailbox, doorbells, resets;
	u64 last_doorbell;

	struct hisi_qm qm;			/* of a physical function: what the driver is given */
	struct dentry *files;
};

/* Everything of the model is read and written under this lock, which is held for moments. */
extern spinlock_t fakeqm_lock;

extern unsigned long fakeqm_base, fakeqm_size;
extern unsigned int fakeqm_vfs, fakeqm_version, fakeqm_queues, fakeqm_slow;
extern bool fakeqm_ready, fakeqm_preset, fakeqm_flr;

/* bus.c */
struct fakeqm_function *fakeqm_function(unsigned int devfn);
struct fakeqm_function *fakeqm_function_of(struct device *dev);
/* Which function decodes this address, and as which offset in its BAR; NULL when none does. */
struct fakeqm_function *fakeqm_decode(phys_addr_t address, u32 *offset);
/* Where a function's BAR is; 0 when it has none yet. */
phys_addr_t fakeqm_bar(struct fakeqm_function *function);
bool fakeqm_present(struct fakeqm_function *function);
extern const struct pci_sysdata fakeqm_sysdata;
int fakeqm_bus_create(void);

/* qm.c; with the lock held */
u32 fakeqm_get(struct fakeqm_function *function, u32 offset);
void fakeqm_put(struct fakeqm_function *function, u32 offset, u32 value);
u32 fakeqm_read(struct fakeqm_function *function, u32 offset);
void fakeqm_write(struct fakeqm_function *function, u32 offset, u32 value);
void fakeqm_reset(struct fakeqm_function *function);
int fakeqm_map(void);
void fakeqm_watch(void);

/* iommu.c */
int fakeqm_iommu_register(void);
/* Reads or writes a guest's memory, with the lock held. */
int fakeqm_dma(struct fakeqm_function *function, u64 address, void *bytes, size_t length, bool writes);

/* files.c */
void fakeqm_files(struct fakeqm_function *function, const char *name);

#endif
