#include "walk_piece.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "walk_text.h"

/* An open container on the stack: its token's number, and what it is. Below the lowest lie enough places that are
 * nothing for as many closing brackets as one word can hold; above the highest for as many opening ones. */
enum { ENTRY_OBJECT = 1, ENTRY_OUTSIDE = 2, ENTRY_BITS = 3, ENTRY_SHIFT = 2, GUARD = 65 };
enum { STACK_SIZE = JSON_DEPTH_MAX + 2 * GUARD + 1 };

static void clear_stack(struct piece *piece, size_t nowhere)
{
    for (size_t i = 0; i <= GUARD; i++)
        piece->stack[i] = (uint32_t)nowhere << ENTRY_SHIFT | ENTRY_OUTSIDE;
}

static void reserve(struct piece *piece, size_t len)
{
    if (piece->link && piece->index.cap >= len)
        return;
    scan_index_reserve(&piece->index, len);
    free(piece->link);
    piece->link = mem_resize(NULL, piece->index.cap + 1, sizeof *piece->link);
    if (!piece->stack)
        piece->stack = mem_resize(NULL, STACK_SIZE, sizeof *piece->stack);
    clear_stack(piece, piece->index.cap);
}

void piece_free(struct piece *piece)
{
    scan_index_free(&piece->index);
    free(piece->link);
    free(piece->stack);
    *piece = (struct piece){0};
}

