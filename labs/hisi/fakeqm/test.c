// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver may rely on, asked of the model in the way in which the driver asks: a finding is the driver's only when this passes. Runs once, when it is
 * loaded and before VFIO has the functions; the log gets a line for each check that failed and one with the count.
 */
#include <linux/hisi_acc_qm.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "fakeqm.h"

static unsigned int checks, failures;

static void check(bool holds, const char *what)
{
	checks++;
	if (holds)
		return;
	failures++;
	pr_err("fakeqm_test: failed: %s\n", what);
}

#define CHECK(what) check(what, #what)

static u32 get(struct hisi_qm *qm, u32 offset) { return readl(qm->io_base + offset); }
static void put(struct hisi_qm *qm, u32 offset, u32 value) { writel(value, qm->io_base + offset); }

static u64 answer(struct hisi_qm *qm)
{
	return get(qm, QM_MB_CMD_DATA_ADDR_L) | (u64)get(qm, QM_MB_CMD_DATA_ADDR_H) << 32;
}

static void test_registers(struct hisi_qm *vf)
{
	static const u32 plain[] = { REG_AEQ_INT_MASK, REG_EQ_INT_MASK, REG_IFC_INT_MASK, REG_QUEUE_ISOLATION, REG_PAGE_SIZE, REG_VF_STATE, REG_EQC, REG_AEQC + 24 };
	int i;

	for (i = 0; i < ARRAY_SIZE(plain); i++) {
		put(vf, plain[i], 0xa5a50000 + i);
		CHECK(get(vf, plain[i]) == 0xa5a50000 + i);
	}
	for (i = 0; i < ARRAY_SIZE(plain); i++)
		CHECK(get(vf, plain[i]) == 0xa5a50000 + i);

	/* Write one to clear: nothing sets it here, so a driver's write leaves 0, whatever it writes. */
	put(vf, REG_IFC_INT_SOURCE, 1);
	CHECK(get(vf, REG_IFC_INT_SOURCE) == 0);
	put(vf, REG_IFC_INT_SET, 0xff);
	CHECK(get(vf, REG_IFC_INT_SET) == 0);
	CHECK(get(vf, REG_IFC_INT_STATUS) == 0);
}

static void test_write_back(struct hisi_qm *vf)
{
	CHECK(get(vf, REG_WRITE_BACK_DONE) == 0);
	put(vf, REG_WRITE_BACK_START, 1);
	CHECK(get(vf, REG_WRITE_BACK_DONE) & 1);
	put(vf, REG_WRITE_BACK_START, 0);
	CHECK(!(get(vf, REG_WRITE_BACK_DONE) & 1));
}

static void test_mailbox(struct hisi_qm *vf, struct hisi_qm *other, int number)
{
	CHECK(!hisi_qm_wait_mb_ready(vf));
	CHECK(!hisi_qm_mb(other, QM_MB_CMD_SQC_BT, 0x1111, 0, 0));
	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_SQC_BT, 0x123456789abcULL, 0, 0));
	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_CQC_BT, 0xcba987654321ULL, 0, 0));
	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_SQC_BT, 0, 0, 1));
	CHECK(answer(vf) == 0x123456789abcULL);
	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_CQC_BT, 0, 0, 1));
	CHECK(answer(vf) == 0xcba987654321ULL);
	CHECK(!hisi_qm_mb(other, QM_MB_CMD_SQC_BT, 0, 0, 1));
	CHECK(answer(other) == 0x1111);

	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_SQC_VFT_V2, 0, 0, 1));
	CHECK((answer(vf) >> 28 & 0xffff) == 64 * number);
	CHECK((answer(vf) >> 45 & 0x3ff) + 1 == 64);
	CHECK(!hisi_qm_mb(vf, MAILBOX_PAUSE, 0, 0, 0));
	CHECK(hisi_qm_mb(vf, 0x7f, 0, 0, 0));

	/* By register, as a guest's driver does: the answer is there, and the command is no longer busy. */
	put(vf, REG_MAILBOX, MAILBOX_SQC_BASE | MAILBOX_GET | MAILBOX_BUSY);
	CHECK(answer(vf) == 0x123456789abcULL);
	CHECK(!(get(vf, REG_MAILBOX) & (MAILBOX_BUSY | MAILBOX_STATUS)));
	/* No memory behind that address: the status says so. */
	put(vf, REG_MAILBOX_LOW, 0);
	put(vf, REG_MAILBOX_HIGH, 0);
	put(vf, REG_MAILBOX, MAILBOX_EQC | MAILBOX_BUSY);
	CHECK(!(get(vf, REG_MAILBOX) & MAILBOX_BUSY));
	CHECK(get(vf, REG_MAILBOX) & MAILBOX_STATUS);
}

