#include "sql/source.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/spill.h"
#include "table/form/row_form.h"
#include "table/schema_scan.h"

enum { COPY_PIECE = 1 << 20, DESCRIPTOR_NAME = 32 };

static const char *format(struct arena *arena, const char *before, const char *text, size_t len)
{
    struct buffer made = {0};
    buffer_add_text(&made, before);
    buffer_add(&made, text, len);
    const char *copy = arena_copy(arena, made.data, made.len);
    buffer_free(&made);
    return copy;
}

static char *descriptor_name(struct arena *arena, int descriptor)
{
    char name[DESCRIPTOR_NAME];
    int len = snprintf(name, sizeof name, "/dev/fd/%d", descriptor);
    return arena_copy(arena, name, (size_t)len);
}

/* The broker, the topic and the offset of kafka://BROKERS/TOPIC?OFFSET or file:DIR/TOPIC?OFFSET; false: it is none. */
static bool split_topic(const char *argument, struct arena *arena, const char **broker, const char **topic,
                        const char **offset)
{
    bool kafka = strncmp(argument, "kafka://", 8) == 0, local = strncmp(argument, "file:", 5) == 0;
    if (!kafka && !local)
        return false;
    const char *end = strchr(argument, '?');
    const char *start = kafka ? argument + 8 : argument, *last = end ? end : argument + strlen(argument), *slash = last;
    while (slash > start && *slash != '/')
        slash--;
    if (*slash != '/' || slash + 1 == last)
        return false;
    *broker = format(arena, "", start, (size_t)(slash - start));
    *topic = format(arena, "", slash + 1, (size_t)(last - slash - 1));
    *offset = end ? end + 1 : NULL;
    return true;
}

/* aconsume stands beside this program, or in PATH. */
static const char *consumer(struct arena *arena)
{
    char self[4096];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - sizeof "aconsume");
    while (len > 0 && self[len - 1] != '/')
        len--;
    if (len > 0) {
        const char *beside = format(arena, format(arena, "", self, (size_t)len), "aconsume", 8);
        if (access(beside, X_OK) == 0)
            return beside;
    }
    return "aconsume";
}

/* Begins to read a topic; the descriptor that its messages come from. Only the Kafka tools load Kafka's library: it is
 * one of them that reads. */
static int start_consumer(struct sql_source *source, struct problem *problem)
{
    const char *broker = NULL, *topic = NULL, *offset = NULL;
    int ends[2];
    split_topic(source->argument, source->arena, &broker, &topic, &offset);
    const char *words[] = {consumer(source->arena), "-q", "-b", broker, "-t", topic, offset ? "-o" : NULL, offset,
                           NULL};
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        problem_set(problem, STATUS_IO, "%s: %s", source->argument, strerror(errno));
        return -1;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    int wrong = posix_spawnp(&source->child, words[0], &actions, NULL, (char **)(uintptr_t)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (wrong == 0)
        return ends[0];
    close(ends[0]);
    source->child = 0;
    problem_set(problem, STATUS_IO, "aconsume, which reads %s, cannot be started: %s", source->argument,
                strerror(wrong));
    return -1;
}

/* What can be read only once, in a file without a name. */
static bool copy_input(struct sql_source *source, int from, struct problem *problem)
{
    int copy = spill_open();
    char *piece = mem_zero(1, COPY_PIECE);
    ssize_t len;
    uint64_t at = 0;
    while ((len = read(from, piece, COPY_PIECE)) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 || !file_write_at(copy, piece, (size_t)len, at)) {
            free(piece);
            return problem_set(problem, STATUS_IO, "%s: %s", source->argument, strerror(errno));
        }
        at += (uint64_t)len;
    }
    free(piece);
    source->files[0] = descriptor_name(source->arena, copy);
    source->once = false;
    return true;
}

static void add_column(struct sql_source *source, const char *name, const struct schema_node *node)
{
    size_t count = source->column_count;
    if ((count & (count - 1)) == 0) {
        struct sql_column *larger = arena_alloc(source->arena, (count ? 2 * count : 1) * sizeof *larger);
        if (count > 0)
            memcpy(larger, source->columns, count * sizeof *larger);
        source->columns = larger;
    }
    source->columns[source->column_count++] = (struct sql_column){.name = name, .node = node};
}

