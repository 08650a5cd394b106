// MIG-RES-14: each session of RESUMING is validated from scratch. A good load, and then one whose magic is another, in the same open; and the same again after
// the device was opened anew, which is printed and decides nothing: a driver that compares there has the finding all the same.
// usage: one-match FUNCTION
#include "../../programs/load.h"

// True when nothing looked at the stream, neither the write nor the request.
static bool not_compared(const struct load *load, const struct stream *stream) { return took_all(load, stream) && load->left == 0; }

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: one-match FUNCTION");
    struct device function = device_open(words[1]);
    struct stream good = save(&function), spoilt = good;
    spoilt.bytes[0] ^= 1;

    need(set_state(&function, VFIO_DEVICE_STATE_STOP), "SET STOP");
    struct load first = load(&function, &good);
    need(first.wrote, "write all of it");
    need(first.left, "SET STOP");

    struct load second = load(&function, &spoilt);
    bool right = !not_compared(&second, &spoilt);
    answer("write all of it with another magic", second.wrote, right, "an errno here or in the next line");
    answer("SET STOP", second.left, right, "an errno here or in the line before");

    device_reopen(&function);
    struct load third = load(&function, &spoilt);
    printf("the same after the device was opened again: %s, ", spelt(third.wrote));
    printf("%s: %s\n", spelt(third.left), not_compared(&third, &spoilt) ? "not compared" : "compared");
    return verdict;
}
