// MIG-FD-16, MIG-RES-15: closing the device ends its session, in both directions.
// usage: session-outlives FUNCTION
#include "function.h"

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: session-outlives FUNCTION");
    struct device function = device_open(words[1]);
    uint8_t bytes[16] = { 0 };

    int fd = begin_session(&function, VFIO_DEVICE_STATE_STOP_COPY, "SET STOP_COPY");
    device_put(&function);
    long got = outcome(read(fd, bytes, 1));
    answer("device closed, read 1 byte", got, got <= 0, "an errno, or 0");
    close(fd);

    device_get(&function);
    fd = begin_session(&function, VFIO_DEVICE_STATE_RESUMING, "SET RESUMING");
    device_put(&function);
    long put = outcome(write(fd, bytes, sizeof bytes));
    answer("device closed, write 16 bytes", put, put < 0, "an errno");
    close(fd);
    return verdict;
}
