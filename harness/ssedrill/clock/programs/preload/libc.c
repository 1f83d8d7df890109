/* Finds the functions of libc that we stand before. */
#include "libc.h"

#include <dlfcn.h>
#include <string.h>

#define DEFINE(type, name, parameters) type (*real_##name) parameters;
FOR_EACH_REAL(DEFINE)

void *next_symbol(const char *name) {
#if defined(__x86_64__)
    if (!strncmp(name, "pthread_cond_", 13)) { /* the oldest version is another thing, and RTLD_NEXT may find it */
        void *found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
        if (found) return found;
    }
#endif
    return dlsym(RTLD_NEXT, name);
}

#define FIND(type, name, parameters) real_##name = (__typeof__(real_##name))next_symbol(#name);
void find_all_real(void) { FOR_EACH_REAL(FIND) }
