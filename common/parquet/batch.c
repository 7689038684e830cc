#include "parquet/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "json/cursor.h"
#include "json/json.h"
#include "parquet/batch_inner.h"
#include "parquet/cast_inner.h"
#include "value/value.h"

struct parquet_batch *parquet_batch_new(const struct parquet_layout *layout)
{
    struct parquet_batch *batch = mem_zero(1, sizeof *batch);
    batch->layout = layout;
    batch->columns = mem_zero(layout->root.column_count + 1, sizeof *batch->columns);
    batch->seen = mem_zero(layout->target_count, sizeof *batch->seen);
    batch->follows = mem_zero(layout->target_count, 2 * sizeof *batch->follows);
    return batch;
}

void parquet_batch_free(struct parquet_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->layout->root.column_count; i++) {
        free(batch->columns[i].definitions);
        free(batch->columns[i].repetitions);
        free(batch->columns[i].numbers);
        parquet_strings_free(&batch->columns[i].strings);
    }
    free(batch->columns);
    free(batch->weights);
    free(batch->seen);
    free(batch->follows);
    buffer_free(&batch->text);
    buffer_free(&batch->made);
    arena_free(&batch->arena);
    free(batch);
}

void parquet_batch_clear(struct parquet_batch *batch)
{
    for (size_t i = 0; i < batch->layout->root.column_count; i++) {
        batch->columns[i].entries = batch->columns[i].values = 0;
        parquet_strings_clear(&batch->columns[i].strings);
        batch->columns[i].unique = false;
    }
    batch->rows = 0;
}

void parquet_batch_set_strict(struct parquet_batch *batch)
{
    batch->strict = true;
}

size_t parquet_batch_rows(const struct parquet_batch *batch)
{
    return batch->rows;
}

static void grow_entries(struct parquet_shred *column)
{
    column->entry_cap = column->entry_cap ? 2 * column->entry_cap : 256;
    column->definitions = mem_resize(column->definitions, column->entry_cap, 1);
    column->repetitions = mem_resize(column->repetitions, column->entry_cap, 1);
}

static inline void add_entry(struct parquet_shred *column, unsigned repetition, unsigned definition)
{
    if (column->entries == column->entry_cap)
        grow_entries(column);
    column->definitions[column->entries] = (unsigned char)definition;
    column->repetitions[column->entries++] = (unsigned char)repetition;
}

static void grow_values(struct parquet_shred *column)
{
    column->value_cap = column->value_cap ? 2 * column->value_cap : 256;
    column->numbers = mem_resize(column->numbers, column->value_cap, sizeof *column->numbers);
}

void parquet_shred_reserve(struct parquet_shred *column, size_t entries, size_t values)
{
    while (column->entry_cap - column->entries < entries)
        grow_entries(column);
    while (column->value_cap - column->values < values)
        grow_values(column);
}

static inline void add_number(struct parquet_shred *column, int64_t number)
{
    if (column->values == column->value_cap)
        grow_values(column);
    column->numbers[column->values++] = number;
}

/* A text: where the first ones were nearly all different (ids), it is not looked for among those before. */
static void add_bytes(struct parquet_shred *column, const char *bytes, size_t len)
{
    enum { TRIED = 64 };
    uint64_t hash = hash_bytes(bytes, len);
    if (column->unique) {
        add_number(column, parquet_strings_append(&column->strings, bytes, len, hash));
        return;
    }
    add_number(column, parquet_strings_number(&column->strings, bytes, len, hash, 0));
    column->unique = column->values == TRIED && column->strings.count > TRIED / 4 * 3;
}

/* Every column below has an entry without value. */
static void add_nothing(struct parquet_batch *batch, const struct parquet_target *target, unsigned repetition,
                        unsigned definition)
{
    for (size_t i = 0; i < target->column_count; i++)
        add_entry(&batch->columns[target->column + i], repetition, definition);
}

static void add_null(struct parquet_batch *batch, const struct parquet_target *target, unsigned repetition)
{
    add_nothing(batch, target, repetition, target->definition - 1u);
}

