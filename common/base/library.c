#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Which libraries are there is found once for all threads. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static bool load(const struct library *library)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    for (const struct library_function *function = library->functions; function->name; function++) {
        void *found = handle ? dlsym(handle, function->name) : NULL;
        if (!found)
            return false;
        memcpy(function->place, &found, sizeof found);
    }
    return true;
}

bool library_ready(struct library *library)
{
    pthread_mutex_lock(&loading);
    library->ready = library->ready || load(library);
    bool good = library->ready;
    pthread_mutex_unlock(&loading);
    return good;
}
