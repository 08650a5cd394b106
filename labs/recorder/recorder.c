/*
 * Writes down what a program asks of VFIO devices with migration, in the form that `conformance lint` reads (docs/lint.md).
 *
 *   gcc -shared -fPIC -O2 -Wall -Wextra -o recorder.so recorder.c -ldl
 *   CONFORMANCE_TRACE=/tmp/trace LD_PRELOAD=$PWD/recorder.so qemu-system-x86_64 ...
 *
 * Several processes may write one file; a line is one write. A program that is static, or makes system calls by itself, is not seen. What goes through mappings of
 * a region is not, either.
 *
 * CONFORMANCE_TRACE_DEVICES: what the path of a device's node begins with (default: /dev/vfio/devices/).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Older headers than the kernel that is asked have neither. */
#ifndef VFIO_MIG_GET_PRECOPY_INFO
#define VFIO_MIG_GET_PRECOPY_INFO _IO(VFIO_TYPE, VFIO_BASE + 21)
#endif
#define FEATURE_STATE 2u
#define FEATURE_GET (1u << 16)
#define FEATURE_SET (1u << 17)
#define FEATURE_PROBE (1u << 18)

#define MOST_FDS 65536
#define PAYLOAD 32
#define HEAD 16

enum { NOTHING, DEVICE, DATA };