/* Eight bytes none of which is a quote or a backslash. */
static inline bool no_end(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\';
    return ((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & highs) == 0;
}

/* Behind the string that begins at text. */
static inline const char *skip_string(const char *text, bool *escaped)
{
    const char *at = text + 1;
    for (;;) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        if (no_end(word)) {
            at += sizeof word;
            continue;
        }
        while (*at != '"' && *at != '\\')
            at++;
        if (*at == '"')
            return at + 1;
        *escaped = true;
        at += 2;
    }
}

static inline const char *skip_white(const struct parquet_batch *batch, const char *text)
{
    return json_skip_blank(text, batch->end);
}

static inline bool is_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

/* The value at text. */
static struct span value_at(const struct parquet_batch *batch, const char *text)
{
    if (*text == '"') {
        struct span value = {.text = text, .type = SPAN_STRING};
        value.len = (size_t)(skip_string(text, &value.escaped) - text);
        return value;
    }
    const char *at = text;
    if (*at == '-' || (*at >= '0' && *at <= '9')) {
        while (is_of_number(*at))
            at++;
        return (struct span){.text = text, .len = (size_t)(at - text), .type = SPAN_NUMBER};
    }
    if (*at == 't')
        return (struct span){.text = text, .len = 4, .type = SPAN_TRUE};
    if (*at == 'f')
        return (struct span){.text = text, .len = 5, .type = SPAN_FALSE};
    return json_value(text, batch->end);
}

/* A value that the target can't hold. */
static __attribute__((noinline)) const char *does_not_fit(struct parquet_batch *batch,
                                                          const struct parquet_target *target, const char *text)
{
    static const char *const wanted[] = {
        [PARQUET_KIND_BOOLEAN] = "true or false",
        [PARQUET_KIND_BYTE] = "a whole number of 8 bits",
        [PARQUET_KIND_SHORT] = "a whole number of 16 bits",
        [PARQUET_KIND_INT] = "a whole number of 32 bits",
        [PARQUET_KIND_LONG] = "a whole number of 64 bits",
        [PARQUET_KIND_FLOAT] = "a number",
        [PARQUET_KIND_DOUBLE] = "a number",
        [PARQUET_KIND_DECIMAL] = "a number of so many digits",
        [PARQUET_KIND_STRING] = "a string",
        [PARQUET_KIND_BINARY] = "base64 text",
        [PARQUET_KIND_DATE] = "a date",
        [PARQUET_KIND_TIMESTAMP] = "a timestamp",
        [PARQUET_KIND_TIMESTAMP_NTZ] = "a timestamp",
        [PARQUET_KIND_STRUCT] = "an object",
        [PARQUET_KIND_ARRAY] = "an array",
        [PARQUET_KIND_MAP] = "an object",
    };
    batch->misfit->wanted = wanted[target->kind];
    batch->misfit->value = value_at(batch, text);
    batch->misfit->target = target;
    return NULL;
}

static const char *take(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                        unsigned repetition);

/* Whether the key, behind which are 8 bytes, stands at text; of which no more than 8 bytes beyond what is equal are
 * looked at. */
static inline bool begins_with(const char *text, const char *key, size_t len)
{
    for (;; text += 8, key += 8, len -= 8) {
        uint64_t a, b;
        memcpy(&a, text, sizeof a);
        memcpy(&b, key, sizeof b);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        a = __builtin_bswap64(a);
        b = __builtin_bswap64(b);
#endif
        if (len < 8)
            return ((a ^ b) & ((UINT64_C(1) << 8 * len) - 1)) == 0;
        if (a != b)
            return false;
    }
}

/* The same for one that is not where it was last time. */
static __attribute__((noinline)) const struct parquet_target *look_up_member(struct parquet_batch *batch,
                                                                             const struct parquet_target *target,
                                                                             const char *text, uint32_t *guess,
                                                                             const char **value)
{
    bool escaped = false;
    const char *end = skip_string(text, &escaped), *name = text + 1;
    size_t len = (size_t)(end - text) - 2;
    *value = skip_white(batch, skip_white(batch, end) + 1);
    if (escaped) {
        batch->text.len = 0;
        json_decode((struct span){.text = text, .len = (size_t)(end - text), .type = SPAN_STRING, .escaped = true},
                    &batch->text);
        name = batch->text.data;
        len = batch->text.len;
    }
    const struct parquet_target *child = parquet_target_member(target, len > 0 ? name : "", len);
    if (child)
        *guess = (uint32_t)(child - target->children);
    return child;
}

