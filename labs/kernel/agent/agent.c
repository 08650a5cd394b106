// The guest's half of the forwarder: executes raw system calls that arrive over virtio-serial.
// The protocol is described in protocol.md; the host may send anything, so every length is checked
// before it is used and no message ends the process.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    PROTOCOL_VERSION = 1,
    MESSAGE_LIMIT = 1 << 20,
    CALL_LIMIT = 4096,
    PORT_DESCRIPTOR = 4000,
    DESCRIPTOR_LIMIT = 4096,
    PARTIAL_TIMEOUT_MS = 2000,
    MAPPING_LIMIT = 64,
    MAPPED_LIMIT = 64 << 20,
};

#define REQUEST_MAGIC 0x51524643u  // "CFRQ"
#define RESPONSE_MAGIC 0x53524643u // "CFRS"
#define FROM_RETURN_VALUE 0xFFFFFFFFu

enum operation {
    OP_ECHO = 1, OP_HELLO = 2, OP_OPEN = 3, OP_CLOSE = 4, OP_IOCTL = 5, OP_READ = 6, OP_WRITE = 7,
    OP_PREAD = 8, OP_PWRITE = 9, OP_LSEEK = 10, OP_POLL = 11, OP_DUP = 12, OP_FCNTL = 13,
    OP_SETRLIMIT = 14, OP_GETRLIMIT = 15, OP_ACCESS = 16, OP_READLINK = 17, OP_READ_FILE = 18,
    OP_WRITE_FILE = 19, OP_LIST = 20, OP_COUNT_DESCRIPTORS = 21, OP_RELEASE = 22,
    OP_THREADS = 23, OP_EVENT = 24, OP_MAP = 25, OP_UNMAP = 26, OP_LOAD = 27, OP_STORE = 28,
    OP_BEGIN_WRITE_FILE = 29, OP_END_WRITE_FILE = 30,
};

enum flag {
    FLAG_BUFFER = 1,            // ioctl: the argument is a pointer to the buffer, not the value b
    FLAG_READ_ONLY = 2,         // the argument's pages are PROT_READ during the call
    FLAG_DESCRIPTOR_OF_CALL = 4, // fd is the index of an earlier call of this message
    FLAG_ATTACHED = 8,          // the attached buffer's address is stored in the argument
    FLAG_STOP_ON_FAILURE = 16,  // later calls of this message are skipped when this one fails
    FLAG_ATTACHED_READ_ONLY = 32,
    FLAG_RETURN_ALL = 64,       // return all accessible argument bytes, not only those that were read
    FLAG_RETURN_NONE = 128,     // return no bytes at all
    FLAG_KNOWN = 255,
};

enum status { EXECUTED = 0, SKIPPED = 1, BAD_CALL = 2, RESPONSE_FULL = 3 };

struct frame { uint32_t magic, length, sequence, count; };

struct call {
    uint16_t operation, flags;
    int32_t fd;
    uint64_t a, b;
    uint32_t size, accessible, sent;
    uint32_t attached_offset, attached_size, attached_accessible, attached_sent;
    uint32_t descriptor_offset;
};

struct result { int64_t value; int32_t error; uint32_t status, length, attached_length; };

_Static_assert(sizeof(struct frame) == 16 && sizeof(struct call) == 56 && sizeof(struct result) == 24, "wire layout");

// A buffer that ends at an inaccessible page, so that the first byte behind `accessible` faults.
struct arena { unsigned char *end; size_t length; };

static struct arena argument_arena, attached_arena;
static unsigned char request[MESSAGE_LIMIT], response[sizeof(struct frame) + MESSAGE_LIMIT];
static size_t page;
static long processors;
static struct rlimit initial_limit;

static struct arena arena_create(size_t length) {
    struct arena arena = { 0 };
    length = (length + page - 1) & ~(page - 1);
    unsigned char *base = mmap(NULL, length + MESSAGE_LIMIT + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED || mprotect(base, length, PROT_READ | PROT_WRITE)) return arena;
    memset(base, 0, length);
    arena.end = base + length;
    arena.length = length;
    return arena;
}

static void arena_protect(const struct arena *arena, uint32_t accessible, int protection) {
    size_t length = ((size_t)accessible + page - 1) & ~(page - 1);
    if (length) mprotect(arena->end - length, length, protection);
}

// Earlier results of the current message, for calls that use them as descriptor.
struct past { int64_t value; uint32_t status, offset, length; };
static struct past history[CALL_LIMIT];

