// A virtual function of an accelerator, as its driver in a VM sees it.
#pragma once

#include "../../programs/asking.h"

enum { BAR = 2, VF_STATE = 0x60, READY = 0, NOT_READY = 1 };

// What a guest's driver says once it runs the function.
static inline void set_up(const struct device *function)
{
    put_word(function, BAR, VF_STATE, READY);
    printf("%s: ready\n", function->name);
}