/* The member whose key is at text, most likely number *guess, which is set right; *value is behind the colon. NULL: the
 * layout has none. Records of one source repeat their order of keys. */
static inline const struct parquet_target *find_member(struct parquet_batch *batch, const struct parquet_target *target,
                                                       const char *text, uint32_t *guess, const char **value)
{
    const struct parquet_target *child = &target->children[*guess];
    if (begins_with(text, child->key, child->key_len)) {
        *value = skip_white(batch, text + child->key_len);
        return child;
    }
    return look_up_member(batch, target, text, guess, value);
}

/* Members that were not there. */
static void fill_members(struct parquet_batch *batch, const struct parquet_target *target, uint64_t visit,
                         unsigned repetition)
{
    for (size_t i = 0; i < target->child_count; i++)
        if (batch->seen[target->children[i].number] != visit)
            add_null(batch, &target->children[i], repetition);
}

static const char *take_struct(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                               unsigned repetition)
{
    uint64_t visit = ++batch->visit;
    size_t found = 0;
    uint32_t *guess = &batch->follows[2 * target->number];
    for (text = skip_white(batch, text + 1); *text != '}';) {
        const struct parquet_target *child = find_member(batch, target, text, guess, &text);
        if (child) {
            if (batch->seen[child->number] == visit) {
                batch->repeated = true;
                return NULL;
            }
            batch->seen[child->number] = visit;
            found++;
            guess = &batch->follows[2 * child->number + 1];
            text = take(batch, child, text, repetition);
            if (!text)
                return NULL;
        } else if (batch->strict) {
            return NULL;
        } else {
            text += value_at(batch, text).len;
        }
        text = skip_white(batch, text);
        if (*text == ',')
            text = skip_white(batch, text + 1);
    }
    if (found < target->child_count)
        fill_members(batch, target, visit, repetition);
    return text + 1;
}

/* A struct in a record that repeats a key: its members are found first, so that the last of a name counts. */
static __attribute__((noinline)) const char *take_struct_careful(struct parquet_batch *batch,
                                                                 const struct parquet_target *target,
                                                                 const char *text, unsigned repetition)
{
    const char **values = arena_alloc(&batch->arena, target->child_count * sizeof *values);
    memset(values, 0, target->child_count * sizeof *values);
    const char *at = skip_white(batch, text + 1);
    uint32_t guess = 0;
    while (*at != '}') {
        const struct parquet_target *child = find_member(batch, target, at, &guess, &at);
        if (child)
            values[child - target->children] = at;
        at = skip_white(batch, at + value_at(batch, at).len);
        if (*at == ',')
            at = skip_white(batch, at + 1);
    }
    for (size_t i = 0; i < target->child_count; i++) {
        if (!values[i])
            add_null(batch, &target->children[i], repetition);
        else if (!take(batch, &target->children[i], values[i], repetition))
            return NULL;
    }
    return at + 1;
}

static const char *take_array(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                              unsigned repetition)
{
    text = skip_white(batch, text + 1);
    if (*text == ']') {
        add_nothing(batch, target, repetition, target->definition);
        return text + 1;
    }
    for (;; repetition = target->repeats) {
        text = take(batch, target->children, text, repetition);
        if (!text)
            return NULL;
        text = skip_white(batch, text);
        if (*text == ']')
            return text + 1;
        text = skip_white(batch, text + 1);
    }
}

/* Whether a map's key, which in JSON is a string whatever it is, is a number or a boolean without its quotes. */
static bool is_bare(const struct parquet_target *target, struct span key)
{
    const char *text = key.text + 1;
    size_t len = key.len - 2;
    struct value number;
    if (target->kind == PARQUET_KIND_BOOLEAN)
        return (len == 4 && memcmp(text, "true", 4) == 0) || (len == 5 && memcmp(text, "false", 5) == 0);
    return target->kind <= PARQUET_KIND_DECIMAL && value_parse_number(text, len, &number);
}