static int descriptor_of(const struct call *call, uint32_t index, int *fd) {
    *fd = call->fd;
    if (!(call->flags & FLAG_DESCRIPTOR_OF_CALL)) return 0;
    if (call->fd < 0 || (uint32_t)call->fd >= index) return -1;
    const struct past *past = &history[call->fd];
    *fd = -1;
    if (past->status != EXECUTED || past->value < 0) return 0;
    if (call->descriptor_offset == FROM_RETURN_VALUE) {
        *fd = past->value > INT32_MAX ? -1 : (int)past->value;
        return 0;
    }
    if (past->length < 4 || call->descriptor_offset > past->length - 4) return -1;
    int32_t stored;
    memcpy(&stored, response + past->offset + call->descriptor_offset, 4);
    *fd = stored;
    return 0;
}

static int64_t list_directory(const char *path, unsigned char *out, uint32_t room) {
    DIR *directory = opendir(path);
    if (!directory) return -1;
    uint32_t used = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        size_t length = strlen(entry->d_name);
        if (length + 1 > room - used) break;
        memcpy(out + used, entry->d_name, length);
        out[used + length] = '\n';
        used += (uint32_t)length + 1;
    }
    closedir(directory);
    return used;
}

static int64_t read_file(const char *path, unsigned char *out, uint32_t room) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    uint32_t used = 0;
    int failure = 0;
    while (used < room) {
        ssize_t got = read(fd, out + used, room - used);
        if (got < 0) failure = errno;
        if (got <= 0) break;
        used += (uint32_t)got;
    }
    close(fd);
    errno = failure;
    return failure ? -1 : (int64_t)used;
}

static int64_t write_file(const char *path, const unsigned char *data, uint32_t length) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t put = write(fd, data, length);
    int failure = put < 0 ? errno : 0;
    close(fd);
    errno = failure;
    return put;
}

// A write that goes on beside the calls that follow: one at a time. What removes a device waits until nobody has it open.
static struct { char path[4096]; unsigned char data[256]; uint32_t length; pthread_t thread; int begun; int64_t value; int error; atomic_int done; } beside;

static void *write_beside(void *unused) {
    beside.value = write_file(beside.path, beside.data, beside.length);
    beside.error = beside.value < 0 ? errno : 0;
    atomic_store(&beside.done, 1);
    return unused;
}

// Of a connection that is gone nobody asks for the end.
static void end_finished_write(void) {
    if (!beside.begun || !atomic_load(&beside.done)) return;
    pthread_join(beside.thread, NULL);
    beside.begun = 0;
}

static int64_t begin_write_file(const char *path, const unsigned char *data, uint32_t length) {
    if (beside.begun) { errno = EBUSY; return -1; }
    if (length > sizeof beside.data) { errno = E2BIG; return -1; }
    memcpy(beside.path, path, strlen(path) + 1);
    memcpy(beside.data, data, length);
    beside.length = length;
    atomic_store(&beside.done, 0);
    int failure = pthread_create(&beside.thread, NULL, write_beside, NULL);
    if (failure) { errno = failure; return -1; }
    beside.begun = 1;
    // Time to get there. Where it does not, the calls that follow meet nobody, and nothing else depends on it.
    struct timespec millisecond = { .tv_nsec = 1000000 };
    for (int passed = 0; passed < 20 && !atomic_load(&beside.done); passed++) nanosleep(&millisecond, NULL);
    return 0;
}

static int64_t end_write_file(void) {
    if (!beside.begun) { errno = EINVAL; return -1; }
    pthread_join(beside.thread, NULL);
    beside.begun = 0;
    errno = beside.error;
    return beside.value;
}

// No /proc walk: that would need a descriptor, and callers count under a lowered limit too.
static int64_t count_descriptors(void) {
    int64_t count = 0;
    for (int fd = 0; fd < DESCRIPTOR_LIMIT; fd++)
        if (fd != PORT_DESCRIPTOR && fcntl(fd, F_GETFD) >= 0) count++;
    return count;
}

// Memory that the host asked for, or a piece of a file; nothing else is loaded from, stored to or unmapped.
struct mapping { uintptr_t start; size_t length; };
static struct mapping mappings[MAPPING_LIMIT];

static int64_t map_memory(int fd, int64_t offset, uint64_t length) {
    struct mapping *unused = NULL;
    size_t mapped = 0;
    for (struct mapping *mapping = mappings; mapping < mappings + MAPPING_LIMIT; mapping++) {
        mapped += mapping->length;
        if (!mapping->length) unused = mapping;
    }
    if (!length) { errno = EINVAL; return -1; }
    if (!unused || length > MAPPED_LIMIT - mapped) { errno = ENOMEM; return -1; }
    void *start = mmap(NULL, length, PROT_READ | PROT_WRITE, fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, fd < 0 ? 0 : (off_t)offset);
    if (start == MAP_FAILED) return -1;
    *unused = (struct mapping){ (uintptr_t)start, length };
    return (int64_t)(uintptr_t)start;
}

