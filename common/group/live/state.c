/* The file of a state, and the view below: partial states behind a line that says how far they go. */
#include "group/live/live_inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/uuid.h"
#include "group/partial.h"
#include "table/form/row_form.h"
#include "table/sort.h"

enum { READ_SIZE = 1024 * 1024 };

/* What the members of a line are: those of a partial state first (group_run_merge_paths). */
enum line_member {
    LINE_VERSION,
    LINE_OF,
    LINE_STATE,
    LINE_OFFSETS,
    LINE_WATERMARK,
    LINE_BASE,
    LINE_ID,
    LINE_GONE,
    LINE_MEMBERS,
};
static const char *const line_members[LINE_MEMBERS] = {"aagg", "of",   "state", "offsets", "watermark",
                                                       "base", "id", "gone"};

/* A file being read into the groups. */
struct reading {
    struct live *live;
    struct group_run run; /* the live's, over the file's rows */
    struct run_state *state;
    struct path_set paths;
    size_t slots[LINE_MEMBERS];
    struct arena arena;
    struct positions positions;
    int64_t watermark_ms;
    uint64_t base;
    char id[CHECKPOINT_ID_LEN + 1];
    bool steps; /* states take the place of those that are there */
};

static bool read_long(struct span span, int64_t *number)
{
    char text[32], *end;
    if (span.type != SPAN_NUMBER || span.len >= sizeof text)
        return false;
    memcpy(text, span.text, span.len);
    text[span.len] = '\0';
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

/* The line that says how far the others go. */
static bool take_head(struct reading *reading, struct row *row)
{
    const struct span *slots = row->slots;
    int64_t number;
    if (!run_is_ours(&reading->run, row))
        return false;
    row->error = "damaged offsets of a partial state";
    if (!positions_read(&reading->positions, slots[reading->slots[LINE_OFFSETS]]))
        return false;
    row->error = NULL;
    if (read_long(slots[reading->slots[LINE_WATERMARK]], &number))
        reading->watermark_ms = number;
    if (read_long(slots[reading->slots[LINE_BASE]], &number))
        reading->base = (uint64_t)number;
    struct span id = slots[reading->slots[LINE_ID]];
    if (id.type == SPAN_STRING && id.len == CHECKPOINT_ID_LEN + 2)
        memcpy(reading->id, id.text + 1, CHECKPOINT_ID_LEN);
    return true;
}

/* Any of the lines of a state, of a view, or of steps. False: row->error. */
static bool take_line(struct reading *reading, struct row *row, uint64_t place)
{
    const struct span *slots = row->slots;
    if (slots[reading->slots[LINE_OFFSETS]].type != SPAN_ABSENT)
        return take_head(reading, row);
    struct span gone = slots[reading->slots[LINE_GONE]];
    if (!reading->steps || gone.type == SPAN_ABSENT)
        return run_take_partial(reading->state, row, place, reading->steps) != NULL;
    if (!run_is_ours(&reading->run, row))
        return false;
    row->error = "a damaged step of a state";
    return live_take_gone(reading->live, gone, &reading->state->decoded) && !(row->error = NULL);
}

static void read_work(void *tool, struct batch *batch, struct result *result)
{
    struct reading *reading = tool;
    struct rows_reader *reader = reading->state->reader;
    rows_start(reader, batch, result);
    while (rows_next(reader)) {
        struct row row = {.slots = reader->slots, .arena = &reading->state->arena};
        arena_reset(&reading->state->arena);
        if (!take_line(reading, &row, sort_place(batch->sequence, reader->index)) &&
            !result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                        row.error))
            return;
    }
}

static const struct chunks_work reading_work = {.work = read_work};

