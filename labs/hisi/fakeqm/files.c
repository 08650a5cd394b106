// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/fakeqm/19e5:00:SS.F/: what reached a function, and what it is told to do wrong. `regs` is its BAR, the half that VFIO hides included: words
 * are read and written as the driver does, at the file's offset.
 */
#include <linux/debugfs.h>
#include <linux/uaccess.h>

#include "fakeqm.h"

static ssize_t regs_read(struct file *file, char __user *buffer, size_t length, loff_t *position)
{
	struct fakeqm_function *function = file->private_data;
	loff_t end = function->physical ? FAKEQM_VF_BAR : FAKEQM_PF_BAR;
	ssize_t done = 0;

	if ((*position | length) & 3)
		return -EINVAL;
	for (; done < length && *position < end; done += 4, *position += 4) {
		unsigned long flags;
		u32 value;

		spin_lock_irqsave(&fakeqm_lock, flags);
		value = fakeqm_read(function, *position);
		spin_unlock_irqrestore(&fakeqm_lock, flags);
		if (copy_to_user(buffer + done, &value, 4))
			return -EFAULT;
	}
	return done;
}

static ssize_t regs_write(struct file *file, const char __user *buffer, size_t length, loff_t *position)
{
	struct fakeqm_function *function = file->private_data;
	loff_t end = function->physical ? FAKEQM_VF_BAR : FAKEQM_PF_BAR;
	ssize_t done = 0;

	if ((*position | length) & 3)
		return -EINVAL;
	for (; done < length && *position < end; done += 4, *position += 4) {
		unsigned long flags;
		u32 value;

		if (copy_from_user(&value, buffer + done, 4))
			return -EFAULT;
		spin_lock_irqsave(&fakeqm_lock, flags);
		fakeqm_write(function, *position, value);
		spin_unlock_irqrestore(&fakeqm_lock, flags);
	}
	return done ?: -ENOSPC;
}

static const struct file_operations regs = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = regs_read,
	.write = regs_write,
	.llseek = default_llseek,
};

void fakeqm_files(struct fakeqm_function *function, const char *name)
{
	struct dentry *root = debugfs_lookup("fakeqm", NULL);

	if (!root)
		root = debugfs_create_dir("fakeqm", NULL);
	else
		dput(root);
	function->files = debugfs_create_dir(name, root);
	debugfs_create_file("regs", 0600, function->files, function, &regs);
	debugfs_create_x32("fault", 0600, function->files, &function->fault);
	debugfs_create_u32("qp_num", 0600, function->files, &function->queues);
	debugfs_create_u32("qp_base", 0600, function->files, &function->first_queue);
	debugfs_create_x64("sqc", 0600, function->files, &function->sqc);
	debugfs_create_x64("cqc", 0600, function->files, &function->cqc);
	debugfs_create_u32("paused", 0400, function->files, &function->paused);
	debugfs_create_u32("mailboxes", 0400, function->files, &function->mailboxes);
	debugfs_create_x32("last_mailbox", 0400, function->files, &function->last_mailbox);
	debugfs_create_u32("doorbells", 0400, function->files, &function->doorbells);
	debugfs_create_x64("last_doorbell", 0400, function->files, &function->last_doorbell);
	debugfs_create_u32("resets", 0400, function->files, &function->resets);
}