static int64_t unmap_memory(uint64_t start) {
    for (struct mapping *mapping = mappings; mapping < mappings + MAPPING_LIMIT; mapping++) {
        if (!mapping->length || mapping->start != start) continue;
        int64_t result = munmap((void *)mapping->start, mapping->length);
        if (!result) *mapping = (struct mapping){ 0 };
        return result;
    }
    errno = EINVAL;
    return -1;
}

static void unmap_all(void) {
    for (struct mapping *mapping = mappings; mapping < mappings + MAPPING_LIMIT; mapping++)
        if (mapping->length) unmap_memory(mapping->start);
}

static int is_mapped(uint64_t address, uint32_t length) {
    for (const struct mapping *mapping = mappings; mapping < mappings + MAPPING_LIMIT; mapping++)
        if (mapping->length && address >= mapping->start && address - mapping->start <= mapping->length
            && length <= mapping->length - (address - mapping->start))
            return 1;
    return 0;
}

// One access where `length` is that of a word and its place is aligned to it, because a register can tell; else byte by byte.
static void copy_words(void *mapped, void *own, uint32_t length, int is_store) {
    uintptr_t at = (uintptr_t)mapped;
#define ONE_ACCESS(type) \
    if (length == sizeof(type) && at % sizeof(type) == 0) { \
        type word; \
        if (is_store) { \
            memcpy(&word, own, sizeof word); \
            *(volatile type *)mapped = word; \
        } else { \
            word = *(volatile type *)mapped; \
            memcpy(own, &word, sizeof word); \
        } \
        return; \
    }
    ONE_ACCESS(uint64_t)
    ONE_ACCESS(uint32_t)
    ONE_ACCESS(uint16_t)
#undef ONE_ACCESS
    for (uint32_t index = 0; index < length; index++) {
        volatile unsigned char *there = (volatile unsigned char *)mapped + index;
        unsigned char *here = (unsigned char *)own + index;
        if (is_store) *there = *here;
        else *here = *there;
    }
}

static int64_t access_mapping(uint64_t address, unsigned char *own, uint32_t length, int is_store) {
    if (!is_mapped(address, length)) { errno = EINVAL; return -1; }
    copy_words((void *)(uintptr_t)address, own, length, is_store);
    return length;
}

static int64_t release_all(void) {
    int64_t closed = 0;
    end_finished_write();
    // First: a mapping of a device keeps it open.
    unmap_all();
    for (int fd = 3; fd < DESCRIPTOR_LIMIT; fd++)
        if (fd != PORT_DESCRIPTOR && !close(fd)) closed++;
    setrlimit(RLIMIT_NOFILE, &initial_limit);
    return closed;
}

static uint32_t least(uint32_t left, uint32_t right) { return left < right ? left : right; }

// Calls of several threads on one device (operation 23). A script is made in rounds: what comes before the threads, the threads, what comes behind them; then
// the descriptors that the round opened are closed. The host sees that the device is where it was, by what comes before the threads.
enum {
    SCRIPT_CALLS = 64, SCRIPT_THREADS = 4, THREAD_BEFORE = 0, THREAD_AFTER = SCRIPT_THREADS + 1,
    SCRIPT_REPEATS = 100, SPINS = 2000, MEET_LAPS = 4, MEET_QUICK_NS = 10000, MEET_LIMIT_NS = 10000000, MEET_PATIENCE_NS = 3000000,
};

enum script_flag {
    SCRIPT_BUFFER = 1,     // ioctl: the argument is a pointer
    SCRIPT_ON_SESSION = 2, // ioctl: of the data fd
    SCRIPT_OPENS = 4,      // ioctl: the s32 at offset 12 is the data fd of a session, when it is not negative
    SCRIPT_TO_END = 8,     // read: until 0 or a failure, or until the room is full
    SCRIPT_AGAIN = 16,     // made again after EINTR, and after EAGAIN
    SCRIPT_KNOWN = 31,
};

struct script { uint32_t rounds, calls; int32_t device, session; uint32_t position, keeps, window, chunk; };
struct script_call { uint16_t operation, flags; uint32_t thread; uint64_t request; uint32_t size, image, image_length, reserved; };
struct script_record {
    int64_t value;
    int32_t error;
    uint32_t made;
    int32_t session;
    uint32_t position;
    uint64_t begin, end;
    uint32_t length, reserved;
};

_Static_assert(sizeof(struct script) == 32 && sizeof(struct script_call) == 32 && sizeof(struct script_record) == 48, "wire layout");

// The session that lives: its descriptor, and which call of the script opened it (-1: it was there before).
struct live { int32_t fd, owner; };

