// MIG-PRE-06 (SHOULD): a read in PRE_COPY with both counters 0 returns ENOMSG.
// usage: pre-copy-end DEVICE
#include "asking.h"

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: pre-copy-end DEVICE");
    struct device device = device_open(words[1]);
    if (!(features_of(&device) & VFIO_MIGRATION_PRE_COPY)) not_asked("the driver has no PRE_COPY");

    int fd = begin_session(&device, VFIO_DEVICE_STATE_PRE_COPY, "SET PRE_COPY");
    struct vfio_precopy_info info = { .argsz = sizeof info };
    uint8_t bytes[STREAM_LIMIT];
    need(outcome(read(fd, bytes, sizeof bytes)), "read what is there");
    need(outcome(ioctl(fd, VFIO_MIG_GET_PRECOPY_INFO, &info)), "GET_PRECOPY_INFO");
    printf("initial_bytes %llu, dirty_bytes %llu\n", (unsigned long long)info.initial_bytes, (unsigned long long)info.dirty_bytes);
    if (info.initial_bytes || info.dirty_bytes) not_asked("there is more to read");
    long end = outcome(read(fd, bytes, 1));
    answer("read 1 byte", end, end == -ENOMSG, "ENOMSG");
    return verdict;
}