const struct sql_column *sql_source_add(struct sql_source *source, const char *name)
{
    add_column(source, name, NULL);
    return &source->columns[source->column_count - 1];
}

static void columns_of_schema(struct sql_source *source)
{
    const struct schema_node *root = schema_root(source->schema);
    source->column_count = 0;
    schema_sort(source->schema, schema_root(source->schema));
    for (size_t i = 0; i < root->member_count; i++)
        add_column(source, arena_copy(source->arena, root->members[i]->name, root->members[i]->name_len),
                   root->members[i]);
}

static void look(struct sql_source *source)
{
    size_t count;
    const struct row_form *form = rows_form(source->rows);
    const struct span *header = rows_header(source->rows, &count);
    source->flat = form->flat;
    for (size_t i = 0; i < count; i++)
        add_column(source, arena_copy(source->arena, header[i].text, header[i].len), NULL);
    if (source->flat)
        return;
    source->schema = schema_new();
    rows_shape(source->rows, source->schema);
    source->scanned = form != row_form_find("json");
    columns_of_schema(source);
}

/* What stands behind the argument, as a file to be opened. */
static bool find_input(struct sql_source *source, bool several, struct problem *problem)
{
    const char *broker, *topic, *offset;
    struct stat info;
    bool standard = strcmp(source->argument, "-") == 0;
    source->files[0] = (char *)(uintptr_t)source->argument;
    if (stat(source->argument, &info) == 0) {
        source->once = !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
        return true;
    }
    if (!standard && !split_topic(source->argument, source->arena, &broker, &topic, &offset))
        return problem_set(problem, STATUS_IO, "%s: %s", source->argument, strerror(errno));
    int descriptor = standard ? STDIN_FILENO : start_consumer(source, problem);
    if (descriptor < 0)
        return false;
    source->once = true;
    if (several)
        return copy_input(source, descriptor, problem);
    if (!standard)
        source->files[0] = descriptor_name(source->arena, descriptor);
    return true;
}

struct sql_source *sql_source_open(const char *name, const char *argument, bool several,
                                   const struct rows_options *options, unsigned threads, struct arena *arena,
                                   struct problem *problem)
{
    struct sql_source *source = arena_alloc(arena, sizeof *source);
    *source = (struct sql_source){
        .name = name, .argument = argument, .options = *options, .threads = threads, .arena = arena};
    if (!find_input(source, several, problem) || !inputs_find(&source->inputs, source->files, 1, problem))
        return NULL;
    source->rows = rows_open(&source->inputs, &source->options);
    if (rows_failed(source->rows)) { /* nothing would be known of its columns */
        rows_tell(source->rows, problem);
        rows_close(source->rows);
        return NULL;
    }
    look(source);
    return source;
}

static bool scan(struct sql_source *source, const struct path_set *paths)
{
    if (source->flat || source->scanned || source->once)
        return false;
    struct rows *rows = rows_open(&source->inputs, &source->options);
    struct chunks_options chunks = {.threads = source->threads, .skip_bad = true};
    source->scanned = !paths;
    schema_scan(rows, paths, 1, &chunks, source->schema);
    rows_close(rows);
    columns_of_schema(source);
    return true;
}

bool sql_source_scan(struct sql_source *source)
{
    return scan(source, NULL);
}

void sql_source_scan_at(struct sql_source *source, const struct path *path)
{
    const struct path_set one = {.paths = &path, .count = 1};
    size_t before = source->looked.count;
    if (path_set_add(&source->looked, path) == before)
        scan(source, &one);
}

struct rows *sql_source_rows(struct sql_source *source, struct problem *problem)
{
    struct rows *rows = source->rows;
    source->rows = NULL;
    if (!rows && source->once) {
        problem_set(problem, STATUS_USAGE, "%s can be read only once", source->argument);
        return NULL;
    }
    return rows ? rows : rows_open(&source->inputs, &source->options);
}

bool sql_source_close(struct sql_source *source)
{
    int status = 0;
    bool unread = source->rows != NULL;
    if (source->rows)
        rows_close(source->rows);
    schema_free(source->schema);
    path_set_free(&source->looked);
    inputs_free(&source->inputs);
    if (source->child == 0 || unread)
        return true;
    while (waitpid(source->child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE;
}