struct play {
    struct script script;
    const struct script_call *calls;
    const unsigned char *bytes[SCRIPT_CALLS]; // what an ioctl is given
    const unsigned char *images;
    unsigned char *records[SCRIPT_CALLS];     // of this round
    uint32_t threads, round;
    _Atomic struct live live;
    _Atomic uint32_t position;
    _Atomic uint32_t ready, token, met;
    uint64_t patience; // ns that may still be waited for threads that do not meet, in all rounds together; the first thread's
    int opened[SCRIPT_CALLS];
    _Atomic uint32_t opened_count;
};

struct player { struct play *play; uint32_t number; pthread_t thread; };

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int64_t once(const struct script_call *call, int fd, unsigned char *room, const unsigned char *image, uint32_t count) {
    switch (call->operation) {
    case OP_IOCTL: return ioctl(fd, (unsigned long)call->request, call->flags & SCRIPT_BUFFER ? (unsigned long)room : 0);
    case OP_READ: return read(fd, room, count);
    default: return write(fd, image, count);
    }
}

static void play_call(struct play *play, uint32_t index) {
    const struct script_call *call = &play->calls[index];
    struct script_record record = { .session = -2 };
    unsigned char *room = play->records[index] + sizeof record;
    struct live live = atomic_load(&play->live);
    int on_session = call->operation != OP_IOCTL || call->flags & SCRIPT_ON_SESSION;
    uint32_t position = atomic_load(&play->position), count = call->size;
    const unsigned char *image = NULL;
    if (call->operation == OP_WRITE) {
        count = position < call->image_length ? least(call->size, call->image_length - position) : 0;
        image = play->images + call->image + position;
    }
    // Nothing to call it on, or nothing left to write.
    if ((on_session && live.fd < 0) || (call->operation == OP_WRITE && !count)) {
        memcpy(play->records[index], &record, sizeof record);
        return;
    }
    int fd = on_session ? live.fd : play->script.device;
    if (call->operation == OP_IOCTL) memcpy(room, play->bytes[index], call->size);
    int64_t value = 0;
    int error = 0;
    record.begin = now_ns();
    for (uint32_t again = 0;;) {
        uint32_t wanted = call->flags & SCRIPT_TO_END ? least(play->script.chunk, count - record.length) : count;
        value = once(call, fd, room + record.length, image, wanted);
        error = value < 0 ? errno : 0;
        if (value < 0 && call->flags & SCRIPT_AGAIN && (error == EINTR || error == EAGAIN) && again++ < SCRIPT_REPEATS) {
            sched_yield();
            continue;
        }
        if (call->operation == OP_READ && value > 0) record.length += least((uint32_t)value, wanted);
        if (!(call->flags & SCRIPT_TO_END) || value <= 0 || record.length == count) break;
    }
    record.end = now_ns();
    if (call->operation == OP_IOCTL) record.length = call->size;
    record.value = value;
    record.error = error;
    record.made = 1;
    record.session = on_session ? live.owner : -2;
    record.position = position;
    int32_t opened = -1;
    if (call->flags & SCRIPT_OPENS && value >= 0) memcpy(&opened, room + 12, 4);
    // 0 is what the host puts there: a driver that leaves it alone opened nothing that could be closed here.
    if (opened > 2 && opened != PORT_DESCRIPTOR) {
        play->opened[atomic_fetch_add(&play->opened_count, 1)] = opened;
        atomic_store(&play->position, 0);
        atomic_store(&play->live, ((struct live){ opened, (int32_t)index }));
    } else if (call->operation == OP_WRITE && value > 0) {
        struct live after = atomic_load(&play->live);
        if (after.owner == live.owner) atomic_fetch_add(&play->position, (uint32_t)value);
    }
    memcpy(play->records[index], &record, sizeof record);
}

static void play_thread(struct play *play, uint32_t thread) {
    for (uint32_t index = 0; index < play->script.calls; index++)
        if (play->calls[index].thread == thread) play_call(play, index);
}

// A guest's processors are threads of a machine that has other things to do. A token goes round, and the threads go on when it is quick, because then all of
// them run at this moment; or when that takes too long.
static void meet(struct play *play, uint32_t mine) {
    uint64_t begin = now_ns(), limit = play->patience < MEET_LIMIT_NS ? play->patience : MEET_LIMIT_NS, lap = 0;
    while (!atomic_load(&play->met)) {
        uint32_t token = atomic_load(&play->token);
        if (token % play->threads == mine) {
            if (mine == 0 && token / play->threads % MEET_LAPS == 0) {
                uint64_t now = now_ns();
                if ((token && now - lap < MEET_QUICK_NS) || now - begin > limit) {
                    play->patience -= now - begin < play->patience ? now - begin : play->patience;
                    atomic_store(&play->met, 1);
                }
                lap = now;
            }
            atomic_store(&play->token, token + 1);
        }
    }
}

