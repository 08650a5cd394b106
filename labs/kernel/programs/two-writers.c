// MIG-FD-33: writes of two threads on one data descriptor stay inside the image: each is served whole or refused, and together they are not more than fits.
// With KASAN the kernel ends where one is not.
// usage: two-writers DEVICE
#include "../../programs/load.h"
#include "memory.h"

#include <pthread.h>
#include <stdatomic.h>

// Two writes do not meet in each round; where they never do, nothing was asked.
enum { ROUNDS = 2000 };

static struct stream image;
static int data_fd;
static atomic_int waiting;

static void *write_image(void *result)
{
    atomic_fetch_sub(&waiting, 1);
    while (atomic_load(&waiting) > 0) { }
    *(long *)result = outcome(write(data_fd, image.bytes, image.length));
    return NULL;
}

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: two-writers DEVICE");
    need_checked_memory();
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2) not_asked("this machine has one processor");
    struct device device = device_open(words[1]);
    image = save(&device);
    need(set_state(&device, VFIO_DEVICE_STATE_STOP), "SET STOP");
    printf("two threads write all of it, %d times\n", ROUNDS);
    drain();
    long served = 0;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[2];
        long results[2] = { 0, 0 };
        data_fd = (int)set_state(&device, VFIO_DEVICE_STATE_RESUMING);
        if (data_fd <= 0) not_asked("SET RESUMING: %s", spelt(data_fd));
        atomic_store(&waiting, 2);
        for (int thread = 0; thread < 2; thread++) {
            if (pthread_create(&threads[thread], NULL, write_image, &results[thread])) not_asked("no thread");
        }
        for (int thread = 0; thread < 2; thread++) pthread_join(threads[thread], NULL);
        served += results[0] > 0 && results[1] > 0;
        set_state(&device, VFIO_DEVICE_STATE_STOP);
        close(data_fd);
    }
    answer("rounds in which both were served", served, served == 0, "0");
    return verdict;
}
