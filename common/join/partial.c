#include "join/partial.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "join/partial_inner.h"
#include "join/rows.h"
#include "join/spill_inner.h"
#include "table/form/row_form.h"
#include "value/pack.h"
#include "value/sealed.h"

enum { HEX_LEN = 16, NO_KEY = 1, SPACED = 2, ESCAPED = 0x80 };

struct join_partial {
    struct buffer front; /* between a line's hash and its place */
    uint64_t place;      /* of the next batch's first record */
};

static const char *const side_names[] = {[JOIN_SIDE_LEFT] = "left", [JOIN_SIDE_RIGHT] = "right"};

static void put_hex(uint64_t number, char *into)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = HEX_LEN; i-- > 0; number >>= 4)
        into[i] = digits[number & 0xF];
}

static void add_hex(uint64_t number, struct buffer *into)
{
    buffer_reserve(into, HEX_LEN);
    put_hex(number, into->data + into->len);
    into->len += HEX_LEN;
}

static bool take_hex(const char *text, size_t len, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < len; i++) {
        if (!text_is_hex(text[i]))
            return false;
        *number = *number << 4 | (uint64_t)(text[i] <= '9' ? text[i] - '0' : (text[i] | ' ') - 'a' + 10);
    }
    return len == HEX_LEN;
}

/* What "of" is: the slots of both sides, and which of them are the keys. */
static void name_of(const struct join_names *names, struct buffer *into)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%d\n%d\n", (int)JOIN_PARTIAL_VERSION, (int)names->kind);
    for (size_t side = 0; side < 2; side++) {
        const struct path_set *paths = &names->sides[side].paths;
        for (size_t i = 0; i < paths->count; i++)
            buffer_add_format(&text, "%s\n", paths->paths[i]->text);
        for (size_t i = 0; i < names->key_count; i++)
            buffer_add_format(&text, "%zu\n", names->keys[i].slots[side]);
        buffer_add_format(&text, "\n");
    }
    add_hex(sealed_hash(text.data, text.len), into);
    buffer_free(&text);
}

void join_partial_add(const struct join_partial *partial, const struct span *slots, size_t count, bool spaced,
                      const struct buffer *key, bool no_key, uint64_t index, struct buffer *scratch,
                      struct buffer *into)
{
    size_t key_len = no_key ? 0 : key->len;
    scratch->len = 0;
    buffer_add_char(scratch, (char)((no_key ? NO_KEY : 0) | (spaced ? SPACED : 0)));
    pack_bytes(scratch, key->data, key_len);
    for (size_t i = 0; i < count; i++) {
        buffer_add_char(scratch, (char)(slots[i].type | (slots[i].escaped ? ESCAPED : 0)));
        if (slots[i].type != SPAN_ABSENT && slots[i].type != SPAN_NULL)
            pack_bytes(scratch, slots[i].text, slots[i].len);
    }
    /* Rows that match nothing may go anywhere, but not all to one place. */
    add_hex(no_key ? sealed_hash((const char *)&index, sizeof index) : sealed_hash(key->data, key_len), into);
    buffer_add(into, partial->front.data, partial->front.len);
    add_hex(index, into);
    buffer_add_text(into, "\",\"state\":\"");
    sealed_add(scratch->data, scratch->len, into);
    buffer_add_text(into, "\"}\n");
}

void join_partial_place(struct join_partial *partial, struct result *result)
{
    char *line = result->out.data, *end = line + result->out.len;
    while (line < end) {
        uint64_t index;
        char *place = line + HEX_LEN + partial->front.len;
        take_hex(place, HEX_LEN, &index);
        put_hex(partial->place + index, place);
        line = (char *)memchr(place, '\n', (size_t)(end - place)) + 1;
    }
    partial->place += result->records;
}