static struct {
	unsigned char kind;
	uint64_t sum;
} of[MOST_FDS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static const char *nodes = "/dev/vfio/devices/";

#define NEXT(name) \
	static __typeof__(name) *next_##name; \
	if (!next_##name) \
		next_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void say(const char *format, ...)
{
	char line[512];
	va_list list;
	int length;

	if (trace < 0)
		return;
	va_start(list, format);
	length = vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	if (length > 0 && length < (int)sizeof(line) && syscall(SYS_write, trace, line, length) != length) {
		/* A trace with a hole would accuse: better none from here on. */
		syscall(SYS_close, trace);
		trace = -1;
	}
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("CONFORMANCE_TRACE");
	const char *prefix = getenv("CONFORMANCE_TRACE_DEVICES");

	if (prefix && *prefix)
		nodes = prefix;
	if (!path || !*path)
		return;
	trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	say("conformance-trace 1\n");
}

__attribute__((destructor)) static void finish(void)
{
	say("end pid=%d\n", (int)getpid());
}

static int kind(int fd)
{
	return fd >= 0 && fd < MOST_FDS ? of[fd].kind : NOTHING;
}

static void become(int fd, int what)
{
	if (fd < 0 || fd >= MOST_FDS)
		return;
	of[fd].kind = what;
	of[fd].sum = 14695981039346656037ull;
}

static void hex(char *text, const void *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;
	size_t i;

	for (i = 0; i < count; i++) {
		text[2 * i] = digits[from[i] >> 4];
		text[2 * i + 1] = digits[from[i] & 15];
	}
	text[2 * count] = 0;
}

static long result(long value)
{
	return value < 0 ? -errno : value;
}

/* One word, whatever the path or name is. */
static void device(int fd, const char *name)
{
	char word[100];
	size_t i;

	for (i = 0; name[i] && i < sizeof(word) - 1; i++)
		word[i] = name[i] > ' ' && name[i] < 127 ? name[i] : '_';
	word[i] = 0;
	become(fd, DEVICE);
	say("device pid=%d fd=%d name=%s\n", (int)getpid(), fd, i ? word : "-");
}

static void opened(int fd, const char *path)
{
	int saved = errno;

	if (fd >= 0 && path && !strncmp(path, nodes, strlen(nodes))) {
		pthread_mutex_lock(&lock);
		device(fd, path);
		pthread_mutex_unlock(&lock);
	}
	errno = saved;
}

static void moved(const char *call, int fd, const struct iovec *parts, int count, long value)
{
	int saved = errno;
	unsigned char first[HEAD];
	char head[2 * HEAD + 1];
	size_t size = 0, left = value > 0 ? (size_t)value : 0, kept = 0;
	int i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < count; i++) {
		const unsigned char *bytes = parts[i].iov_base;
		size_t here = parts[i].iov_len < left ? parts[i].iov_len : left, j;

		size += parts[i].iov_len;
		left -= here;
		for (j = 0; j < here; j++) {
			if (kept < HEAD)
				first[kept++] = bytes[j];
			of[fd].sum = (of[fd].sum ^ bytes[j]) * 1099511628211ull;
		}
	}
	hex(head, first, kept);
	errno = saved;
	say("%s pid=%d fd=%d size=%zu sum=%llx head=%s ret=%ld\n", call, (int)getpid(), fd, size, (unsigned long long)of[fd].sum, head, result(value));
	pthread_mutex_unlock(&lock);
	errno = saved;
}

static void positioned(const char *call, int fd, size_t size, off_t offset, long value)
{
	int saved = errno;

	say("%s pid=%d fd=%d size=%zu offset=%llu ret=%ld\n", call, (int)getpid(), fd, size, (unsigned long long)offset, result(value));
	errno = saved;
}

int open(const char *path, int flags, ...)
{
	va_list list;
	int mode, fd;
	NEXT(open);

	va_start(list, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
	va_end(list);
	fd = next_open(path, flags, mode);
	opened(fd, path);
	return fd;
}

int open64(const char *path, int flags, ...)
{
	va_list list;
	int mode, fd;
	NEXT(open64);

	va_start(list, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
	va_end(list);
	fd = next_open64(path, flags, mode);
	opened(fd, path);
	return fd;
}

int openat(int folder, const char *path, int flags, ...)
{
	va_list list;
	int mode, fd;
	NEXT(openat);

	va_start(list, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
	va_end(list);
	fd = next_openat(folder, path, flags, mode);
	opened(fd, path);
	return fd;
}

int openat64(int folder, const char *path, int flags, ...)
{
	va_list list;
	int mode, fd;
	NEXT(openat64);

	va_start(list, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
	va_end(list);
	fd = next_openat64(folder, path, flags, mode);
	opened(fd, path);
	return fd;
}

/* What a program compiled with _FORTIFY_SOURCE calls instead. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

static int feature(int fd, unsigned long request, struct vfio_device_feature *argument)
{
	char before[2 * PAYLOAD + 1] = "", after[2 * PAYLOAD + 1] = "";
	uint32_t size = argument->argsz, flags = argument->flags;
	size_t payload = size > sizeof(*argument) ? size - sizeof(*argument) : 0;
	int value, saved;
	NEXT(ioctl);

	if (payload > PAYLOAD)
		payload = PAYLOAD;
	hex(before, argument->data, payload);
	value = next_ioctl(fd, request, argument);
	saved = errno;
	hex(after, argument->data, payload);
	pthread_mutex_lock(&lock);
	say("feature pid=%d fd=%d argsz=%u flags=0x%x in=%s out=%s ret=%ld\n", (int)getpid(), fd, size, flags, before, after, result(value));
	if (!value && (flags & 0xffff) == FEATURE_STATE && (flags & FEATURE_SET) && !(flags & FEATURE_PROBE) && payload >= 8) {
		int32_t given;

		memcpy(&given, argument->data + 4, sizeof(given));
		become(given, DATA);
	}
	pthread_mutex_unlock(&lock);
	errno = saved;
	return value;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *argument;
	int value, saved, what = kind(fd);
	NEXT(ioctl);

	va_start(list, request);
	argument = va_arg(list, void *);
	va_end(list);
	if (what == DEVICE && request == VFIO_DEVICE_FEATURE && argument)
		return feature(fd, request, argument);
	if (what == DATA && request == VFIO_MIG_GET_PRECOPY_INFO && argument) {
		uint32_t words[6], size, flags;
		char after[2 * 16 + 1] = "";

		memcpy(words, argument, 8);
		size = words[0];
		flags = words[1];
		value = next_ioctl(fd, request, argument);
		saved = errno;
		if (!value && size >= sizeof(words))
			hex(after, (char *)argument + 8, 16);
		say("info pid=%d fd=%d argsz=%u flags=0x%x out=%s ret=%ld\n", (int)getpid(), fd, size, flags, after, result(value));
		errno = saved;
		return value;
	}
	value = next_ioctl(fd, request, argument);
	saved = errno;
	if (what == DEVICE && request == VFIO_DEVICE_RESET)
		say("reset pid=%d fd=%d ret=%ld\n", (int)getpid(), fd, result(value));
	else if (what == DEVICE && request == VFIO_MIG_GET_PRECOPY_INFO)
		say("info pid=%d fd=%d argsz=0 flags=0 ret=%ld\n", (int)getpid(), fd, result(value));
	else if (what == DATA)
		say("ioctl pid=%d fd=%d request=0x%lx ret=%ld\n", (int)getpid(), fd, request & 0xffffffff, result(value));
	else if (value >= 0 && request == VFIO_GROUP_GET_DEVICE_FD && argument)
		device(value, argument);
	errno = saved;
	return value;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	ssize_t value;
	NEXT(read);

	value = next_read(fd, buffer, size);
	if (kind(fd) == DATA)
		moved("read", fd, &(struct iovec){ buffer, size }, 1, value);
	return value;
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room);

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, buffer, size);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
	ssize_t value;
	NEXT(readv);

	value = next_readv(fd, parts, count);
	if (kind(fd) == DATA)
		moved("read", fd, parts, count, value);
	return value;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	ssize_t value;
	NEXT(write);

	value = next_write(fd, buffer, size);
	if (kind(fd) == DATA)
		moved("write", fd, &(struct iovec){ (void *)buffer, size }, 1, value);
	return value;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	ssize_t value;
	NEXT(writev);

	value = next_writev(fd, parts, count);
	if (kind(fd) == DATA)
		moved("write", fd, parts, count, value);
	return value;
}

#define POSITIONED(name, buffer_type, off_type, said) \
	ssize_t name(int fd, buffer_type buffer, size_t size, off_type offset) \
	{ \
		ssize_t value; \
		NEXT(name); \
		value = next_##name(fd, buffer, size, offset); \
		if (kind(fd) != NOTHING) \
			positioned(said, fd, size, offset, value); \
		return value; \
	}

POSITIONED(pread, void *, off_t, "pread")
POSITIONED(pread64, void *, off64_t, "pread")
POSITIONED(pwrite, const void *, off_t, "pwrite")
POSITIONED(pwrite64, const void *, off64_t, "pwrite")

ssize_t __pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *buffer, size_t size, off64_t offset, size_t room);

ssize_t __pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t room)
{
	if (size > room)
		abort();
	return pread(fd, buffer, size, offset);
}

ssize_t __pread64_chk(int fd, void *buffer, size_t size, off64_t offset, size_t room)
{
	if (size > room)
		abort();
	return pread64(fd, buffer, size, offset);
}

#define SEEK(name, off_type) \
	off_type name(int fd, off_type offset, int whence) \
	{ \
		off_type value; \
		int saved; \
		NEXT(name); \
		value = next_##name(fd, offset, whence); \
		saved = errno; \
		if (kind(fd) == DATA) \
			say("lseek pid=%d fd=%d ret=%ld\n", (int)getpid(), fd, result(value)); \
		errno = saved; \
		return value; \
	}

SEEK(lseek, off_t)
SEEK(lseek64, off64_t)

static void polled(const struct pollfd *fds, nfds_t count, int value)
{
	int saved = errno;
	nfds_t i;

	for (i = 0; i < count; i++)
		if (kind(fds[i].fd) == DATA)
			say("poll pid=%d fd=%d events=%d revents=%d ret=%ld\n", (int)getpid(), fds[i].fd, fds[i].events, fds[i].revents, result(value));
	errno = saved;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	int value;
	NEXT(poll);

	value = next_poll(fds, count, timeout);
	polled(fds, count, value);
	return value;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	int value;
	NEXT(ppoll);

	value = next_ppoll(fds, count, timeout, mask);
	polled(fds, count, value);
	return value;
}

static int copied(int from, int value)
{
	int saved = errno;

	if (value >= 0 && value < MOST_FDS && kind(from) != NOTHING) {
		pthread_mutex_lock(&lock);
		of[value] = of[from];
		say("dup pid=%d fd=%d ret=%d\n", (int)getpid(), from, value);
		pthread_mutex_unlock(&lock);
	}
	errno = saved;
	return value;
}

int dup(int fd)
{
	NEXT(dup);

	return copied(fd, next_dup(fd));
}

#define CONTROL(name) \
	int name(int fd, int command, ...) \
	{ \
		va_list list; \
		void *argument; \
		int value; \
		NEXT(name); \
		va_start(list, command); \
		argument = va_arg(list, void *); \
		va_end(list); \
		value = next_##name(fd, command, argument); \
		return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? copied(fd, value) : value; \
	}

CONTROL(fcntl)
CONTROL(fcntl64)

int close(int fd)
{
	int what = kind(fd);
	NEXT(close);

	/* Before: the number may be somebody else's as soon as it is closed. */
	if (what != NOTHING) {
		pthread_mutex_lock(&lock);
		of[fd].kind = NOTHING;
		say("close pid=%d fd=%d ret=0\n", (int)getpid(), fd);
		pthread_mutex_unlock(&lock);
	}
	return next_close(fd);
}

#define MAP(name, off_type) \
	void *name(void *address, size_t size, int protection, int flags, int fd, off_type offset) \
	{ \
		void *value; \
		int saved; \
		NEXT(name); \
		value = next_##name(address, size, protection, flags, fd, offset); \
		saved = errno; \
		if (kind(fd) == DEVICE) \
			say("mmap pid=%d fd=%d size=%zu offset=%llu ret=%ld\n", (int)getpid(), fd, size, (unsigned long long)offset, \
			    value == MAP_FAILED ? -(long)saved : 0); \
		errno = saved; \
		return value; \
	}

MAP(mmap, off_t)
MAP(mmap64, off64_t)