/* What is not bare, as NaN, is taken as the string of a value; no key is null. */
static const char *take_key(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                            unsigned repetition)
{
    struct span key = value_at(batch, text);
    if (key.len == 2 && target->kind != PARQUET_KIND_STRING && target->kind != PARQUET_KIND_BINARY)
        return does_not_fit(batch, target, text);
    if (take(batch, target, text + is_bare(target, key), repetition))
        return text + key.len;
    batch->misfit->value = key;
    return NULL;
}

static const char *take_map(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                            unsigned repetition)
{
    text = skip_white(batch, text + 1);
    if (*text == '}') {
        add_nothing(batch, target, repetition, target->definition);
        return text + 1;
    }
    for (;; repetition = target->repeats) {
        text = take_key(batch, &target->children[0], text, repetition);
        if (!text)
            return NULL;
        text = skip_white(batch, skip_white(batch, text) + 1);
        text = take(batch, &target->children[1], text, repetition);
        if (!text)
            return NULL;
        text = skip_white(batch, text);
        if (*text == '}')
            return text + 1;
        text = skip_white(batch, text + 1);
    }
}

/* A text with escapes, or a value that is no text, compact; its entry is there. */
static __attribute__((noinline)) const char *take_made_string(struct parquet_batch *batch, struct parquet_shred *column,
                                                              const char *text)
{
    struct span value = value_at(batch, text);
    batch->text.len = 0;
    if (value.type == SPAN_STRING)
        json_decode(value, &batch->text);
    else
        json_compact(text, value.len, &batch->text);
    add_bytes(column, batch->text.len > 0 ? batch->text.data : "", batch->text.len);
    return text + value.len;
}

/* A value other than null for a STRING: text as it is, others compact. */
static const char *take_string(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                               unsigned repetition)
{
    struct parquet_shred *column = &batch->columns[target->column];
    bool escaped = false;
    add_entry(column, repetition, target->definition);
    const char *end = *text == '"' ? skip_string(text, &escaped) : NULL;
    if (!end || escaped)
        return take_made_string(batch, column, text);
    add_bytes(column, text + 1, (size_t)(end - text) - 2);
    return end;
}

/* Digits of a whole number of which any has 64 bits. */
enum { DIGITS_FIT = 18 };

/* Most values of the commonest kinds: true and false, and whole numbers without a sign. NULL: it is none, or none that
 * the target holds. */
static inline const char *take_plain(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                                     unsigned repetition)
{
    const char *at = text;
    int64_t number = 0;
    if (target->kind == PARQUET_KIND_BOOLEAN && (*text == 't' || *text == 'f')) {
        number = *text == 't';
        at += *text == 't' ? 4 : 5;
    } else if (target->kind == PARQUET_KIND_LONG) {
        for (; *at >= '0' && *at <= '9'; at++) {
            if (at - text == DIGITS_FIT)
                return NULL;
            number = 10 * number + (*at - '0');
        }
        if (at == text || is_of_number(*at))
            return NULL;
    } else {
        return NULL;
    }
    struct parquet_shred *column = &batch->columns[target->column];
    add_entry(column, repetition, target->definition);
    add_number(column, number);
    return at;
}

/* A value other than null for a leaf that is no STRING. */
static __attribute__((noinline)) const char *take_scalar(struct parquet_batch *batch,
                                                         const struct parquet_target *target, const char *text,
                                                         unsigned repetition)
{
    struct parquet_shred *column = &batch->columns[target->column];
    struct parquet_cast cast = {.text = &batch->text};
    struct span value = value_at(batch, text);
    bool empty = value.type == SPAN_STRING && value.len == 2;
    if (empty && target->kind != PARQUET_KIND_BINARY) { /* which Spark reads as null */
        add_null(batch, target, repetition);
        return text + 2;
    }
    if ((batch->strict && value.type == SPAN_STRING) || !parquet_cast_span(target, value, &cast))
        return does_not_fit(batch, target, text);
    add_entry(column, repetition, target->definition);
    if (target->physical == PARQUET_BYTE_ARRAY || target->physical == PARQUET_FIXED)
        add_bytes(column, cast.bytes, cast.len);
    else
        add_number(column, cast.number);
    return text + value.len;
}

