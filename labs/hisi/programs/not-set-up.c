// MIG-RES-03, MIG-FD-20: a device that loaded a stream equals its source. The source is a function that no guest's driver has set up, the destination one that
// is ready.
// usage: not-set-up SOURCE DESTINATION
#include "../../programs/load.h"
#include "function.h"

int main(int count, char **words)
{
    if (count != 3) not_asked("usage: not-set-up SOURCE DESTINATION");
    struct device source = device_open(words[1]), destination = device_open(words[2]);
    if (word(&source, BAR, VF_STATE) != NOT_READY) not_asked("%s is set up: is the model's parameter ready 1?", source.name);
    struct stream stream = save(&source);

    set_up(&destination);
    struct load only = load(&destination, &stream);
    need(only.wrote, "write all of it");
    need(only.left, "SET STOP");
    need(set_state(&destination, VFIO_DEVICE_STATE_RUNNING), "SET RUNNING");
    uint32_t state = word(&destination, BAR, VF_STATE);
    answer("register 0x60 of the destination", state, state == NOT_READY, "1, which is that of the source");
    struct stream again = save(&destination);
    answer("length of the stream that it saves", (long)again.length, again.length == stream.length, "that of the stream that it loaded");
    return verdict;
}
