// MIG-RES-28: what a stream says that is an index later is checked by the load. The head of a port's FIFO, which has 16 characters, is 16 here. Nothing touches
// the port afterwards.
// usage: fifo-index DEVICE
#include "../../programs/load.h"

enum { HEAD_OF_FIRST_PORT = 48, CHARACTERS = 16 };

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: fifo-index DEVICE");
    struct device device = device_open(words[1]);
    struct stream stream = save(&device);
    if (stream.length <= HEAD_OF_FIRST_PORT) not_asked("the stream is not one of mtty");
    need(set_state(&device, VFIO_DEVICE_STATE_STOP), "SET STOP");
    stream.bytes[HEAD_OF_FIRST_PORT] = CHARACTERS;
    struct load only = load(&device, &stream);
    printf("write all of it: %s\n", spelt(only.wrote));
    answer("SET STOP", only.left, only.left < 0, "an errno");
    return verdict;
}