int join_partial_write(struct join *join, enum join_side_name side, uint64_t place, const struct chunks_options *chunks,
                       struct output *out)
{
    struct join_partial partial = {.place = place};
    struct chunks_options options = *chunks;
    buffer_add_format(&partial.front, "\t{\"ajoin\":%d,\"of\":\"", (int)JOIN_PARTIAL_VERSION);
    name_of(join->names, &partial.front);
    buffer_add_format(&partial.front, "\",\"side\":\"%s\",\"place\":\"", side_names[side]);
    options.out = out;
    join->partial = &partial;
    int status = join_read(join, side, &options);
    join->partial = NULL;
    buffer_free(&partial.front);
    return status;
}

/* The members of a line. */
enum member { VERSION, OF, SIDE, PLACE, STATE, MEMBERS };

static const char *const members[MEMBERS] = {"ajoin", "of", "side", "place", "state"};

/* While lines are read. */
struct merging {
    struct join *join;
    struct rows *states;
    struct path_set paths;
    size_t slots[MEMBERS];
    struct buffer name;
};

/* A thread's own. */
struct merger {
    const struct merging *merging;
    struct rows_reader *reader;
    struct buffer state, key;
    struct span *spans; /* of the longer side */
    struct arena arena;
};

static void *merger_start(void *tool)
{
    const struct merging *merging = tool;
    const struct join_side *sides = merging->join->names->sides;
    struct merger *merger = mem_zero(1, sizeof *merger);
    merger->merging = merging;
    merger->reader = rows_reader_new(merging->states);
    merger->spans = mem_zero(sides[0].paths.count + sides[1].paths.count + 1, sizeof *merger->spans);
    return merger;
}

static void merger_finish(void *tool, void *state)
{
    const struct merging *merging = tool;
    struct merger *merger = state;
    rows_reader_free(merging->states, merger->reader);
    buffer_free(&merger->state);
    buffer_free(&merger->key);
    arena_free(&merger->arena);
    free(merger->spans);
    free(merger);
}

/* Whether the member is the string. */
static bool is_text(const struct merger *merger, enum member member, const char *text, size_t len)
{
    struct span span = merger->reader->slots[merger->merging->slots[member]];
    return span.type == SPAN_STRING && span.len == len + 2 && memcmp(span.text + 1, text, len) == 0;
}

/* Why the line is none of this join; or NULL. */
static const char *check_line(struct merger *merger)
{
    const struct merging *merging = merger->merging;
    struct span version = merger->reader->slots[merging->slots[VERSION]];
    if (version.type != SPAN_NUMBER)
        return "no row of ajoin --partial";
    if (version.len != 1 || version.text[0] != '0' + JOIN_PARTIAL_VERSION)
        return "a row of another version of ajoin --partial";
    if (!is_text(merger, OF, merging->name.data, merging->name.len))
        return "a row of another join: another select list, other keys or columns";
    return NULL;
}

/* The slots in the state, of which the key is left in merger->key; false: they are damaged. */
static bool read_state(struct merger *merger, size_t count, unsigned char *flags)
{
    struct unpack from = {.at = merger->state.data, .end = merger->state.data + merger->state.len, .untrusted = true};
    size_t len = 0;
    const char *head = unpack_raw(&from, 1);
    *flags = head ? (unsigned char)*head : 0;
    const char *key = unpack_bytes(&from, &len);
    merger->key.len = 0;
    buffer_reserve(&merger->key, 1);
    if (key)
        buffer_add(&merger->key, key, len);
    for (size_t i = 0; i < count && !from.failed; i++) {
        struct span *span = &merger->spans[i];
        head = unpack_raw(&from, 1);
        *span = (struct span){.type = head ? (unsigned char)*head & (ESCAPED - 1) : 0, .escaped = head && *head < 0};
        if (span->type > SPAN_PACKED)
            return false;
        if (span->type == SPAN_ABSENT || span->type == SPAN_NULL)
            continue;
        span->text = unpack_bytes(&from, &span->len);
        if (from.failed || !unpack_is_span(span))
            return false;
    }
    return !from.failed && from.at == from.end;
}

