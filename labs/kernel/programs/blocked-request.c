// MIG-FSM-09, MIG-FSM-27: STOP_COPY to PRE_COPY is refused, in bounded time, and the state is kept. Where the request never returns, the guest's watchdog ends
// it.
// usage: blocked-request DEVICE
#include "../../programs/asking.h"

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: blocked-request DEVICE");
    struct device device = device_open(words[1]);
    begin_session(&device, VFIO_DEVICE_STATE_STOP_COPY, "SET STOP_COPY");
    drain();
    long seen = set_state(&device, VFIO_DEVICE_STATE_PRE_COPY);
    answer("SET PRE_COPY", seen, seen == -EINVAL, "EINVAL");
    long state = state_of(&device);
    answer("state", state, state == VFIO_DEVICE_STATE_STOP_COPY, "3, STOP_COPY");
    return verdict;
}
