// What the programs share that repeat the findings of a lab without the kit: a device of VFIO by its group, the migration features of linux/vfio.h, and answers
// printed beside what the contract allows. A program ends with KEPT, BROKEN or NOT_ASKED.
#pragma once

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <linux/vfio.h>

// Headers older than Linux 6.2 do not have it.
#ifndef VFIO_MIGRATION_PRE_COPY
#define VFIO_MIGRATION_PRE_COPY (1 << 2)
#define VFIO_DEVICE_STATE_PRE_COPY 6
struct vfio_precopy_info {
    __u32 argsz, flags;
    __aligned_u64 initial_bytes, dirty_bytes;
};
#define VFIO_MIG_GET_PRECOPY_INFO _IO(VFIO_TYPE, VFIO_BASE + 21)
#endif

enum { KEPT = 0, BROKEN = 1, NOT_ASKED = 2 };

// More than any stream here.
enum { STREAM_LIMIT = 1024 };

struct stream {
    uint8_t bytes[STREAM_LIMIT];
    size_t length;
};

struct device {
    const char *name; // of sysfs: a PCI function, or the UUID of a mediated device
    int container, group, fd;
};

static int verdict = KEPT;

__attribute__((unused, noreturn, format(printf, 1, 2))) static void not_asked(const char *format, ...)
{
    va_list words;
    printf("not asked: ");
    va_start(words, format);
    vprintf(format, words);
    va_end(words);
    printf("\n");
    exit(NOT_ASKED);
}

// What a call returned, or the errno as a negative number.
static inline long outcome(long result) { return result < 0 ? -errno : result; }

static inline const char *spelt(long seen)
{
    static char text[32];
    const char *name = seen < 0 ? strerrorname_np((int)-seen) : NULL;
    snprintf(text, sizeof text, "%ld", seen);
    return name ? name : text;
}

// Before a call that may end the kernel: what was printed is out then.
static inline void drain(void)
{
    fflush(stdout);
    tcdrain(STDOUT_FILENO);
}

// A line of the evidence: what was asked, what was seen, what the contract allows. One that is not right decides how the program ends.
static inline void answer(const char *asked, long seen, bool right, const char *allowed)
{
    printf("%s: %s (allowed: %s)%s\n", asked, spelt(seen), allowed, right ? "" : "  <- not allowed");
    if (!right) verdict = BROKEN;
}

// A step on the way to what is asked: without it there is nothing to see.
static inline long need(long seen, const char *step)
{
    printf("%s: %s\n", step, spelt(seen));
    if (seen < 0) not_asked("%s failed", step);
    return seen;
}

static inline void device_get(struct device *device)
{
    device->fd = (int)outcome(ioctl(device->group, VFIO_GROUP_GET_DEVICE_FD, device->name));
    if (device->fd < 0) not_asked("%s cannot be opened: %s", device->name, spelt(device->fd));
}

