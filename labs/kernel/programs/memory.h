// For findings that write or read memory that is not theirs: asked only of a kernel that ends at once, instead of going on with what was broken.
#pragma once

#include "../../programs/asking.h"

static inline void need_checked_memory(void)
{
    char line[256];
    FILE *symbols = fopen("/proc/kallsyms", "r");
    if (!symbols) not_asked("/proc/kallsyms cannot be read");
    bool checks = false;
    while (!checks && fgets(line, sizeof line, symbols)) checks = strstr(line, " kasan_report\n");
    fclose(symbols);
    if (!checks) not_asked("this kernel does not check its memory (KASAN)");
}