/* Packs the row of a line; or why it is none. */
static const char *take_line(struct merger *merger, struct buffer *into)
{
    static const char damaged[] = "a damaged row of ajoin --partial";
    const struct join_names *names = merger->merging->join->names;
    const struct span *members_of = merger->reader->slots;
    const char *wrong = check_line(merger);
    if (wrong)
        return wrong;
    enum join_side_name side = is_text(merger, SIDE, "left", strlen("left")) ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT;
    struct span place_text = members_of[merger->merging->slots[PLACE]];
    uint64_t place;
    unsigned char flags;
    merger->state.len = 0;
    size_t count = names->sides[side].paths.count;
    if ((side == JOIN_SIDE_RIGHT && !is_text(merger, SIDE, "right", strlen("right"))) ||
        place_text.type != SPAN_STRING || !take_hex(place_text.text + 1, place_text.len - 2, &place) ||
        !sealed_open(members_of[merger->merging->slots[STATE]], &merger->state) || !read_state(merger, count, &flags))
        return damaged;
    size_t start = into->len;
    if (!join_row_pack(merger->spans, count, flags & SPACED, &merger->key, flags & NO_KEY, place, into))
        return "a record of 4 GiB or more cannot be joined";
    ((struct join_row *)(void *)(into->data + start))->right = side == JOIN_SIDE_RIGHT;
    return NULL;
}

static void merger_work(void *state, struct batch *batch, struct result *result)
{
    struct merger *merger = state;
    const struct rows_reader *reader = merger->reader;
    rows_start(merger->reader, batch, result);
    while (rows_next(merger->reader)) {
        const char *wrong = take_line(merger, &result->out);
        if (wrong && !result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len,
                                 false, wrong))
            return;
        if (!wrong)
            result_row(result);
    }
}

/* To the temporary files of their sides. */
static bool merger_take(void *tool, const struct batch *batch, struct result *result)
{
    (void)batch;
    const struct merging *merging = tool;
    for (size_t at = 0; at < result->out.len;) {
        struct join_row *row = (struct join_row *)(void *)(result->out.data + at);
        const struct buffer one = {.data = (char *)row, .len = row->size};
        join_spill_add(merging->join->spill, row->right ? JOIN_SIDE_RIGHT : JOIN_SIDE_LEFT, &one);
        at += row->size;
    }
    return true;
}

static int read_states(struct merging *merging, const struct chunks_options *chunks)
{
    static const struct chunks_work work = {
        .start = merger_start, .work = merger_work, .finish = merger_finish, .take = merger_take};
    struct chunks_options options = *chunks;
    options.out = NULL;
    options.has_limit = false;
    options.skip = 0;
    return chunks_run(rows_source(merging->states), &options, &work, merging, NULL);
}

/* The paths of a line's members, bound. */
static bool bind_members(struct merging *merging, struct arena *arena, struct problem *problem)
{
    for (size_t i = 0; i < MEMBERS; i++)
        merging->slots[i] = path_set_add(&merging->paths, path_of_key(arena, members[i], strlen(members[i])));
    return rows_bind(merging->states, &merging->paths, problem);
}

int join_partial_merge(struct join_run *run, struct rows *states, struct output *out, struct problem *problem)
{
    static const struct order by_place = {.keys = NULL};
    struct join *join = &run->join;
    struct arena arena = {0};
    struct merging merging = {.join = join, .states = states};
    name_of(join->names, &merging.name);
    join->build = JOIN_SIDE_RIGHT;
    join->memory = run->memory / 2; /* the other half is for sorting */
    join->spill = join_spill_new();
    join->places = true;
    bool good = bind_members(&merging, &arena, problem);
    int status = good ? read_states(&merging, run->chunks) : (int)problem->status;
    struct project_options options = run->project;
    options.order = run->order ? run->order : &by_place;
    options.memory /= 2;
    join->project = project_new(run->select, &options);
    if (good)
        project_header(join->project, out);
    if (status == STATUS_OK)
        status = join_spill_run(join);
    project_finish(join->project, status == STATUS_OK, out);
    if (join->problem.status != STATUS_OK)
        *problem = join->problem;
    buffer_free(&merging.name);
    path_set_free(&merging.paths);
    arena_free(&arena);
    join_free(join);
    return status;
}
