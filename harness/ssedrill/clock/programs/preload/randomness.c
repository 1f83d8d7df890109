/* Randomness: the same for the same seed. */
#include "preload.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "libc.h"

/* SplitMix64 of the seed and of how many words were drawn before. */
static uint64_t random_word(void) {
    uint64_t z = page->seed * 0x9e3779b97f4a7c15ull + atomic_fetch_add(&page->randoms, 1) * 0xbf58476d1ce4e5b9ull + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

EXPORT ssize_t getrandom(void *into, size_t size, unsigned flags) {
    find_real();
    if (!page) return real_getrandom(into, size, flags);
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = random_word();
        memcpy((char *)into + at, &word, size - at < 8 ? size - at : 8);
    }
    return (ssize_t)size;
}

EXPORT int getentropy(void *into, size_t size) { return getrandom(into, size, 0) < 0 ? -1 : 0; }
