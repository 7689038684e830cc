#include "base/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Which libraries are there is found once for all threads. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

#ifdef LIBRARY_LINKED
static void *open_library(const char *file)
{
    (void)file;
    return NULL;
}

static const void *find(void *handle, const char *name)
{
    (void)handle;
    const struct library_linked *linked = library_linked;
    while (linked->name && strcmp(linked->name, name) != 0)
        linked++;
    return linked->at;
}
#else
static void *open_library(const char *file)
{
    return dlopen(file, RTLD_NOW | RTLD_LOCAL);
}

static const void *find(void *handle, const char *name)
{
    return handle ? dlsym(handle, name) : NULL;
}
#endif

static bool load(const struct library *library)
{
    void *handle = open_library(library->file);
    for (const struct library_function *function = library->functions; function->name; function++) {
        const void *found = find(handle, function->name);
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
