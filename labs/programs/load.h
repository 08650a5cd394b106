// A load that must fail: what the write of the stream says, and the request that leaves RESUMING. It does not matter which of the two refuses.
#pragma once

#include "asking.h"

struct load {
    long wrote, left;
};

static inline struct load load(const struct device *device, const struct stream *stream)
{
    struct load load;
    int fd = begin_session(device, VFIO_DEVICE_STATE_RESUMING, "SET RESUMING");
    load.wrote = write_stream(fd, stream, STREAM_LIMIT);
    load.left = set_state(device, VFIO_DEVICE_STATE_STOP);
    close(fd);
    return load;
}

static inline bool took_all(const struct load *load, const struct stream *stream) { return load->wrote == (long)stream->length; }
