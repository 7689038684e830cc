/* library: shared libraries that are loaded when they are first needed, so that tools start without. Any thread. */
#ifndef ATOOLS_LIBRARY_H
#define ATOOLS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __APPLE__
#define LIBRARY_FILE(name, version) "lib" name "." version ".dylib"
#else
#define LIBRARY_FILE(name, version) "lib" name ".so." version
#endif

struct library_function {
    const char *name;
    void *place; /* of the pointer to it */
};

/* One that is static, and says what is used of it; functions end with a row without name. */
struct library {
    const char *file;
    const struct library_function *functions;
    bool ready; /* private */
};

/* In a program that is linked statically (LIBRARY_LINKED) they are in it: a table that make writes, which ends with a
 * row without name. */
struct library_linked {
    const char *name;
    const void *at;
};
extern const struct library_linked library_linked[];

/* Whether its functions may be called now; false: it is not there, or not what is wanted. */
bool library_ready(struct library *library);

#endif