static inline struct device device_open(const char *name)
{
    struct device device = { .name = name };
    char path[512], link[512];
    const char *buses[] = { "pci", "mdev" };
    ssize_t length = -1;
    for (size_t bus = 0; bus < 2 && length < 0; bus++) {
        snprintf(path, sizeof path, "/sys/bus/%s/devices/%s/iommu_group", buses[bus], name);
        length = readlink(path, link, sizeof link - 1);
    }
    if (length < 0) not_asked("%s is in no IOMMU group", name);
    link[length] = 0;
    snprintf(path, sizeof path, "/dev/vfio/%.16s", strrchr(link, '/') + 1);
    device.container = open("/dev/vfio/vfio", O_RDWR);
    device.group = open(path, O_RDWR);
    if (device.container < 0 || device.group < 0) not_asked("%s or its container cannot be opened: %s", path, spelt(-errno));
    if (ioctl(device.group, VFIO_GROUP_SET_CONTAINER, &device.container) || ioctl(device.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
        not_asked("%s takes no container: %s", path, spelt(-errno));
    device_get(&device);
    // Not every driver does that at an open, and another program was here before.
    if (ioctl(device.fd, VFIO_DEVICE_RESET)) not_asked("%s cannot be reset: %s", name, spelt(-errno));
    return device;
}

// The group stays open, so that the device can be had again.
static inline void device_put(const struct device *device) { close(device->fd); }

static inline void device_reopen(struct device *device)
{
    device_put(device);
    device_get(device);
}

// One call of VFIO_DEVICE_FEATURE; what it holds goes both ways.
static inline long feature(const struct device *device, uint32_t flags, void *payload, size_t size)
{
    union {
        struct vfio_device_feature header;
        uint8_t bytes[sizeof(struct vfio_device_feature) + 64];
        uint64_t aligned;
    } request = { .header = { .argsz = (uint32_t)(sizeof request.header + size), .flags = flags } };
    if (size > 64) return -EINVAL;
    memcpy(request.header.data, payload, size);
    long seen = outcome(ioctl(device->fd, VFIO_DEVICE_FEATURE, &request));
    memcpy(payload, request.header.data, size);
    return seen;
}

// VFIO_MIGRATION_* of the device.
static inline uint64_t features_of(const struct device *device)
{
    struct vfio_device_feature_migration migration = { 0 };
    long seen = feature(device, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIGRATION, &migration, sizeof migration);
    if (seen < 0) not_asked("%s has no migration: %s", device->name, spelt(seen));
    return migration.flags;
}

// The data descriptor of the session that begins with the state, or 0; an errno as a negative number.
static inline long set_state(const struct device *device, uint32_t state)
{
    struct vfio_device_feature_mig_state request = { .device_state = state, .data_fd = -1 };
    long seen = feature(device, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &request, sizeof request);
    return seen < 0 ? seen : request.data_fd > 0 ? request.data_fd : 0;
}

static inline int begin_session(const struct device *device, uint32_t state, const char *step)
{
    long fd = set_state(device, state);
    if (fd <= 0) not_asked("%s: %s", step, fd ? spelt(fd) : "no data descriptor");
    printf("%s: a data descriptor\n", step);
    return (int)fd;
}

// The state, as a number of linux/vfio.h.
static inline long state_of(const struct device *device)
{
    struct vfio_device_feature_mig_state request = { 0 };
    long seen = feature(device, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, &request, sizeof request);
    return seen < 0 ? seen : (long)request.device_state;
}

// Up to the end, in pieces.
static inline long read_stream(int fd, struct stream *stream, size_t piece)
{
    stream->length = 0;
    while (stream->length < STREAM_LIMIT) {
        size_t room = STREAM_LIMIT - stream->length;
        long got = outcome(read(fd, stream->bytes + stream->length, piece < room ? piece : room));
        if (got < 0) return got;
        if (got == 0) return (long)stream->length;
        stream->length += (size_t)got;
    }
    return -EFBIG;
}

// The first answer that is not a whole piece, or the length of the stream.
static inline long write_stream(int fd, const struct stream *stream, size_t piece)
{
    for (size_t at = 0; at < stream->length;) {
        size_t left = stream->length - at, size = piece < left ? piece : left;
        long put = outcome(write(fd, stream->bytes + at, size));
        if (put != (long)size) return put;
        at += size;
    }
    return (long)stream->length;
}

// Stops a device that runs and reads its stream at once; it is in STOP_COPY then.
static inline struct stream save(const struct device *device)
{
    struct stream stream;
    int fd = begin_session(device, VFIO_DEVICE_STATE_STOP_COPY, "SET STOP_COPY");
    if (need(read_stream(fd, &stream, STREAM_LIMIT), "read to the end") == 0) not_asked("the stream is empty");
    close(fd);
    return stream;
}

// A word of a region; the offset is in bytes.
static inline off_t place_of(const struct device *device, uint32_t region, uint64_t offset)
{
    struct vfio_region_info info = { .argsz = sizeof info, .index = region };
    if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &info)) not_asked("region %u: %s", region, spelt(-errno));
    return (off_t)(info.offset + offset);
}

static inline uint32_t word(const struct device *device, uint32_t region, uint64_t offset)
{
    uint32_t value;
    if (pread(device->fd, &value, 4, place_of(device, region, offset)) != 4) not_asked("region %u cannot be read", region);
    return value;
}

static inline void put_word(const struct device *device, uint32_t region, uint64_t offset, uint32_t value)
{
    if (pwrite(device->fd, &value, 4, place_of(device, region, offset)) != 4) not_asked("region %u cannot be written", region);
}