// All of them stand here before one goes on, and then wait a time that is another one in each round: so calls meet in all of their parts.
static void *play_beside(void *argument) {
    struct player *player = argument;
    struct play *play = player->play;
    // One processor each, as far as there are some: two threads of one processor hardly ever meet inside of a call.
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET((player->number - 1) % (uint32_t)processors, &own);
    sched_setaffinity(0, sizeof own, &own);
    atomic_fetch_add(&play->ready, 1);
    for (uint32_t spins = 1; atomic_load(&play->ready) < play->threads; spins++)
        if (spins % SPINS == 0) sched_yield();
    if (play->threads > 1 && play->threads <= (uint32_t)processors) meet(play, player->number - 1);
    if (play->script.window && play->round % 2) {
        uint64_t mixed = (play->round * 4 + player->number) * 0x9E3779B97F4A7C15u;
        uint64_t due = now_ns() + (mixed >> 32) % play->script.window;
        while (now_ns() < due) { }
    }
    play_thread(play, player->number);
    return NULL;
}

// 0, or the errno of what is wrong with the script.
static int play_check(struct play *play, const unsigned char *argument, uint32_t size, uint32_t room, uint32_t *record_bytes) {
    if (size < sizeof play->script) return EINVAL;
    memcpy(&play->script, argument, sizeof play->script);
    if (play->script.calls > SCRIPT_CALLS || size - sizeof play->script < play->script.calls * sizeof(struct script_call)) return EINVAL;
    if (!play->script.chunk || play->script.device == PORT_DESCRIPTOR || play->script.session == PORT_DESCRIPTOR) return EINVAL;
    static struct script_call calls[SCRIPT_CALLS];
    memcpy(calls, argument + sizeof play->script, play->script.calls * sizeof(struct script_call));
    play->calls = calls;
    uint32_t at = (uint32_t)(sizeof play->script + play->script.calls * sizeof(struct script_call));
    uint64_t total = 0;
    for (uint32_t index = 0; index < play->script.calls; index++) {
        const struct script_call *call = &calls[index];
        if (call->flags & ~SCRIPT_KNOWN || call->thread > THREAD_AFTER || call->size > MESSAGE_LIMIT) return EINVAL;
        if (call->operation != OP_IOCTL && call->operation != OP_READ && call->operation != OP_WRITE) return EINVAL;
        if (call->flags & SCRIPT_OPENS && (call->operation != OP_IOCTL || call->size < 16)) return EINVAL;
        if (call->operation == OP_IOCTL) {
            if (call->size > size - at) return EINVAL;
            play->bytes[index] = argument + at;
            at += call->size;
        }
        if (call->thread > play->threads && call->thread <= SCRIPT_THREADS) play->threads = call->thread;
        total += sizeof(struct script_record) + (call->operation == OP_WRITE ? 0 : call->size);
    }
    play->images = argument + at;
    for (uint32_t index = 0; index < play->script.calls; index++)
        if (calls[index].operation == OP_WRITE && (calls[index].image > size - at || calls[index].image_length > size - at - calls[index].image)) return EINVAL;
    if (total * play->script.rounds > room) return EMSGSIZE;
    *record_bytes = (uint32_t)total;
    return 0;
}

// Makes all rounds; returns the bytes of the records, or -1.
static int64_t play_script(const unsigned char *argument, uint32_t size, unsigned char *out, uint32_t room) {
    static struct play play;
    memset(&play, 0, sizeof play);
    uint32_t record_bytes = 0;
    int wrong = play_check(&play, argument, size, room, &record_bytes);
    if (wrong) { errno = wrong; return -1; }
    play.patience = (uint64_t)play.script.rounds * MEET_PATIENCE_NS;
    for (uint32_t round = 0; round < play.script.rounds; round++) {
        play.round = round;
        unsigned char *at = out + (size_t)round * record_bytes;
        for (uint32_t index = 0; index < play.script.calls; index++) {
            play.records[index] = at;
            at += sizeof(struct script_record) + (play.calls[index].operation == OP_WRITE ? 0 : play.calls[index].size);
        }
        memset(out + (size_t)round * record_bytes, 0, record_bytes);
        atomic_store(&play.opened_count, 0);
        atomic_store(&play.ready, 0);
        atomic_store(&play.token, 0);
        atomic_store(&play.met, 0);
        atomic_store(&play.live, ((struct live){ round ? -1 : play.script.session, -1 }));
        atomic_store(&play.position, round ? 0 : play.script.position);
        // The first round begins where the host has taken the device.
        if (round) play_thread(&play, THREAD_BEFORE);
        if (round && !play.script.keeps) atomic_store(&play.live, ((struct live){ -1, -1 }));
        struct player players[SCRIPT_THREADS];
        uint32_t started = 0;
        for (; started < play.threads; started++) {
            players[started] = (struct player){ .play = &play, .number = started + 1 };
            if (pthread_create(&players[started].thread, NULL, play_beside, &players[started])) break;
        }
        // Those that are there must not wait for one that is not.
        int failure = started < play.threads ? EAGAIN : 0;
        if (failure) atomic_store(&play.ready, play.threads);
        for (uint32_t thread = 0; thread < started; thread++) pthread_join(players[thread].thread, NULL);
        if (!failure) play_thread(&play, THREAD_AFTER);
        for (uint32_t index = 0; index < atomic_load(&play.opened_count); index++) close(play.opened[index]);
        if (failure) { errno = failure; return -1; }
    }
    return (int64_t)play.script.rounds * record_bytes;
}