/* Reads a file of partial states into the live's groups. A message has been printed where it cannot. */
static bool read_file(struct reading *reading, struct live *live, const char *path, bool steps,
                      struct problem *problem)
{
    *reading = (struct reading){.live = live, .run = *live->run, .watermark_ms = LIVE_NO_TIME, .steps = steps};
    char *files[] = {(char *)(uintptr_t)path};
    struct inputs inputs = {.files = files, .count = 1};
    struct rows_options rows_options = {.form = row_form_find("json"), .framing = FRAMING_LINE};
    reading->run.merge_name = live->options->name;
    for (size_t i = 0; i < LINE_MEMBERS; i++) {
        size_t offset;
        const char *message;
        reading->slots[i] =
            path_set_add(&reading->paths, path_parse(&reading->arena, line_members[i], NULL, &offset, &message));
    }
    memcpy(reading->run.slots, reading->slots, sizeof reading->run.slots);
    reading->run.rows = rows_open(&inputs, &rows_options);
    group_run_init(&reading->run);
    reading->run.states = NULL;
    reading->run.state_count = 0;
    bool good = rows_bind(reading->run.rows, &reading->paths, problem);
    struct groups *own;
    reading->state = group_run_start(&reading->run);
    own = reading->state->groups;
    reading->state->groups = live->state->groups;
    struct chunks_options chunks = {.threads = 1};
    int status = good ? chunks_run(rows_source(reading->run.rows), &chunks, &reading_work, reading, NULL) : STATUS_OK;
    if (status != STATUS_OK)
        good = problem_set(problem, (enum status)status, "%s: not taken", path);
    reading->state->groups = own;
    reading->run.tables = NULL;
    reading->run.table_count = 0;
    reading->run.positions = (struct positions){0};
    group_run_finish(&reading->run, reading->state);
    groups_free(own);
    free(reading->run.tables);
    free(reading->run.states);
    positions_free(&reading->run.positions);
    rows_close(reading->run.rows);
    path_set_free(&reading->paths);
    arena_free(&reading->arena);
    return good;
}

/* A checksum of a whole file, never 0. */
static bool sum_file(const char *path, uint64_t *sum, struct problem *problem)
{
    int fd = file_open(path, O_RDONLY, 0);
    if (fd < 0)
        return problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    char *bytes = mem_resize(NULL, READ_SIZE, 1);
    uLong crc = crc32(0, NULL, 0);
    uint64_t at = 0;
    ssize_t n;
    while ((n = file_read_at(fd, bytes, READ_SIZE, at)) > 0) {
        crc = crc32(crc, (const Bytef *)bytes, (uInt)n);
        at += (uint64_t)n;
    }
    if (n < 0)
        problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    close(fd);
    free(bytes);
    *sum = (uint64_t)crc + 1;
    return n == 0;
}

static void forget(struct live *live)
{
    const struct groups_options options = group_run_options(live->run);
    groups_free(live->state->groups);
    live->state->groups = groups_new(&options);
    live->touched.len = 0;
    live->least_end = INT64_MAX;
}

static void take_reading(struct live *live, const struct reading *reading)
{
    positions_merge(&live->positions, &reading->positions);
    live->watermark_ms = live->newest_ms = reading->watermark_ms;
    if (live->options->time && live->newest_ms != LIVE_NO_TIME)
        live->newest_ms += live->options->delay_ms;
}

/* What changed since the state that was read. */
static bool load_steps(struct live *live, const char *id, struct problem *problem)
{
    struct buffer name = {0}, head = {0};
    struct stat is;
    struct reading reading = {0};
    const char *path = live->options->state;
    bool good = checkpoint_head(path, &head, &live->steps_size) && stat(path, &is) == 0;
    if (!good)
        problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    checkpoint_steps_name(path, &name);
    if (good && live->steps_size > 0) {
        /* a step that was not finished stands behind them */
        good = truncate(name.data, (off_t)live->steps_size) == 0 ||
               problem_set(problem, STATUS_IO, "%s: %s", name.data, strerror(errno));
        good = good && read_file(&reading, live, name.data, true, problem);
        if (good) {
            take_reading(live, &reading);
            live_sweep(live);
        }
        positions_free(&reading.positions);
    }
    if (good) {
        memcpy(live->id, id, sizeof live->id);
        live->whole_size = (uint64_t)is.st_size;
    }
    buffer_free(&name);
    buffer_free(&head);
    return good;
}

/* The state as it was kept, if there is one, and it stands on the same base. */
static bool load_state(struct live *live, bool *taken, struct problem *problem)
{
    struct reading reading;
    *taken = false;
    if (!live->options->state || (access(live->options->state, F_OK) != 0 && errno == ENOENT))
        return true;
    bool good = read_file(&reading, live, live->options->state, false, problem);
    *taken = good && reading.base == live->base;
    if (*taken) {
        take_reading(live, &reading);
        good = load_steps(live, reading.id, problem);
    } else if (good) {
        diag_notice("%s belongs to another --base: begun anew from this one", live->options->state);
        positions_merge(&live->dropped, &reading.positions);
        forget(live);
    }
    positions_free(&reading.positions);
    return good;
}

