/* foreign: tells MemorySanitizer of what libraries without its instrumentation (zlib, PCRE2) have written, which it
 * cannot see; in any other build nothing. Only for what was truly written, and no more of it. */
#ifndef ATOOLS_FOREIGN_H
#define ATOOLS_FOREIGN_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define FOREIGN_UNSEEN
#endif
#endif

static inline void foreign_wrote(const void *memory, size_t size)
{
#ifdef FOREIGN_UNSEEN
    __msan_unpoison(memory, size);
#else
    (void)memory;
    (void)size;
#endif
}

/* The same of a text with a NUL at its end. */
static inline void foreign_wrote_text(const char *text)
{
#ifdef FOREIGN_UNSEEN
    __msan_unpoison_string(text);
#else
    (void)text;
#endif
}

#endif