static int64_t execute(const struct call *call, int fd, unsigned char *argument, unsigned char *attached) {
    char path[4096];
    uint32_t room = call->attached_accessible < call->attached_size ? call->attached_accessible : call->attached_size;
    switch (call->operation) {
    case OP_OPEN: case OP_ACCESS: case OP_READLINK: case OP_READ_FILE: case OP_WRITE_FILE: case OP_BEGIN_WRITE_FILE: case OP_LIST:
        if (call->size >= sizeof path || call->accessible < call->size) { errno = ENAMETOOLONG; return -1; }
        memcpy(path, argument, call->size);
        path[call->size] = 0;
        break;
    default:
        break;
    }
    switch (call->operation) {
    case OP_ECHO: return call->size;
    case OP_HELLO: return PROTOCOL_VERSION;
    case OP_OPEN: return open(path, (int)call->a, (mode_t)call->b);
    case OP_CLOSE: return close(fd);
    case OP_IOCTL:
        return ioctl(fd, (unsigned long)call->a, call->flags & FLAG_BUFFER ? (unsigned long)argument : (unsigned long)call->b);
    case OP_READ: return read(fd, argument, call->size);
    case OP_WRITE: return write(fd, argument, call->size);
    case OP_PREAD: return pread(fd, argument, call->size, (off_t)call->a);
    case OP_PWRITE: return pwrite(fd, argument, call->size, (off_t)call->a);
    case OP_LSEEK: return lseek(fd, (off_t)call->a, (int)call->b);
    case OP_POLL: {
        struct pollfd one = { .fd = fd, .events = (short)call->a };
        int ready = poll(&one, 1, (int)call->b);
        return ready < 0 ? -1 : (int64_t)(uint16_t)one.revents;
    }
    case OP_DUP: return dup(fd);
    case OP_FCNTL: return fcntl(fd, (int)call->a, (long)call->b);
    case OP_SETRLIMIT: {
        struct rlimit limit = { .rlim_cur = call->a, .rlim_max = initial_limit.rlim_max };
        return setrlimit(RLIMIT_NOFILE, &limit);
    }
    case OP_GETRLIMIT: {
        struct rlimit limit;
        return getrlimit(RLIMIT_NOFILE, &limit) ? -1 : (int64_t)limit.rlim_cur;
    }
    case OP_ACCESS: return access(path, (int)call->a);
    case OP_READLINK: return readlink(path, (char *)attached, room);
    case OP_READ_FILE: return read_file(path, attached, room);
    case OP_WRITE_FILE: return write_file(path, attached, room);
    case OP_LIST: return list_directory(path, attached, room);
    case OP_COUNT_DESCRIPTORS: return count_descriptors();
    case OP_RELEASE: return release_all();
    case OP_THREADS: return play_script(argument, least(call->size, call->accessible), attached, room);
    case OP_BEGIN_WRITE_FILE: return begin_write_file(path, attached, room);
    case OP_END_WRITE_FILE: return end_write_file();
    case OP_EVENT: return eventfd((unsigned int)call->a, EFD_CLOEXEC | EFD_NONBLOCK);
    case OP_MAP:
        // An earlier call that failed has no descriptor; that is no wish for memory of nobody.
        if (fd < 0 && call->flags & FLAG_DESCRIPTOR_OF_CALL) { errno = EBADF; return -1; }
        return map_memory(fd, (int64_t)call->a, call->b);
    case OP_UNMAP: return unmap_memory(call->a);
    case OP_LOAD: case OP_STORE: return access_mapping(call->a, argument, call->size, call->operation == OP_STORE);
    default: errno = ENOSYS; return -1;
    }
}

// Memory that cannot be reached is an errno as in a system call, be it behind the end of a mapped file, a device that does not answer, or a buffer that the
// host wanted protected.
static __thread volatile sig_atomic_t is_guarded;
static __thread sigjmp_buf landing;