/* A guest's memory: one page at an I/O address, through a domain of its own. */
#define IO_ADDRESS 0x7000000ULL

static struct iommu_domain *attach(struct device *dev, void *memory)
{
	struct iommu_domain *domain;
	int ret;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	domain = iommu_paging_domain_alloc(dev);
	if (IS_ERR(domain))
		return NULL;
#else
	domain = iommu_domain_alloc(dev->bus);
	if (!domain)
		return NULL;
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	ret = iommu_map(domain, IO_ADDRESS, virt_to_phys(memory), PAGE_SIZE, IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
#else
	ret = iommu_map(domain, IO_ADDRESS, virt_to_phys(memory), PAGE_SIZE, IOMMU_READ | IOMMU_WRITE);
#endif
	if (!ret && !iommu_attach_device(domain, dev))
		return domain;
	iommu_domain_free(domain);
	return NULL;
}

static bool command(struct hisi_qm *vf, u32 which, u64 address)
{
	put(vf, REG_MAILBOX_LOW, address);
	put(vf, REG_MAILBOX_HIGH, address >> 32);
	put(vf, REG_MAILBOX, which | MAILBOX_BUSY);
	return !(get(vf, REG_MAILBOX) & (MAILBOX_BUSY | MAILBOX_STATUS));
}

static bool is_in_registers(struct hisi_qm *vf, u32 offset, const u32 *context)
{
	int i;

	for (i = 0; i < CONTEXT_WORDS; i++)
		if (get(vf, offset + 4 * i) != context[i])
			return false;
	return true;
}

/* A context that was handed over is the function's at once, and in the registers when the cache was written back. */
static void test_contexts(struct hisi_qm *vf, struct hisi_qm *other)
{
	static const u32 registers[] = { REG_EQC, REG_AEQC }, commands[] = { MAILBOX_EQC, MAILBOX_AEQC };
	u32 *memory = (u32 *)get_zeroed_page(GFP_KERNEL);
	struct iommu_domain *domain = memory ? attach(&vf->pdev->dev, memory) : NULL;
	u32 *back = memory + 64;
	int i, which;

	CHECK(domain);
	for (which = 0; domain && which < 2; which++) {
		u32 before = get(vf, registers[which]), of_other = get(other, registers[which]);

		for (i = 0; i < CONTEXT_BYTES / 4; i++)
			memory[i] = 0xc0de0000 + (which << 8) + i;
		CHECK(command(vf, commands[which], IO_ADDRESS));
		CHECK(get(vf, registers[which]) == before);
		CHECK(command(vf, commands[which] | MAILBOX_GET, IO_ADDRESS + 256));
		CHECK(!memcmp(memory, back, CONTEXT_BYTES));
		put(vf, REG_WRITE_BACK_START, 1);
		CHECK(is_in_registers(vf, registers[which], memory));
		CHECK(get(other, registers[which]) == of_other);
		/* What the driver loads is the function's, whatever was in the cache. */
		CHECK(command(vf, commands[which], IO_ADDRESS));
		put(vf, registers[which], 0x1234);
		CHECK(command(vf, commands[which] | MAILBOX_GET, IO_ADDRESS + 256));
		CHECK(back[0] == 0x1234 && back[1] == memory[1]);
		put(vf, REG_WRITE_BACK_START, 1);
		CHECK(get(vf, registers[which]) == 0x1234);
		/* A reset, which ends the test, forgets this one. */
		CHECK(command(vf, commands[which], IO_ADDRESS));
		CHECK(!command(vf, commands[which], IO_ADDRESS + PAGE_SIZE));
	}
	CHECK(!pci_reset_function(vf->pdev));
	CHECK(get(vf, REG_EQC) == 0 || get(vf, REG_EQC) == get(other, REG_EQC) - 0x10000);
	put(vf, REG_WRITE_BACK_START, 1);
	CHECK(get(vf, REG_EQC) == 0 || get(vf, REG_EQC) == get(other, REG_EQC) - 0x10000);
	put(vf, REG_WRITE_BACK_START, 0);
	if (domain) {
		iommu_detach_device(domain, &vf->pdev->dev);
		iommu_domain_free(domain);
	}
	free_page((unsigned long)memory);
}

static void test_physical(struct hisi_qm *pf, int number)
{
	u64 entry;

	CHECK(get(pf, REG_TABLE_READY) & 1);
	put(pf, REG_TABLE_WRITES, 1);
	put(pf, REG_TABLE_TYPE, 0);
	put(pf, REG_TABLE_FUNCTION, number);
	put(pf, REG_TABLE_READY, 0);
	CHECK(!(get(pf, REG_TABLE_READY) & 1));
	put(pf, REG_TABLE_ENABLE, 1);
	CHECK(get(pf, REG_TABLE_READY) & 1);
	entry = get(pf, REG_TABLE_LOW) | (u64)get(pf, REG_TABLE_HIGH) << 32;
	CHECK((entry >> 28 & 0xffff) == 64 * number);
	CHECK((entry >> 45 & 0x3ff) + 1 == 64);

	CHECK(get(pf, REG_QUEUE_ISOLATION) == 1);
	CHECK(get(pf, REG_ABNORMAL_STATUS) == 0);
	CHECK(get(pf, 0x3010ac) == 0 && get(pf, 0x301008) == 0 && get(pf, 0x301800) == 0);
}

static void test_doorbells(struct hisi_qm *vf)
{
	writeq(0x1000000000001ULL, vf->io_base + REG_DOORBELL_SQ_CQ);
	writeq(0x2ULL, vf->io_base + REG_DOORBELL_EQ_AEQ);
	CHECK(get(vf, REG_DOORBELL_SQ_CQ) == 0 && get(vf, REG_DOORBELL_EQ_AEQ) == 0);

	/* By a store of a guest's driver, which the model meets in front of the next command. */
	__raw_writeq(0x3ULL, vf->io_base + REG_DOORBELL_SQ_CQ);
	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_SQC_BT, 0, 0, 1));
	CHECK(get(vf, REG_DOORBELL_SQ_CQ) == 0);
}

