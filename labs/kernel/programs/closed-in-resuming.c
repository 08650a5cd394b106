// MIG-ERR-19: a device that was closed in RESUMING and is opened again answers whatever it is asked. Where it does not, the kernel ends.
// usage: closed-in-resuming DEVICE
#include "../../programs/asking.h"

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: closed-in-resuming DEVICE");
    struct device device = device_open(words[1]);
    begin_session(&device, VFIO_DEVICE_STATE_RESUMING, "SET RESUMING");
    device_reopen(&device);
    printf("closed and opened again\n");
    drain();
    answer("SET STOP", set_state(&device, VFIO_DEVICE_STATE_STOP), true, "success or an errno");
    return verdict;
}