bool live_read_base(struct live *live, uint64_t *sum, struct positions *positions, struct problem *problem)
{
    struct reading reading;
    if (!sum_file(live->options->base, sum, problem))
        return false;
    bool good = read_file(&reading, live, live->options->base, false, problem);
    if (good)
        positions_merge(positions, &reading.positions);
    positions_free(&reading.positions);
    live_loaded(live);
    return good;
}

bool live_load(struct live *live, struct problem *problem)
{
    const char *base = live->options->base;
    bool taken;
    if (base && !sum_file(base, &live->base, problem))
        return false;
    if (!load_state(live, &taken, problem))
        return false;
    if (base && !taken && !live_read_base(live, &live->base, &live->positions, problem))
        return false;
    if (taken)
        live_loaded(live);
    live->dirty = live->touched.len > 0;
    live->small = groups_memory(live->state->groups);
    return true;
}

void live_write_head(struct live *live, const char *id_name, struct buffer *into)
{
    partial_write_head(live->options->name, &live->positions, into);
    into->len -= 2; /* }, newline */
    if (live->watermark_ms != LIVE_NO_TIME)
        buffer_add_format(into, ",\"watermark\":%lld", (long long)live->watermark_ms);
    if (live->base)
        buffer_add_format(into, ",\"base\":%llu", (unsigned long long)live->base);
    buffer_add_format(into, ",\"%s\":\"%s\"}\n", id_name, live->id);
}

/* Closed windows stay in the file until they were told two checkpoints ago. How many groups of live->list are left. */
static size_t keepers(struct live *live, size_t count)
{
    size_t kept = 0;
    struct group **list = (struct group **)(void *)live->list.data;
    for (size_t i = 0; i < count; i++) {
        if (live_drop_gone(live, list[i]))
            continue;
        live_saved(live, list[i]);
        list[kept++] = list[i];
    }
    return kept;
}

/* An id for the file of the state, by which steps know what they follow: of one of another run, too. */
static void draw_id(struct live *live)
{
    char drawn[UUID_TEXT];
    uuid_draw(drawn);
    snprintf(live->id, sizeof live->id, "%.8s%.8s", drawn, drawn + UUID_TEXT - 1 - 8);
}

/* The state as a file of its own, which then takes the place of the one that is there. When that is on the disk, the
 * steps of the old one go, which nobody would take for those of this one. */
static bool save_whole(struct live *live, size_t groups, struct problem *problem)
{
    struct buffer name = {0}, head = {0};
    const char *path = live->options->state;
    buffer_add_format(&name, "%s.new%c", path, '\0');
    int fd = file_open(name.data, O_WRONLY | O_CREAT | O_TRUNC, 0666), kept = -1;
    bool good = fd >= 0 && (kept = fcntl(fd, F_DUPFD_CLOEXEC, 0)) >= 0;
    if (!good)
        problem_set(problem, STATUS_IO, "%s: %s", name.data, strerror(errno));
    if (good) {
        live->checkpoints++;
        size_t count = keepers(live, groups);
        struct output *out = output_start(fd, name.data);
        draw_id(live);
        live_write_head(live, "id", &head);
        output_write(out, head.data, head.len);
        group_report_states(live->report, (struct group *const *)(const void *)live->list.data, count,
                            live->options->name, out);
        output_close(out);
        live->whole_size = file_size(kept);
        live->steps_size = 0;
        good = fsync(kept) == 0 && rename(name.data, path) == 0;
        if (!good)
            problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
        checkpoint_steps_name(path, &name);
        if (good && file_sync_folder(path))
            unlink(name.data);
    } else if (fd >= 0) {
        close(fd);
    }
    if (kept >= 0)
        close(kept);
    buffer_free(&name);
    buffer_free(&head);
    return good;
}

bool live_save(struct live *live, struct problem *problem)
{
    size_t count = groups_list(live->state->groups, &live->list);
    bool good = live_steps_pay(live, count) ? live_save_step(live, count, problem) : save_whole(live, count, problem);
    live->unsaved = false;
    live->saved_us = clock_steady_us();
    return good;
}
