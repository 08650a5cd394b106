// Changes an IORT so that every root complex of it says CANWBS (memory access flags, bit 2) and the kernel takes it for newer than the firmware's.
// usage: iort IN OUT
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 36, NODE_HEADER = 16, ROOT_COMPLEX = 2, CANWBS = 4, TABLE_LIMIT = 1 << 20 };

static int fail(const char *why) {
    fprintf(stderr, "iort: error: %s\n", why);
    return 1;
}

static uint32_t get(const unsigned char *at, int bytes) {
    uint32_t value = 0;
    while (bytes--) value = value << 8 | at[bytes];
    return value;
}

int main(int count, char **arguments) {
    static unsigned char table[TABLE_LIMIT];
    if (count != 3) return fail("usage: iort IN OUT");
    FILE *in = fopen(arguments[1], "rb");
    if (!in) return fail("the table cannot be read");
    size_t length = fread(table, 1, sizeof table, in);
    fclose(in);
    if (length < HEADER + 12 || memcmp(table, "IORT", 4) || get(table + 4, 4) != length) return fail("that is no IORT");
    uint32_t nodes = get(table + HEADER, 4);
    size_t at = get(table + HEADER + 4, 4);
    int changed = 0;
    for (; nodes; nodes--) {
        if (at > length || length - at < NODE_HEADER) return fail("a node is outside of the table");
        size_t size = get(table + at + 1, 2);
        if (size < NODE_HEADER || size > length - at) return fail("a node has a wrong length");
        // The memory access properties are the first of the node: cache coherency (4), hints (1), reserved (2), flags (1).
        if (table[at] == ROOT_COMPLEX) {
            if (size < NODE_HEADER + 8) return fail("a root complex is too short");
            table[at + NODE_HEADER + 7] |= CANWBS;
            changed++;
        }
        at += size;
    }
    if (!changed) return fail("it has no root complex");
    uint32_t revision = get(table + 24, 4) + 1;
    for (int byte = 0; byte < 4; byte++) table[24 + byte] = (unsigned char)(revision >> 8 * byte);
    unsigned char sum = 0;
    table[9] = 0;
    for (size_t i = 0; i < length; i++) sum += table[i];
    table[9] = (unsigned char)-sum;
    FILE *out = fopen(arguments[2], "wb");
    if (!out || fwrite(table, 1, length, out) != length || fclose(out)) return fail("the table cannot be written");
    return 0;
}
