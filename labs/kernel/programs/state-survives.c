// MIG-ERR-09, MIG-FSM-20 (convention): a device that was closed and is opened again is in RUNNING.
// usage: state-survives DEVICE
#include "../../programs/asking.h"

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: state-survives DEVICE");
    struct device device = device_open(words[1]);
    need(set_state(&device, VFIO_DEVICE_STATE_STOP), "SET STOP");
    device_reopen(&device);
    long state = state_of(&device);
    answer("closed and opened again, state", state, state == VFIO_DEVICE_STATE_RUNNING, "2, RUNNING");
    return verdict;
}
