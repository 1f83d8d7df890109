/* The page: opened, marked as broken, and its slots, in which threads write down that they wait. */
#include "preload.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct shared_page *page;
static __thread size_t last_slot; /* a thread mostly finds the slot free that it had before */

int open_page(const char *folder) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/page", folder);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return 0;
    struct shared_page *found = mmap(NULL, sizeof *found, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (found == MAP_FAILED || found->layout_id != LAYOUT_ID) return 0;
    page = found;
    return 1;
}

/* The first reason stays: what follows may be its consequence. */
void give_up(const char *why) {
    if (page && !page->broken[0]) snprintf(page->broken, sizeof page->broken, "%s", why);
}

struct slot *take_slot(uint64_t deadline, uint64_t ack) {
    uint64_t me = ((uint64_t)getpid() << 32) | (uint32_t)syscall(SYS_gettid);
    atomic_fetch_add(&page->enters, 1);
    for (size_t i = 0; i < COUNT(page->slots); i++) {
        size_t at = (last_slot + i) % COUNT(page->slots);
        struct slot *slot = &page->slots[at];
        uint64_t nobody = 0;
        if (atomic_load(&slot->owner) == 0 && atomic_compare_exchange_strong(&slot->owner, &nobody, me)) {
            last_slot = at;
            atomic_store(&slot->deadline, deadline);
            atomic_store(&slot->ack, ack);
            atomic_store(&slot->valid, 1);
            return slot;
        }
    }
    give_up("more threads wait than the clock has places for");
    return NULL;
}

void free_slot(struct slot *slot) {
    if (!slot) return;
    atomic_store(&slot->valid, 0);
    atomic_store(&slot->owner, 0);
}
