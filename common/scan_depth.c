#include "scan_depth.h"

#include "scan_depth_kernels.h"

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

void scan_depth_plain(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to, uint64_t max)
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

size_t scan_newlines_plain(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '\n';
    return count;
}

static const struct scan_depth_kernel kernels[] = {
    {"plain", scan_depth_plain, scan_newlines_plain},
};

const struct scan_depth_kernel *scan_depth_kernel(size_t i)
{
    return i < sizeof kernels / sizeof kernels[0] ? &kernels[i] : NULL;
}

void scan_depth(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to, uint64_t max)
{
    scan_depth_plain(state, cuts, text, from, to, max);
}

size_t scan_newlines(const char *text, size_t len)
{
    return scan_newlines_plain(text, len);
}
