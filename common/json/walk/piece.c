#include "json/walk/piece.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/cursor.h"
#include "json/json.h"

/* A container on the stack: its opening token's number and what it stands in itself. Below the lowest lie enough places
 * that are nothing for as many closing brackets as one word can hold; above the highest for as many opening ones. */
enum { IN_OBJECT = 1, IN_ARRAY = 2, KIND_SHIFT = 2, GUARD = 65 };
enum { STACK_SIZE = JSON_DEPTH_MAX + 2 * GUARD };

static void clear_stack(struct piece *piece, size_t nowhere)
{
    for (size_t i = 0; i < GUARD; i++)
        piece->stack[i] = (uint32_t)nowhere << KIND_SHIFT;
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
static const bool ends_scalar[256] = {[' '] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true,
                                      ['"'] = true, [','] = true,  [':'] = true,  ['['] = true,
                                      [']'] = true, ['{'] = true,  ['}'] = true};

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

/* Behind the number at `at`, or NULL: it is none. What comes then is not looked at. */
static const char *number_end(const char *at)
{
    at += *at == '-';
    const char *digits = at;
    at = skip_digits(at);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return NULL;
    if (*at == '.') {
        digits = ++at;
        at = skip_digits(at);
        if (at == digits)
            return NULL;
    }
    if ((*at | 0x20) != 'e')
        return at;
    at++;
    at += *at == '+' || *at == '-';
    digits = at;
    at = skip_digits(at);
    return at == digits ? NULL : at;
}

/* A number or literal of any form; end is where the text ends. */
static bool scalar_good(const char *at, const char *end)
{
    const char *behind = at[0] == 't'   ? (memcmp(at, "true", 4) == 0 ? at + 4 : NULL)
                         : at[0] == 'f' ? (memcmp(at, "false", 5) == 0 ? at + 5 : NULL)
                         : at[0] == 'n' ? (memcmp(at, "null", 4) == 0 ? at + 4 : NULL)
                                        : number_end(at);
    return behind && (behind == end || ends_scalar[(unsigned char)*behind]);
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
    static const unsigned char which[256] = {['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1,
                                             ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1,
                                             ['t'] = 2, ['f'] = 3, ['n'] = 4};
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

/* Containers, between two words. Tokens stand in regions: one begins behind each bracket and ends with the next, which
 * still belongs to it. What a region is of shows at its beginning: an opening bracket tells what follows, and behind
 * a closing one the next token can stand in one kind of container only (commas before keys in objects, …). So commas
 * and closing brackets are judged by masks. What remains is that a region behind a closing bracket claims to be of what
 * the opening one stood in. Where nothing lies between the two (most containers are such), masks tell that, too; the
 * others go over a stack. A container is pushed when the next one opens within it, so that those never are. */
struct matcher {
    uint64_t object, array, outside; /* 1: a region of this kind goes on */
    uint64_t opened, opened_object, opened_array; /* 1: the last bracket opens; and stands in an object, in an array */
    uint64_t closed, closed_object, closed_array; /* 1: the last token closes; and what it closed stood in one */
    uint32_t last;  /* the last bracket as an entry of the stack */
    int level;      /* entries on the stack */
};

/* The tokens behind those of the mask; *carry is about the next word's first. */
static inline uint64_t behind(uint64_t mask, uint64_t *carry)
{
    uint64_t result = mask << 1 | *carry;
    *carry = mask >> 63;
    return result;
}

/* All tokens from each of `starts` up to the next bracket. Between a start and its bracket the subtraction borrows. */
static inline uint64_t regions(uint64_t starts, uint64_t brackets, uint64_t *carry)
{
    starts |= *carry;
    *carry = brackets < starts;
    return (brackets - starts) ^ brackets;
}

/* The brackets behind these, with nothing but values without brackets between. */
static inline uint64_t next_brackets(uint64_t from, uint64_t brackets, uint64_t *carry)
{
    uint64_t reached = regions(from << 1, brackets, carry) & brackets;
    *carry |= from >> 63;
    return reached;
}

static inline uint32_t kind_at(uint64_t object, uint64_t array, unsigned i)
{
    return (uint32_t)(object >> i & 1) | (uint32_t)(array >> i & 1) << 1;
}

/* Matches the word's brackets, judges what depends on containers, and fills the links of containers that hold others;
 * returns the mask of tokens that are wrong. valid: the tokens that count. */
static uint64_t match_word(struct piece *piece, struct matcher *matcher, const struct scan_word *word, size_t first,
                           uint64_t valid)
{
    uint64_t brackets = word->brackets & valid, closes = word->closes & valid, curly = word->curly;
    uint64_t opens = brackets & ~closes;
    uint64_t behind_close = behind(closes, &matcher->closed) & valid;

    uint64_t object =
        regions((opens & curly) << 1 | (behind_close & (word->keyed | (closes & curly))), brackets, &matcher->object);
    uint64_t array =
        regions((opens & ~curly) << 1 | (behind_close & (word->plain | (closes & ~curly))), brackets, &matcher->array);
    uint64_t outside = regions(behind_close & word->outside, brackets, &matcher->outside);
    matcher->object |= (opens & curly) >> 63;
    matcher->array |= (opens & ~curly) >> 63;
    uint64_t wrong = (word->keyed & ~object) | (word->plain & ~array) | (word->outside & ~outside) |
                     (closes & curly & ~object) | (closes & ~curly & ~array);

    uint64_t opened = next_brackets(opens, brackets, &matcher->opened);
    uint64_t closed_object = next_brackets(opens & object, brackets, &matcher->opened_object) & closes;
    uint64_t closed_array = next_brackets(opens & array, brackets, &matcher->opened_array) & closes;

    uint32_t *stack = piece->stack + GUARD, *link = piece->link;
    int level = matcher->level;
    for (uint64_t events = (opened & opens) | (closes & ~opened); events; events &= events - 1) {
        unsigned i = (unsigned)__builtin_ctzll(events);
        uint64_t bit = UINT64_C(1) << i;
        if (closes & bit) {
            uint32_t entry = stack[--level];
            link[entry >> KIND_SHIFT] = (uint32_t)first + i;
            closed_object |= (uint64_t)(entry & IN_OBJECT) << i;
            closed_array |= (uint64_t)(entry >> 1 & 1) << i;
        } else {
            uint64_t before = brackets & (bit - 1);
            unsigned place = 63 - (unsigned)__builtin_clzll(before | 1);
            stack[level++] =
                before ? ((uint32_t)first + place) << KIND_SHIFT | kind_at(object, array, place) : matcher->last;
        }
        wrong |= (uint64_t)((unsigned)level >= JSON_DEPTH_MAX) << i; /* or below 0 */
    }
    matcher->level = level;
    if (brackets) {
        unsigned place = 63 - (unsigned)__builtin_clzll(brackets);
        matcher->last = ((uint32_t)first + place) << KIND_SHIFT | kind_at(object, array, place);
    }
    uint64_t of_object = behind(closed_object, &matcher->closed_object),
             of_array = behind(closed_array, &matcher->closed_array);
    return valid & (wrong | (behind_close &
                             ((of_object & ~object) | (of_array & ~array) | (~(of_object | of_array | outside)))));
}

/* How many containers are open. */
static size_t depth_of(const struct matcher *matcher)
{
    return (size_t)matcher->level + (size_t)matcher->opened;
}

/* The last token before `end` that ends a record (SCAN_BY_VALUE: begins one), if `depth` containers are open there;
 * SIZE_MAX: none. */
static size_t last_boundary(const struct scan_index *index, size_t end, size_t depth, enum scan_records records)
{
    for (size_t token = end; token-- > 0;) {
        unsigned char c = index->tokens[token];
        if (c == '}' || c == ']')
            depth++;
        else if (c == '{' || c == '[')
            depth--;
        if (depth == 0 && (records == SCAN_BY_VALUE ? c != SCAN_RS : c == (records == SCAN_BY_LINE ? '\n' : ',')))
            return token;
    }
    return SIZE_MAX;
}

static bool may_end(const struct scan_index *index)
{
    unsigned char last = index->count > 0 ? index->tokens[index->count - 1] : '\n';
    return !index->in_string && last != ',' && last != ':';
}

/* Judges the first `count` tokens. True: they are all right, and *depth containers are open behind them; else *wrong is
 * the first that is not. */
static bool judge_tokens(struct piece *piece, size_t count, const char *end, enum scan_records records, size_t *wrong,
                         size_t *depth)
{
    struct matcher matcher = {.array = records == SCAN_BY_ELEMENT, .outside = records != SCAN_BY_ELEMENT};
    for (size_t first = 0; first < count; first += 64) {
        const struct scan_word *word = &piece->index.words[first / 64];
        uint64_t valid = count - first < 64 ? (UINT64_C(1) << (count - first)) - 1 : ~UINT64_C(0);
        *depth = depth_of(&matcher);
        uint64_t bad = (word->wrong & valid) | match_word(piece, &matcher, word, first, valid);
        bad |= wrong_scalars(piece, first, word->scalars & valid, end);
        if (bad) {
            uint64_t before = (bad & -bad) - 1;
            *wrong = first + (unsigned)__builtin_ctzll(bad);
            *depth += (size_t)__builtin_popcountll(word->brackets & ~word->closes & before);
            *depth -= (size_t)__builtin_popcountll(word->closes & before);
            return false;
        }
    }
    *depth = depth_of(&matcher);
    return true;
}

void piece_load(struct piece *piece, const char *text, size_t len, bool whole, enum scan_records records)
{
    reserve(piece, len);
    piece->text = text;
    struct scan_index *index = &piece->index;
    scan_json(index, text, len, records);
    /* of the last two tokens of a text that goes on it is not known whether a key follows */
    size_t count = whole ? index->count : index->count - (index->count < 2 ? index->count : 2);
    size_t wrong = count, depth = 0;
    bool good = judge_tokens(piece, count, whole ? text + len : NULL, records, &wrong, &depth);
    if (!good)
        clear_stack(piece, index->cap);
    piece->wrong = !good || index->scanned < len || (whole && (depth != 0 || !may_end(index)));
    size_t boundary = whole && !piece->wrong ? count : last_boundary(index, wrong, depth, records);
    bool found = boundary != SIZE_MAX, token = found && boundary < index->count;
    piece->limit = found ? boundary + (records == SCAN_BY_LINE && token) : 0;
    piece->end = found ? index->positions[boundary] + (size_t)(records != SCAN_BY_VALUE && token) : 0;
}

struct span piece_value(const struct piece *piece, size_t token)
{
    const struct scan_index *index = &piece->index;
    struct span value = {.text = piece->text + index->positions[token]};
    unsigned char c = index->tokens[token];
    if (c == '{' || c == '[') {
        value.type = c == '{' ? SPAN_OBJECT : SPAN_ARRAY;
        value.len = index->positions[piece_last(piece, token)] - index->positions[token] + 1;
        return value;
    }
    size_t start = index->positions[token], end = index->positions[token + 1];
    if (index->any_space)
        while (text_is_space(piece->text[end - 1]))
            end--;
    value.len = end - start;
    value.type = json_type((char)c);
    value.escaped = c == '"' && index->any_backslash && scan_any(index->backslashes, start, end);
    return value;
}

bool piece_spaced(const struct piece *piece, struct span value)
{
    size_t start = (size_t)(value.text - piece->text);
    return piece->index.any_space && scan_any(piece->index.spaces, start, start + value.len);
}