static void on_fault(int signal_number) {
    if (is_guarded) siglongjmp(landing, 1);
    signal(signal_number, SIG_DFL); // the access is made again, and ends the process
}

static int64_t execute_guarded(const struct call *call, int fd, unsigned char *argument, unsigned char *attached) {
    if (sigsetjmp(landing, 0)) {
        is_guarded = 0;
        errno = EFAULT;
        return -1;
    }
    is_guarded = 1;
    int64_t value = execute(call, fd, argument, attached);
    is_guarded = 0;
    return value;
}

// How many argument and attached bytes the answer carries at most; known before the call so that an
// answer that would not fit is refused instead of executed.
static uint32_t argument_room(const struct call *call) {
    if (call->flags & FLAG_RETURN_NONE) return 0;
    if (call->flags & FLAG_RETURN_ALL) return call->accessible;
    switch (call->operation) {
    case OP_ECHO: case OP_IOCTL: case OP_READ: case OP_PREAD: case OP_LOAD: return call->accessible;
    default: return 0;
    }
}

static uint32_t attached_room(const struct call *call) {
    if (call->flags & FLAG_RETURN_NONE || call->operation == OP_WRITE_FILE || call->operation == OP_BEGIN_WRITE_FILE) return 0;
    return call->attached_accessible;
}

static int valid(const struct call *call, size_t left) {
    if (call->flags & ~FLAG_KNOWN) return 0;
    if (call->size > MESSAGE_LIMIT || call->attached_size > MESSAGE_LIMIT) return 0;
    if (call->accessible > call->size || call->attached_accessible > call->attached_size) return 0;
    if (call->sent > call->size || call->attached_sent > call->attached_size) return 0;
    if ((size_t)call->sent + call->attached_sent > left) return 0;
    if (call->flags & FLAG_ATTACHED && call->attached_offset > call->size) return 0;
    return 1;
}

static void fill(unsigned char *at, uint32_t accessible, const unsigned char *bytes, uint32_t sent) {
    uint32_t stored = least(sent, accessible);
    memcpy(at, bytes, stored);
    memset(at + stored, 0, accessible - stored);
}

// Answers all calls of one message into `response`; returns the bytes of the answer behind the frame.
static uint32_t answer(size_t length, uint32_t count, uint32_t *answered) {
    size_t at = 0;
    uint32_t used = 0;
    int stopped = 0;
    *answered = 0;
    for (uint32_t index = 0; index < count; index++) {
        struct call call;
        struct result result = { .value = -1, .error = EINVAL, .status = BAD_CALL };
        unsigned char *out = response + sizeof(struct frame) + used;
        if (MESSAGE_LIMIT - used < sizeof result) break;
        if (length - at < sizeof call) break;
        memcpy(&call, request + at, sizeof call);
        at += sizeof call;
        int fd = -1;
        int sound = valid(&call, length - at);
        const unsigned char *bytes = request + at;
        // Without trustworthy lengths the next call cannot be found: this one is the last to be answered.
        if (sound) at += call.sent + call.attached_sent;
        if (!sound) {
            at = length;
        } else if (stopped) {
            result.status = SKIPPED;
            result.error = ECANCELED;
        } else if (descriptor_of(&call, index, &fd)) {
            result.error = EINVAL;
        } else if (fd == PORT_DESCRIPTOR) {
            result.status = EXECUTED;
            result.error = EBADF;
        } else if ((uint64_t)used + sizeof result + argument_room(&call) + attached_room(&call) > MESSAGE_LIMIT) {
            result.status = RESPONSE_FULL;
            result.error = EMSGSIZE;
        } else {
            unsigned char *argument = argument_arena.end - call.accessible;
            unsigned char *attached = attached_arena.end - call.attached_accessible;
            fill(argument, call.accessible, bytes, call.sent);
            fill(attached, call.attached_accessible, bytes + call.sent, call.attached_sent);
            if (call.flags & FLAG_ATTACHED) {
                uint64_t address = (uint64_t)(uintptr_t)attached;
                if (call.attached_offset < call.accessible)
                    memcpy(argument + call.attached_offset, &address, least(8, call.accessible - call.attached_offset));
            }
            if (call.flags & FLAG_READ_ONLY) arena_protect(&argument_arena, call.accessible, PROT_READ);
            if (call.flags & FLAG_ATTACHED_READ_ONLY) arena_protect(&attached_arena, call.attached_accessible, PROT_READ);
            errno = 0;
            result.value = execute_guarded(&call, fd, argument, attached);
            result.error = result.value < 0 ? errno : 0;
            result.status = EXECUTED;
            if (call.flags & FLAG_READ_ONLY) arena_protect(&argument_arena, call.accessible, PROT_READ | PROT_WRITE);
            if (call.flags & FLAG_ATTACHED_READ_ONLY) arena_protect(&attached_arena, call.attached_accessible, PROT_READ | PROT_WRITE);

            result.length = argument_room(&call);
            int counted = call.operation == OP_READ || call.operation == OP_PREAD || call.operation == OP_LOAD;
            if (counted && !(call.flags & FLAG_RETURN_ALL))
                result.length = result.value < 0 ? 0 : least(result.length, (uint32_t)result.value);
            result.attached_length = attached_room(&call);
            counted = call.operation == OP_READLINK || call.operation == OP_READ_FILE || call.operation == OP_LIST || call.operation == OP_THREADS;
            if (counted) result.attached_length = result.value < 0 ? 0 : least(result.attached_length, (uint32_t)result.value);
            memcpy(out + sizeof result, argument, result.length);
            memcpy(out + sizeof result + result.length, attached, result.attached_length);
        }
        memcpy(out, &result, sizeof result);
        history[index] = (struct past){ result.value, result.status, sizeof(struct frame) + used + sizeof result, result.length };
        used += sizeof result + result.length + result.attached_length;
        ++*answered;
        if (result.status == BAD_CALL || (result.value < 0 && call.flags & FLAG_STOP_ON_FAILURE)) stopped = 1;
    }
    return used;
}

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// 0: all bytes arrived. -1: the host went away, or they did not come in time (negative: wait for ever). The time
// is for all bytes: greetings that a new connection repeats must not feed half a message of an old one for long.
static int receive(int port, unsigned char *into, size_t length, int timeout) {
    int64_t due = now_ms() + timeout;
    while (length) {
        struct pollfd one = { .fd = port, .events = POLLIN };
        int64_t left = due - now_ms();
        int ready = poll(&one, 1, timeout < 0 ? -1 : left > 0 ? (int)left : 0);
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0 || (one.revents & POLLHUP && !(one.revents & POLLIN))) return -1;
        ssize_t got = read(port, into, length);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) return -1;
        into += got;
        length -= (size_t)got;
    }
    return 0;
}