/* What may stand behind a number or literal (but the end). */
static const bool ends_scalar[256] = {[' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, ['"'] = true, [','] = true,
                                      [':'] = true, ['['] = true,  [']'] = true,  ['{'] = true,  ['}'] = true};

/* A number or literal of any form; end is where the text ends. */
static bool scalar_good(const char *at, const char *end)
{
    const char *behind = at[0] == 't'   ? (memcmp(at, "true", 4) == 0 ? at + 4 : NULL)
                         : at[0] == 'f' ? (memcmp(at, "false", 5) == 0 ? at + 5 : NULL)
                         : at[0] == 'n' ? (memcmp(at, "null", 4) == 0 ? at + 4 : NULL)
                                        : walk_text_number_end(at);
    return behind && (behind == end || ends_scalar[(unsigned char)*behind]);
}

static inline uint64_t load(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap64(bytes);
#endif
    return bytes;
}

/* Behind the digits at `at`, eight at a time; 8 bytes behind them must be readable. */
static inline const char *skip_digits(const char *at)
{
    const uint64_t zeros = UINT64_C(0x3030303030303030), lows = UINT64_C(0x7F7F7F7F7F7F7F7F);
    for (;; at += 8) {
        uint64_t values = load(at) ^ zeros; /* a digit's value is below 10 */
        uint64_t others = (((values & lows) + UINT64_C(0x7676767676767676)) | values) & ~lows;
        if (others)
            return at + (unsigned)__builtin_ctzll(others) / 8;
    }
}

/* A number without an exponent, the common form; false: look again. */
static inline bool plain_number(const char *at)
{
    at += *at == '-';
    const char *end = skip_digits(at);
    bool good = end == at + 1 || (end > at && *at != '0');
    if (*end == '.') {
        at = end + 1;
        end = skip_digits(at);
        good &= end > at;
    }
    return good && ends_scalar[(unsigned char)*end];
}

/* What a first byte promises: a literal's bytes as a little-endian word, and how many. A digit promises itself only. */
struct promise {
    uint64_t mask, bytes;
    size_t len;
};

static inline const struct promise *promise_of(unsigned char first)
{
    static const struct promise promises[] = {
        {0, 1, 0}, /* never kept */
        {0, 0, 1},
        {UINT64_C(0xFFFFFFFF), UINT64_C(0x65757274), 4},
        {UINT64_C(0xFFFFFFFFFF), UINT64_C(0x65736C6166), 5},
        {UINT64_C(0xFFFFFFFF), UINT64_C(0x6C6C756E), 4},
    };
    static const unsigned char which[256] = {['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,
                                             ['7'] = 1, ['8'] = 1, ['9'] = 1, ['t'] = 2, ['f'] = 3, ['n'] = 4};
    return &promises[which[first]];
}

/* Checks the word's numbers and literals; returns the mask of those that are none. */
static uint64_t wrong_scalars(const struct piece *piece, size_t first, uint64_t scalars, const char *end)
{
    uint64_t wrong = 0;
    const uint32_t *positions = piece->index.positions + first;
    for (; scalars; scalars &= scalars - 1) {
        unsigned i = (unsigned)__builtin_ctzll(scalars);
        const char *at = piece->text + positions[i];
        const struct promise *promise = promise_of((unsigned char)*at);
        bool kept = (load(at) & promise->mask) == promise->bytes && ends_scalar[(unsigned char)at[promise->len]];
        if (!kept && !plain_number(at) && !scalar_good(at, end))
            wrong |= UINT64_C(1) << i;
    }
    return wrong;
}

/* Matches the word's brackets: fills links, moves *depth, returns the mask of those that are wrong. *objects and *outside
 * become the masks of tokens whose container is an object, or that stand in none. */
static uint64_t match_brackets(struct piece *piece, size_t first, int *depth, uint64_t brackets, uint64_t *objects, uint64_t *outside)
{
    const unsigned char *tokens = piece->index.tokens + first;
    uint32_t *stack = piece->stack + GUARD, *link = piece->link;
    int level = *depth;
    uint32_t entry = stack[level];
    uint64_t in_object = 0, in_none = 0, wrong = 0, done = 0;
    while (brackets) {
        unsigned i = (unsigned)__builtin_ctzll(brackets);
        uint64_t until = brackets ^ (brackets - 1); /* up to this bracket, which still belongs to what it stands in */
        in_object |= until & ~done & -(uint64_t)(entry & ENTRY_OBJECT);
        in_none |= until & ~done & -(uint64_t)(entry >> 1 & 1);
        done = until;
        brackets &= brackets - 1;
        /* { 7B  } 7D  [ 5B  ] 5D */
        uint32_t object = tokens[i] >> 5 & 1, close = tokens[i] >> 2 & 1;
        uint32_t token = (uint32_t)(first + i);
        wrong |= (uint64_t)(close & (((entry ^ object) & ENTRY_BITS) != 0)) << i;
        link[close ? entry >> ENTRY_SHIFT : token] = token;
        stack[level + 1] = token << ENTRY_SHIFT | object; /* idle if it closes */
        level += 1 - 2 * (int)close;
        wrong |= (uint64_t)(level > JSON_DEPTH_MAX) << i;
        entry = stack[level];
    }
    *objects = in_object | (~done & -(uint64_t)(entry & ENTRY_OBJECT));
    *outside = in_none | (~done & -(uint64_t)(entry >> 1 & 1));
    *depth = level;
    return wrong;
}

static bool may_end(const struct scan_index *index)
{
    unsigned char last = index->count > 0 ? index->tokens[index->count - 1] : '\n';
    return !index->in_string && last != ',' && last != ':';
}

/* Of the last two tokens of a text that goes on it is not known whether a key follows. */
static void forget_last_commas(struct scan_index *index)
{
    for (size_t token = index->count < 2 ? 0 : index->count - 2; token < index->count; token++) {
        uint64_t others = ~(UINT64_C(1) << token % 64);
        index->words[token / 64].plain &= others;
        index->words[token / 64].boundary &= others;
    }
}

void piece_load(struct piece *piece, const char *text, size_t len, bool whole, enum scan_records records)
{
    reserve(piece, len);
    piece->text = text;
    struct scan_index *index = &piece->index;
    scan_json(index, text, len, records);
    const char *end = whole ? text + len : NULL;
    if (!whole)
        forget_last_commas(index);
    int depth = 0;
    uint64_t wrong = 0;
    size_t boundary = SIZE_MAX;
    for (size_t first = 0; first < index->count && !wrong; first += 64) {
        const struct scan_word *word = &index->words[first / 64];
        uint64_t objects, outside;
        wrong = word->wrong | match_brackets(piece, first, &depth, word->brackets, &objects, &outside);
        wrong |= (word->keyed & ~objects) | (word->plain & objects) | (word->outside & ~outside);
        if (records != SCAN_BY_ELEMENT)
            wrong |= word->plain & outside;
        wrong |= wrong_scalars(piece, first, word->scalars, end);
        uint64_t boundaries = word->boundary & outside;
        if (wrong)
            boundaries &= (wrong & -wrong) - 1;
        if (boundaries)
            boundary = first + 63 - (size_t)__builtin_clzll(boundaries);
    }
    if (wrong)
        clear_stack(piece, index->cap);
    piece->wrong = wrong || index->scanned < len;
    if (!piece->wrong && whole) {
        piece->wrong = depth != 0 || !may_end(index);
        if (!piece->wrong)
            boundary = index->count;
    }
    piece->limit = boundary == SIZE_MAX ? 0 : boundary + (records == SCAN_BY_LINE && boundary < index->count);
    piece->end = boundary == SIZE_MAX ? 0 : index->positions[boundary] + (size_t)(records != SCAN_BY_VALUE && boundary < index->count);
}

struct span piece_value(const struct piece *piece, size_t token)
{
    const struct scan_index *index = &piece->index;
    struct span value = {.text = piece->text + index->positions[token]};
    unsigned char c = index->tokens[token];
    if (c == '{' || c == '[') {
        value.type = c == '{' ? SPAN_OBJECT : SPAN_ARRAY;
        value.len = index->positions[piece->link[token]] - index->positions[token] + 1;
        return value;
    }
    size_t start = index->positions[token], end = index->positions[token + 1];
    if (index->any_space)
        while (piece->text[end - 1] == ' ' || piece->text[end - 1] == '\n' || piece->text[end - 1] == '\t' || piece->text[end - 1] == '\r')
            end--;
    value.len = end - start;
    switch (c) {
    case '"':
        value.type = SPAN_STRING;
        value.escaped = index->any_backslash && scan_any(index->backslashes, start, end);
        break;
    case 't':
        value.type = SPAN_TRUE;
        break;
    case 'f':
        value.type = SPAN_FALSE;
        break;
    case 'n':
        value.type = SPAN_NULL;
        break;
    default:
        value.type = SPAN_NUMBER;
    }
    return value;
}

bool piece_spaced(const struct piece *piece, struct span value)
{
    size_t start = (size_t)(value.text - piece->text);
    return piece->index.any_space && scan_any(piece->index.spaces, start, start + value.len);
}
