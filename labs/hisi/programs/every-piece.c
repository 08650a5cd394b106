// MIG-FD-08, MIG-FD-09: a stream is the same in any sizes of reads, and loads in any sizes of writes.
// usage: every-piece FUNCTION
#include "function.h"

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: every-piece FUNCTION");
    struct device function = device_open(words[1]);
    struct stream whole = save(&function), pieces;

    // Still stopped, so the device is the same.
    need(set_state(&function, VFIO_DEVICE_STATE_STOP), "SET STOP");
    int fd = begin_session(&function, VFIO_DEVICE_STATE_STOP_COPY, "SET STOP_COPY");
    long length = need(read_stream(fd, &pieces, 1), "read to the end, 1 byte at a time");
    close(fd);
    answer("length of the two streams, difference", length - (long)whole.length, pieces.length == whole.length, "0");
    long different = 0;
    for (size_t at = 0; at < whole.length && at < pieces.length; at++) different += whole.bytes[at] != pieces.bytes[at];
    answer("bytes that differ", different, different == 0, "0");

    need(set_state(&function, VFIO_DEVICE_STATE_STOP), "SET STOP");
    fd = begin_session(&function, VFIO_DEVICE_STATE_RESUMING, "SET RESUMING");
    long put = write_stream(fd, &whole, 1);
    answer("write what was read at once, 1 byte at a time", put, put == (long)whole.length, "all of it");
    long left = set_state(&function, VFIO_DEVICE_STATE_STOP);
    answer("SET STOP", left, left == 0, "success");
    return verdict;
}