static int transmit(int port, const unsigned char *from, size_t length) {
    while (length) {
        ssize_t put = write(port, from, length);
        if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (put <= 0) return -1;
        from += put;
        length -= (size_t)put;
    }
    return 0;
}

// One frame in, one frame out. 0: go on; -1: the connection is gone.
static int serve(int port) {
    struct frame frame;
    if (receive(port, (unsigned char *)&frame, 4, -1)) return -1;
    // After a broken message the next frame is found by its magic.
    while (frame.magic != REQUEST_MAGIC) {
        frame.magic >>= 8;
        if (receive(port, (unsigned char *)&frame.magic + 3, 1, -1)) return -1;
    }
    if (receive(port, (unsigned char *)&frame + 4, sizeof frame - 4, PARTIAL_TIMEOUT_MS)) return 0;
    uint32_t answered = 0, used = 0;
    if (frame.length <= MESSAGE_LIMIT && frame.count <= CALL_LIMIT) {
        if (receive(port, request, frame.length, PARTIAL_TIMEOUT_MS)) return 0;
        used = answer(frame.length, frame.count, &answered);
    }
    struct frame head = { RESPONSE_MAGIC, used, frame.sequence, answered };
    memcpy(response, &head, sizeof head);
    return transmit(port, response, sizeof head + used);
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "/dev/vport0p1";
    page = (size_t)sysconf(_SC_PAGESIZE);
    processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1) processors = 1;
    signal(SIGPIPE, SIG_IGN);
    // Not blocked while it is handled: the handler is left by a jump.
    struct sigaction fault = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
    sigaction(SIGSEGV, &fault, NULL);
    sigaction(SIGBUS, &fault, NULL);
    struct rlimit limit = { DESCRIPTOR_LIMIT, DESCRIPTOR_LIMIT };
    setrlimit(RLIMIT_NOFILE, &limit);
    int opened = open(name, O_RDWR | O_CLOEXEC);
    int port = opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, PORT_DESCRIPTOR);
    if (port != PORT_DESCRIPTOR) {
        fprintf(stderr, "agent: cannot use %s: %s\n", name, strerror(errno));
        return 1;
    }
    close(opened);
    initial_limit = (struct rlimit){ 1024, DESCRIPTOR_LIMIT };
    argument_arena = arena_create(MESSAGE_LIMIT);
    attached_arena = arena_create(MESSAGE_LIMIT);
    if (!argument_arena.end || !attached_arena.end) {
        fprintf(stderr, "agent: no memory for the buffers\n");
        return 1;
    }
    release_all();
    puts("@@AGENT");
    fflush(stdout);
    for (;;) {
        if (!serve(port)) continue;
        // The host hung up: what it left open must not leak into the next connection.
        release_all();
        usleep(2000);
    }
}
