#include "json/scan/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/scan/kernel_inner.h"

/* Room behind the last token (kernels write whole registers), and behind the last byte. */
enum { SLACK = 4 * SCAN_BLOCK };

const unsigned char scan_escape_class[256] = {
    ['"'] = 1, ['\\'] = 1, ['/'] = 1, ['n'] = 1, ['r'] = 1, ['t'] = 1, ['u'] = 2,
    ['b'] = 5, ['f'] = 5,
    ['0'] = 4, ['1'] = 4, ['2'] = 4, ['3'] = 4, ['4'] = 4, ['5'] = 4, ['6'] = 4, ['7'] = 4, ['8'] = 4, ['9'] = 4,
    ['a'] = 4, ['c'] = 4, ['d'] = 4, ['e'] = 4,
    ['A'] = 4, ['B'] = 4, ['C'] = 4, ['D'] = 4, ['E'] = 4, ['F'] = 4,
};

/* The kernel of that name, or with NULL the best one; NULL if this machine can't run it. */
static const struct scan_kernel *find(const char *name)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool common = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
    if (common && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512vbmi2") && (!name || strcmp(name, scan_avx512.name) == 0))
        return &scan_avx512;
    if (common && (!name || strcmp(name, scan_avx2.name) == 0))
        return &scan_avx2;
#endif
    return !name || strcmp(name, scan_portable.name) == 0 ? &scan_portable : NULL;
}

static const struct scan_kernel *chosen; /* always the same answer, whoever asks first */

static const struct scan_kernel *kernel(void)
{
    const struct scan_kernel *known = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
    if (known)
        return known;
    known = find(getenv("ATOOLS_KERNEL"));
    if (!known)
        known = find(NULL);
    __atomic_store_n(&chosen, known, __ATOMIC_RELAXED);
    return known;
}

bool scan_choose(const char *name)
{
    const struct scan_kernel *wanted = find(name);
    if (wanted)
        __atomic_store_n(&chosen, wanted, __ATOMIC_RELAXED);
    return wanted != NULL;
}

const char *scan_kernel_name(void)
{
    return kernel()->name;
}

void scan_index_reserve(struct scan_index *index, size_t len)
{
    if (index->cap >= len && index->cap > 0)
        return;
    scan_index_free(index);
    size_t blocks = len / SCAN_BLOCK + 2;
    index->tokens = mem_resize(NULL, len + SLACK, 1);
    index->positions = mem_resize(NULL, len + SLACK, sizeof *index->positions);
    index->words = mem_resize(NULL, blocks, sizeof *index->words);
    index->spaces = mem_resize(NULL, blocks, sizeof *index->spaces);
    index->backslashes = mem_resize(NULL, blocks, sizeof *index->backslashes);
    index->cap = len;
}

void scan_index_free(struct scan_index *index)
{
    free(index->tokens);
    free(index->positions);
    free(index->words);
    free(index->spaces);
    free(index->backslashes);
    *index = (struct scan_index){0};
}

void scan_json(struct scan_index *index, const char *text, size_t len, enum scan_records records)
{
    kernel()->json(index, text, len, records);
    index->positions[index->count] = (uint32_t)index->scanned;
    memset(index->tokens + index->count, 0, 2 * SCAN_BLOCK);
    kernel()->judge(index, records);
}

bool scan_any(const uint64_t *bits, size_t first, size_t end)
{
    if (first >= end)
        return false;
    uint64_t head = ~UINT64_C(0) << first % 64, tail = ~UINT64_C(0) >> (63 - (end - 1) % 64);
    size_t at = first / 64, last = (end - 1) / 64;
    if (at == last)
        return (bits[at] & head & tail) != 0;
    if (bits[at] & head)
        return true;
    while (++at < last)
        if (bits[at])
            return true;
    return (bits[last] & tail) != 0;
}

void scan_cells_reserve(struct scan_cells *cells, size_t len)
{
    if (cells->cap >= len && cells->cap > 0)
        return;
    scan_cells_free(cells);
    cells->kinds = mem_resize(NULL, len + SLACK, 1);
    cells->positions = mem_resize(NULL, len + SLACK, sizeof *cells->positions);
    cells->cap = len;
}

void scan_cells_free(struct scan_cells *cells)
{
    free(cells->kinds);
    free(cells->positions);
    *cells = (struct scan_cells){0};
}

void scan_tsv(struct scan_cells *cells, const char *text, size_t len)
{
    kernel()->tsv(cells, text, len);
}

void scan_csv(struct scan_cells *cells, const char *text, size_t len, char delimiter, char quote)
{
    kernel()->csv(cells, text, len, delimiter, quote);
}
