// SPDX-License-Identifier: GPL-2.0
/*
 * An IOMMU for the functions of the bus, since VFIO opens no device without one. A domain is a table from page to frame. The only one who reads and writes memory
 * through it is the model, when a guest's driver hands it a context or wants to have it. Whether a page may be written is not kept.
 */
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "fakeqm.h"

struct fakeqm_domain {
	struct iommu_domain domain;
	struct xarray frames;
};

static struct fakeqm_domain *domain_of(struct iommu_domain *domain)
{
	return container_of(domain, struct fakeqm_domain, domain);
}

int fakeqm_dma(struct fakeqm_function *function, u64 address, void *bytes, size_t length, bool writes)
{
	while (length) {
		size_t part = min_t(size_t, length, PAGE_SIZE - offset_in_page(address));
		void *frame = function->domain ? xa_load(&function->domain->frames, address >> PAGE_SHIFT) : NULL;

		if (!frame || !pfn_valid(xa_to_value(frame)))
			return -EFAULT;
		if (writes)
			memcpy_to_page(pfn_to_page(xa_to_value(frame)), offset_in_page(address), bytes, part);
		else
			memcpy_from_page(bytes, pfn_to_page(xa_to_value(frame)), offset_in_page(address), part);
		address += part;
		bytes += part;
		length -= part;
	}
	return 0;
}

static void attach(struct device *dev, struct fakeqm_domain *domain)
{
	struct fakeqm_function *function = fakeqm_function_of(dev);
	unsigned long flags;

	spin_lock_irqsave(&fakeqm_lock, flags);
	function->domain = domain;
	spin_unlock_irqrestore(&fakeqm_lock, flags);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define ATTACH(name) static int name(struct iommu_domain *domain, struct device *dev, struct iommu_domain *old)
#else
#define ATTACH(name) static int name(struct iommu_domain *domain, struct device *dev)
#endif

ATTACH(fakeqm_attach)
{
	attach(dev, domain_of(domain));
	return 0;
}

ATTACH(fakeqm_attach_nowhere)
{
	attach(dev, NULL);
	return 0;
}

static int fakeqm_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t frame, size_t size, size_t count, int prot, gfp_t gfp,
			    size_t *mapped)
{
	size_t end = size * count, done;

	for (done = 0; done < end; done += PAGE_SIZE) {
		int ret = xa_err(xa_store(&domain_of(domain)->frames, (iova + done) >> PAGE_SHIFT, xa_mk_value((frame + done) >> PAGE_SHIFT), gfp));

		if (ret)
			return ret;
		*mapped += PAGE_SIZE;
	}
	return 0;
}

static size_t fakeqm_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t size, size_t count, struct iommu_iotlb_gather *gather)
{
	size_t end = size * count, done;
	unsigned long flags;

	for (done = 0; done < end; done += PAGE_SIZE)
		if (!xa_erase(&domain_of(domain)->frames, (iova + done) >> PAGE_SHIFT))
			break;
	/* Who found a page before is done with it behind this, and VFIO may let go of it. */
	spin_lock_irqsave(&fakeqm_lock, flags);
	spin_unlock_irqrestore(&fakeqm_lock, flags);
	return done;
}

static phys_addr_t fakeqm_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	void *frame = xa_load(&domain_of(domain)->frames, iova >> PAGE_SHIFT);

	return frame ? PFN_PHYS(xa_to_value(frame)) + offset_in_page(iova) : 0;
}

static bool fakeqm_enforce_cache_coherency(struct iommu_domain *domain)
{
	return true;
}

static void fakeqm_domain_free(struct iommu_domain *domain)
{
	xa_destroy(&domain_of(domain)->frames);
	kfree(domain_of(domain));
}

static const struct iommu_domain_ops paging_ops = {
	.attach_dev = fakeqm_attach,
	.map_pages = fakeqm_map_pages,
	.unmap_pages = fakeqm_unmap_pages,
	.iova_to_phys = fakeqm_iova_to_phys,
	.enforce_cache_coherency = fakeqm_enforce_cache_coherency,
	.free = fakeqm_domain_free,
};

static struct iommu_domain *fakeqm_domain_alloc_paging(struct device *dev)
{
	struct fakeqm_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);

	if (!domain)
		return NULL;
	xa_init(&domain->frames);
	domain->domain.ops = &paging_ops;
	domain->domain.pgsize_bitmap = PAGE_SIZE;
	domain->domain.geometry.aperture_end = DMA_BIT_MASK(48);
	domain->domain.geometry.force_aperture = true;
	return &domain->domain;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
static const struct iommu_domain_ops nowhere_ops = { .attach_dev = fakeqm_attach_nowhere };
static struct iommu_domain identity = { .type = IOMMU_DOMAIN_IDENTITY, .ops = &nowhere_ops };
static struct iommu_domain blocked = { .type = IOMMU_DOMAIN_BLOCKED, .ops = &nowhere_ops };
#else
static void fakeqm_domain_free_nowhere(struct iommu_domain *domain)
{
	kfree(domain);
}

static const struct iommu_domain_ops nowhere_ops = { .attach_dev = fakeqm_attach_nowhere, .free = fakeqm_domain_free_nowhere };

static struct iommu_domain *fakeqm_domain_alloc(unsigned int type)
{
	struct iommu_domain *domain;

	if (type == IOMMU_DOMAIN_UNMANAGED)
		return fakeqm_domain_alloc_paging(NULL);
	if (type != IOMMU_DOMAIN_IDENTITY && type != IOMMU_DOMAIN_BLOCKED)
		return NULL;
	domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	if (domain)
		domain->ops = &nowhere_ops;
	return domain;
}
#endif

static struct iommu_device iommu;

static struct iommu_device *fakeqm_probe_device(struct device *dev)
{
	/* Every device of the machine is offered. */
	return fakeqm_function_of(dev) ? &iommu : ERR_PTR(-ENODEV);
}

static void fakeqm_release_device(struct device *dev)
{
	attach(dev, NULL);
}

static int fakeqm_def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static bool fakeqm_capable(struct device *dev, enum iommu_cap capability)
{
	/* VFIO insists. */
	return capability == IOMMU_CAP_CACHE_COHERENCY;
}

static const struct iommu_ops iommu_ops = {
	.capable = fakeqm_capable,
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	.domain_alloc_paging = fakeqm_domain_alloc_paging,
	.identity_domain = &identity,
	.blocked_domain = &blocked,
#else
	.domain_alloc = fakeqm_domain_alloc,
#endif
	.probe_device = fakeqm_probe_device,
	.release_device = fakeqm_release_device,
	/* A group for each: the usual way puts functions without ACS together. */
	.device_group = generic_device_group,
	.def_domain_type = fakeqm_def_domain_type,
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
	.pgsize_bitmap = PAGE_SIZE,
#endif
	.owner = THIS_MODULE,
};

int fakeqm_iommu_register(void)
{
	int ret = iommu_device_sysfs_add(&iommu, NULL, NULL, "fakeqm");

	return ret ?: iommu_device_register(&iommu, &iommu_ops, NULL);
}
