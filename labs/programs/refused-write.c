// MIG-RES-13: once a write reported that the bytes are invalid, leaving RESUMING fails. On a device into which nothing was loaded since its driver was bound:
// some drivers compare no stream behind the first one that was right (labs/hisi/programs/one-match.c).
// usage: refused-write DEVICE [OTHER]; the stream is the device's own with its first bit inverted, which is in the magic, or that of OTHER, of another kind
#include "load.h"

int main(int count, char **words)
{
    if (count != 2 && count != 3) not_asked("usage: refused-write DEVICE [OTHER]");
    struct device device = device_open(words[1]);
    struct stream stream;
    if (count == 3) {
        struct device other = device_open(words[2]);
        stream = save(&other);
    } else {
        stream = save(&device);
        stream.bytes[0] ^= 1;
        need(set_state(&device, VFIO_DEVICE_STATE_STOP), "SET STOP");
    }

    struct load only = load(&device, &stream);
    printf("write all of it: %s\n", spelt(only.wrote));
    // That is another finding.
    if (took_all(&only, &stream) && only.left == 0) not_asked("the write refused nothing, and neither did SET STOP");
    answer("SET STOP", only.left, only.left < 0, "an errno");
    return verdict;
}