static void test_reset(struct hisi_qm *vf, struct hisi_qm *other)
{
	put(vf, 0x7ffc, 1);
	put(other, REG_AEQ_INT_MASK, 0x77);
	CHECK(!pci_reset_function(vf->pdev));
	CHECK(get(vf, REG_AEQ_INT_MASK) == 0);
	CHECK(get(vf, 0x7ffc) == 0);
	CHECK(get(vf, REG_WRITE_BACK_DONE) == 0);
	CHECK(get(vf, REG_VF_STATE) == 0 || get(vf, REG_VF_STATE) == 1);
	CHECK(get(vf, REG_EQC) == 0 || get(vf, REG_EQC) == get(other, REG_EQC) - 0x10000);
	CHECK(!hisi_qm_mb(vf, QM_MB_CMD_SQC_BT, 0, 0, 1));
	CHECK(answer(vf) != 0x123456789abcULL);
	/* Nobody else was reset, and the memory is the function's, not its neighbour's. */
	CHECK(get(other, REG_AEQ_INT_MASK) == 0x77);
	CHECK(!pci_reset_function(other->pdev));
}

static int map(struct hisi_qm *qm, struct pci_dev *pdev)
{
	qm->pdev = pdev;
	qm->io_base = ioremap(pci_resource_start(pdev, 2), pci_resource_len(pdev, 2));
	return qm->io_base ? 0 : -ENOMEM;
}

static int __init fakeqm_test_init(void)
{
	static const u16 kinds[] = { 0xa251, 0xa256, 0xa259 };
	struct hisi_qm *vf = kzalloc(2 * sizeof(*vf), GFP_KERNEL);
	int i;

	if (!vf)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct pci_dev *first = pci_get_device(PCI_VENDOR_ID_HUAWEI, kinds[i], NULL);
		struct pci_dev *second = pci_get_device(PCI_VENDOR_ID_HUAWEI, kinds[i], pci_dev_get(first));
		struct hisi_qm *pf;

		CHECK(first && second);
		if (first && second && !map(&vf[0], first) && !map(&vf[1], second)) {
			pf = pci_iov_get_pf_drvdata(first, hisi_zip_get_pf_driver());
			CHECK(!IS_ERR(pf) && pf->ver == first->physfn->revision);
			CHECK(pci_resource_len(first, 2) == FAKEQM_VF_BAR);
			CHECK(pci_iov_vf_id(first) == 0 && pci_iov_vf_id(second) == 1);
			CHECK(get(&vf[1], REG_EQC) == 0 || get(&vf[1], REG_EQC) != get(&vf[0], REG_EQC));
			test_registers(&vf[0]);
			test_write_back(&vf[0]);
			test_mailbox(&vf[0], &vf[1], 1);
			test_doorbells(&vf[0]);
			test_contexts(&vf[0], &vf[1]);
			test_reset(&vf[0], &vf[1]);
			if (!IS_ERR(pf))
				test_physical(pf, 2);
			iounmap(vf[0].io_base);
			iounmap(vf[1].io_base);
		}
		pci_dev_put(first);
		pci_dev_put(second);
	}
	kfree(vf);
	pr_warn("fakeqm_test: passed %u of %u\n", checks - failures, checks);
	return 0;
}
module_init(fakeqm_test_init);

static void __exit fakeqm_test_exit(void)
{
}
module_exit(fakeqm_test_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("What hisi_acc_vfio_pci may rely on, asked of fakeqm");
