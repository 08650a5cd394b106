// SPDX-License-Identifier: GPL-2.0
/*
 * A mediated device that pins, lets go of and writes what it is told to: what a device may do with a user's memory, without a device. A command is one pwrite of
 * struct pinner_command, at any position; pread at the position IOVA reads a word there as the device reads it. Nobody else has a reason to load it.
 */
#include <linux/device/class.h>
#include <linux/highmem.h>
#include <linux/mdev.h>
#include <linux/module.h>
#include <linux/vfio.h>
#include <linux/xarray.h>

enum { PINNER_PIN = 1, PINNER_UNPIN, PINNER_WRITE, PINNER_STORE };

struct pinner_command {
	u64 iova;	/* PIN and UNPIN: of a page; WRITE and STORE: of a word of 8 bytes */
	u64 change;	/* WRITE and STORE: the bits of the word that change; with none of them it is written all the same */
	u64 operation;
};

struct pinner {
	struct vfio_device vdev;
	struct xarray pinned;	/* page number -> struct page; what is in it stays pinned while its lock is held */
};

static struct pinner *pinner_of(struct vfio_device *vdev)
{
	return container_of(vdev, struct pinner, vdev);
}

static int pinner_unpin(struct pinner *pinner, u64 iova)
{
	if (!xa_erase(&pinner->pinned, iova >> PAGE_SHIFT))
		return -ENOENT;
	vfio_unpin_pages(&pinner->vdev, iova & PAGE_MASK, 1);
	return 0;
}

static int pinner_pin(struct pinner *pinner, u64 iova)
{
	struct page *page;
	int ret = vfio_pin_pages(&pinner->vdev, iova, 1, IOMMU_READ | IOMMU_WRITE, &page);

	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	ret = xa_insert(&pinner->pinned, iova >> PAGE_SHIFT, page, GFP_KERNEL);
	if (ret)
		vfio_unpin_pages(&pinner->vdev, iova & PAGE_MASK, 1);
	return ret;
}

/* As a device does that knows where the page is: nobody is told. */
static int pinner_store(struct pinner *pinner, u64 iova, u64 change)
{
	struct page *page;
	int ret = -ENOENT;

	if (!IS_ALIGNED(iova, sizeof(u64)))
		return -EINVAL;
	xa_lock(&pinner->pinned);
	page = xa_load(&pinner->pinned, iova >> PAGE_SHIFT);
	if (page) {
		void *bytes = kmap_local_page(page);
		u64 *word = bytes + offset_in_page(iova);

		WRITE_ONCE(*word, READ_ONCE(*word) ^ change);
		kunmap_local(bytes);
		ret = 0;
	}
	xa_unlock(&pinner->pinned);
	return ret;
}

static int pinner_write_word(struct pinner *pinner, u64 iova, u64 change)
{
	u64 word;
	int ret = vfio_dma_rw(&pinner->vdev, iova, &word, sizeof(word), false);

	if (ret)
		return ret;
	word ^= change;
	return vfio_dma_rw(&pinner->vdev, iova, &word, sizeof(word), true);
}

static ssize_t pinner_write(struct vfio_device *vdev, const char __user *bytes, size_t count, loff_t *position)
{
	struct pinner *pinner = pinner_of(vdev);
	struct pinner_command command;
	int ret = -EINVAL;

	if (count != sizeof(command))
		return -EINVAL;
	if (copy_from_user(&command, bytes, sizeof(command)))
		return -EFAULT;
	switch (command.operation) {
	case PINNER_PIN:
		ret = pinner_pin(pinner, command.iova);
		break;
	case PINNER_UNPIN:
		ret = pinner_unpin(pinner, command.iova);
		break;
	case PINNER_WRITE:
		ret = pinner_write_word(pinner, command.iova, command.change);
		break;
	case PINNER_STORE:
		ret = pinner_store(pinner, command.iova, command.change);
		break;
	}
	return ret ?: count;
}

static ssize_t pinner_read(struct vfio_device *vdev, char __user *bytes, size_t count, loff_t *position)
{
	u64 word;
	int ret;

	if (count != sizeof(word))
		return -EINVAL;
	ret = vfio_dma_rw(vdev, *position, &word, sizeof(word), false);
	if (ret)
		return ret;
	return copy_to_user(bytes, &word, sizeof(word)) ? -EFAULT : count;
}

static void pinner_unmapped(struct vfio_device *vdev, u64 iova, u64 length)
{
	struct pinner *pinner = pinner_of(vdev);
	unsigned long number;
	void *page;

	xa_for_each_range(&pinner->pinned, number, page, iova >> PAGE_SHIFT, (iova + length - 1) >> PAGE_SHIFT)
		pinner_unpin(pinner, (u64)number << PAGE_SHIFT);
}

static void pinner_close(struct vfio_device *vdev)
{
	struct pinner *pinner = pinner_of(vdev);
	unsigned long number;
	void *page;

	xa_for_each(&pinner->pinned, number, page)
		pinner_unpin(pinner, (u64)number << PAGE_SHIFT);
}

static int pinner_init(struct vfio_device *vdev)
{
	xa_init(&pinner_of(vdev)->pinned);
	return 0;
}

static void pinner_release(struct vfio_device *vdev)
{
	xa_destroy(&pinner_of(vdev)->pinned);
}

static const struct vfio_device_ops pinner_ops = {
	.name = "pinner",
	.init = pinner_init,
	.release = pinner_release,
	.bind_iommufd = vfio_iommufd_emulated_bind,
	.unbind_iommufd = vfio_iommufd_emulated_unbind,
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
	.close_device = pinner_close,
	.read = pinner_read,
	.write = pinner_write,
	.dma_unmap = pinner_unmapped,
};

static int pinner_probe(struct mdev_device *mdev)
{
	struct pinner *pinner = vfio_alloc_device(pinner, vdev, &mdev->dev, &pinner_ops);
	int ret;

	if (IS_ERR(pinner))
		return PTR_ERR(pinner);
	ret = vfio_register_emulated_iommu_dev(&pinner->vdev);
	if (ret)
		vfio_put_device(&pinner->vdev);
	else
		dev_set_drvdata(&mdev->dev, pinner);
	return ret;
}

static void pinner_remove(struct mdev_device *mdev)
{
	struct pinner *pinner = dev_get_drvdata(&mdev->dev);

	vfio_unregister_group_dev(&pinner->vdev);
	vfio_put_device(&pinner->vdev);
}

static struct mdev_driver pinner_driver = {
	.device_api = "pinner",
	.max_instances = 8,
	.driver = { .name = "pinner", .owner = THIS_MODULE, .mod_name = KBUILD_MODNAME },
	.probe = pinner_probe,
	.remove = pinner_remove,
};

static const struct class pinner_class = { .name = "pinner" };
static struct mdev_type pinner_type = { .sysfs_name = "1", .pretty_name = "pins on request" };
static struct mdev_type *pinner_types[] = { &pinner_type };
static struct mdev_parent pinner_parent;

/* The order in which the parts come up. There is no way back: the guest ends instead. */
static int __init pinner_load(void)
{
	struct device *parent;
	int ret = class_register(&pinner_class);

	if (ret)
		return ret;
	parent = device_create(&pinner_class, NULL, 0, NULL, "pinner");
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	ret = mdev_register_driver(&pinner_driver);
	return ret ?: mdev_register_parent(&pinner_parent, parent, &pinner_driver, pinner_types, ARRAY_SIZE(pinner_types));
}
module_init(pinner_load);

MODULE_DESCRIPTION("A mediated device that pins and writes pages on request");
MODULE_LICENSE("GPL");
