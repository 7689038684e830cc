#include "json/scan/depth.h"

#include <stdlib.h>
#include <string.h>

#include "json/scan/depth_inner.h"

/* One byte at depth 0 may be a cut. */
static bool is_cut(enum scan_cuts cuts, char c)
{
    return cuts == SCAN_ELEMENTS ? c == ',' : (unsigned char)c <= ' ';
}

static void cut_at(struct scan_depth *state, size_t at)
{
    state->count++;
    state->cut = at;
}

/* A bracket that closes: false when the scan ends here. */
static bool close_bracket(struct scan_depth *state, enum scan_cuts cuts, size_t at)
{
    if (state->depth == 0 && cuts == SCAN_ELEMENTS) {
        state->closed = true;
        state->end = at;
        return false;
    }
    if (state->depth > 0)
        state->depth--;
    if (state->depth == 0 && cuts == SCAN_VALUES)
        cut_at(state, at + 1);
    return true;
}

void scan_depth_portable(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                         uint64_t max)
{
    for (size_t at = from; at < to; at++) {
        char c = text[at];
        bool escaped = state->escaped != 0;
        state->escaped = c == '\\' && !escaped;
        if (c == '"') {
            if (!escaped)
                state->in_string = ~state->in_string;
            if (!escaped && !state->in_string && state->depth == 0 && cuts == SCAN_VALUES)
                cut_at(state, at + 1);
        } else if (state->in_string) {
            continue;
        } else if (c == '[' || c == '{') {
            state->depth++;
        } else if (c == ']' || c == '}') {
            if (!close_bracket(state, cuts, at))
                return;
        } else if (state->depth == 0 && is_cut(cuts, c)) {
            cut_at(state, at);
        }
        if (state->count == max)
            return;
    }
}

size_t scan_newlines_portable(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    return count;
}

static const struct scan_depth_kernel portable = {"portable", scan_depth_portable, scan_newlines_portable};

#if defined(__x86_64__)
static const struct scan_depth_kernel avx2 = {"avx2", scan_depth_avx2, scan_newlines_avx2};
static const struct scan_depth_kernel avx512 = {"avx512", scan_depth_avx512, scan_newlines_avx512};

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
#endif

const struct scan_depth_kernel *scan_depth_kernel(size_t i)
{
    const struct scan_depth_kernel *usable[4] = {NULL};
    size_t count = 0;
#if defined(__x86_64__)
    if (has_avx512())
        usable[count++] = &avx512;
    if (has_avx2())
        usable[count++] = &avx2;
#endif
    usable[count++] = &portable;
    return i < count ? usable[i] : NULL;
}

/* The first one there is, or that the environment names (ATOOLS_KERNEL, see scan.h). Several threads may choose at
 * once: they choose the same. */
static const struct scan_depth_kernel *chosen(void)
{
    static const struct scan_depth_kernel *choice; /* found once: always the same, whoever asks first */
    const struct scan_depth_kernel *kernel = __atomic_load_n(&choice, __ATOMIC_RELAXED);
    if (kernel)
        return kernel;
    const char *wanted = getenv("ATOOLS_KERNEL");
    kernel = scan_depth_kernel(0);
    for (size_t i = 0; wanted && scan_depth_kernel(i); i++)
        if (strcmp(scan_depth_kernel(i)->name, wanted) == 0)
            kernel = scan_depth_kernel(i);
    __atomic_store_n(&choice, kernel, __ATOMIC_RELAXED);
    return kernel;
}

void scan_depth(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to, uint64_t max)
{
    chosen()->depth(state, cuts, text, from, to, max);
}

size_t scan_newlines(const char *text, size_t len)
{
    return chosen()->newlines(text, len);
}
