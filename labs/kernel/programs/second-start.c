// DLOG-11: START of a DMA log that runs fails.
// usage: second-start DEVICE
#include "../../programs/asking.h"

static long start(const struct device *device)
{
    struct vfio_device_feature_dma_logging_range window = { .iova = 0, .length = 1 << 30 };
    struct vfio_device_feature_dma_logging_control control = { .page_size = 4096, .num_ranges = 1, .ranges = (uintptr_t)&window };
    return feature(device, VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_DMA_LOGGING_START, &control, sizeof control);
}

int main(int count, char **words)
{
    if (count != 2) not_asked("usage: second-start DEVICE");
    struct device device = device_open(words[1]);
    need(start(&device), "LOG START");
    long again = start(&device);
    answer("LOG START", again, again < 0, "an errno");
    return verdict;
}
