// MIG-STOP-15: STOP to RUNNING restarts full operation. What the software device of labs/hisi counted says whether the submission doorbell of each of the
// function's queues was rung; a function that was stopped and one that loaded a stream should be started the same way.
// usage: no-doorbells FUNCTION [SOURCE]; with SOURCE the function loads its stream, in place of saving its own
#include "../../programs/load.h"
#include "function.h"

static long counted(const struct device *function, const char *name)
{
    char path[256];
    long value;
    snprintf(path, sizeof path, "/sys/kernel/debug/fakeqm/%s/%s", function->name, name);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%ld", &value) != 1) not_asked("%s cannot be read", path);
    fclose(file);
    return value;
}

int main(int count, char **words)
{
    if (count != 2 && count != 3) not_asked("usage: no-doorbells FUNCTION [SOURCE]");
    struct device function = device_open(words[1]);
    set_up(&function);
    if (count == 3) {
        struct device source = device_open(words[2]);
        set_up(&source);
        struct stream stream = save(&source);
        struct load only = load(&function, &stream);
        need(only.wrote, "write all of it");
        need(only.left, "SET STOP");
    } else {
        save(&function);
        need(set_state(&function, VFIO_DEVICE_STATE_STOP), "SET STOP");
    }

    long queues = counted(&function, "qp_num"), before = counted(&function, "doorbells");
    need(set_state(&function, VFIO_DEVICE_STATE_RUNNING), "SET RUNNING");
    long rung = counted(&function, "doorbells") - before;
    printf("queues: %ld\n", queues);
    answer("doorbells that SET RUNNING rang", rung, rung == queues, "one of each queue");
    return verdict;
}
