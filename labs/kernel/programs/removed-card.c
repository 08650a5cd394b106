// MIG-FD-16: a session ends with its device, also when that is removed. With KASAN the kernel ends where the session's file uses a device that is gone.
// usage: removed-card DEVICE saving|resuming
#include "memory.h"

int main(int count, char **words)
{
    bool saving = count == 3 && !strcmp(words[2], "saving");
    if (count != 3 || (!saving && strcmp(words[2], "resuming"))) not_asked("usage: removed-card DEVICE saving|resuming");
    need_checked_memory();
    struct device device = device_open(words[1]);
    int fd = saving ? begin_session(&device, VFIO_DEVICE_STATE_PRE_COPY, "SET PRE_COPY") : begin_session(&device, VFIO_DEVICE_STATE_RESUMING, "SET RESUMING");
    device_put(&device);
    close(device.group);
    close(device.container);
    char path[256];
    snprintf(path, sizeof path, "/sys/bus/mdev/devices/%s/remove", device.name);
    int remove = open(path, O_WRONLY);
    need(outcome(write(remove, "1", 1)), "closed, and removed");
    drain();
    struct vfio_precopy_info info = { .argsz = sizeof info };
    long seen = saving ? outcome(ioctl(fd, VFIO_MIG_GET_PRECOPY_INFO, &info)) : outcome(write(fd, &info, 0));
    answer(saving ? "GET_PRECOPY_INFO" : "write 0 bytes", seen, seen < 0, "an errno");
    return verdict;
}