static const char *take(struct parquet_batch *batch, const struct parquet_target *target, const char *text,
                        unsigned repetition)
{
    if (*text == 'n') {
        add_null(batch, target, repetition);
        return text + 4;
    }
    if (target->kind == PARQUET_KIND_STRING)
        return take_string(batch, target, text, repetition);
    if (target->kind < PARQUET_KIND_STRUCT) {
        const char *end = take_plain(batch, target, text, repetition);
        return end ? end : take_scalar(batch, target, text, repetition);
    }
    if (text[0] == '"' && text[1] == '"') {
        add_null(batch, target, repetition);
        return text + 2;
    }
    if (*text != (target->kind == PARQUET_KIND_ARRAY ? '[' : '{'))
        return does_not_fit(batch, target, text);
    if (target->kind == PARQUET_KIND_ARRAY)
        return take_array(batch, target, text, repetition);
    if (target->kind == PARQUET_KIND_MAP)
        return take_map(batch, target, text, repetition);
    return batch->careful ? take_struct_careful(batch, target, text, repetition)
                          : take_struct(batch, target, text, repetition);
}

/* The columns below the target, as they stand. */
static void mark(struct parquet_batch *batch, const struct parquet_target *target)
{
    for (size_t i = target->column; i < target->column + target->column_count; i++) {
        batch->columns[i].mark_entries = batch->columns[i].entries;
        batch->columns[i].mark_values = batch->columns[i].values;
    }
}

static void roll_back(struct parquet_batch *batch, const struct parquet_target *target)
{
    for (size_t i = target->column; i < target->column + target->column_count; i++) {
        batch->columns[i].entries = batch->columns[i].mark_entries;
        batch->columns[i].values = batch->columns[i].mark_values;
    }
}

void parquet_batch_weigh(struct parquet_batch *batch, size_t weight)
{
    if (batch->rows == batch->row_cap) {
        batch->row_cap = batch->row_cap ? 2 * batch->row_cap : 256;
        batch->weights = mem_resize(batch->weights, batch->row_cap, sizeof *batch->weights);
    }
    batch->weights[batch->rows++] = weight;
}

/* The target's value, all of it or nothing. */
static bool take_whole(struct parquet_batch *batch, const struct parquet_target *target, const char *text, size_t len)
{
    batch->end = text + len;
    batch->repeated = batch->careful = false;
    mark(batch, target);
    const char *end = take(batch, target, text, 0);
    if (!end && batch->repeated && !batch->strict) {
        roll_back(batch, target);
        batch->careful = true;
        end = take(batch, target, text, 0);
        arena_reset(&batch->arena);
    }
    if (!end)
        roll_back(batch, target);
    return end != NULL;
}

bool parquet_batch_add(struct parquet_batch *batch, struct span record, struct parquet_misfit *into)
{
    batch->misfit = into;
    if (!take_whole(batch, &batch->layout->root, record.text, record.len))
        return false;
    parquet_batch_weigh(batch, record.len);
    return true;
}

bool parquet_batch_take(struct parquet_batch *batch, const struct parquet_target *member, const char *text, size_t len)
{
    struct parquet_misfit misfit;
    batch->misfit = &misfit;
    bool fits = take_whole(batch, member, text, len);
    batch->misfit = NULL;
    return fits;
}

static void add_path(const struct parquet_target *target, struct buffer *into)
{
    if (!target->parent)
        return;
    add_path(target->parent, into);
    if (target->parent->parent)
        buffer_add_char(into, '.');
    buffer_add(into, target->name, target->name_len);
}

void parquet_misfit_path(const struct parquet_misfit *misfit, struct buffer *into)
{
    add_path(misfit->target, into);
}
