#include "table/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "delta/table.h"

/* While files are being found. */
struct finding {
    char **files;
    struct parquet_partitions *columns;
    size_t count, cap;
};

static bool is_folder(const char *path)
{
    struct stat info;
    return strcmp(path, "-") != 0 && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Whether the folder, whose path ends in a slash, is a Delta table. */
static bool has_log(const struct buffer *path)
{
    struct buffer log = {0};
    buffer_add(&log, path->data, path->len);
    buffer_add(&log, DELTA_LOG, sizeof DELTA_LOG);
    bool has = is_folder(log.data);
    buffer_free(&log);
    return has;
}

static void add(struct finding *finding, const char *path, size_t len)
{
    if (finding->count == finding->cap) {
        finding->cap = finding->cap ? 2 * finding->cap : 16;
        finding->files = mem_resize(finding->files, finding->cap, sizeof *finding->files);
        finding->columns = mem_resize(finding->columns, finding->cap, sizeof *finding->columns);
    }
    finding->columns[finding->count] = (struct parquet_partitions){0};
    finding->files[finding->count++] = mem_copy(path, len);
}

/* Adds what lies in the folder, whose path (with a slash, NUL-terminated) is in `path`; it is as it was after that. */
static bool look_into(struct finding *finding, struct buffer *path, unsigned depth, struct problem *problem)
{
    size_t len = path->len;
    const struct dirent *found;
    DIR *folder = depth <= INPUTS_DEPTH_MAX ? opendir(path->data) : NULL;
    if (!folder)
        return problem_set(problem, STATUS_IO, "%s: %s", path->data,
                           depth <= INPUTS_DEPTH_MAX ? strerror(errno) : "folders lie in each other too deep");
    bool good = true;
    for (errno = 0; good && (found = readdir(folder)) != NULL; errno = 0) {
        if (strcmp(found->d_name, DELTA_LOG) == 0)
            good = problem_set(problem, STATUS_USAGE, "%.*s: a Delta table within a folder: name it itself",
                               (int)len - 1, path->data);
        if (found->d_name[0] == '_' || found->d_name[0] == '.')
            continue;
        path->len = len;
        buffer_add(path, found->d_name, strlen(found->d_name) + 1);
        bool inside = is_folder(path->data);
        if (inside) {
            path->len--;
            buffer_add(path, "/", 2);
            path->len--; /* the NUL stays behind it */
            good = look_into(finding, path, depth + 1, problem);
        } else {
            add(finding, path->data, path->len - 1);
        }
    }
    if (good && errno != 0) {
        path->len = len;
        buffer_add_char(path, '\0');
        good = problem_set(problem, STATUS_IO, "%s: %s", path->data, strerror(errno));
    }
    closedir(folder);
    path->len = len;
    return good;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of a Delta table, as its log has them, with the columns of their partition; `path` ends in a slash. */
static bool add_table(struct finding *finding, const char *name, const struct buffer *path, struct problem *problem)
{
    const struct delta_place place = delta_place_local(name);
    struct delta_table *table = delta_table_read(&place, DELTA_LATEST, problem);
    struct buffer file = {0};
    size_t first = finding->count;
    for (size_t i = 0; table && problem->status == STATUS_OK && i < table->file_count; i++) {
        if (table->files[i].removed)
            continue;
        file.len = 0;
        buffer_add(&file, path->data, path->len);
        buffer_add_text(&file, table->files[i].path);
        add(finding, file.data, file.len);
        delta_partitions(table, &table->files[i], &finding->columns[finding->count - 1], problem);
    }
    if (finding->count == first && problem->status == STATUS_OK)
        add(finding, "/dev/null", strlen("/dev/null"));
    buffer_free(&file);
    delta_table_free(table);
    return problem->status == STATUS_OK;
}

/* The files of a dataset: in order, with their columns. */
static bool add_dataset(struct finding *finding, const char *name, struct problem *problem)
{
    struct buffer path = {0};
    size_t first = finding->count, len = strlen(name);
    buffer_add(&path, name, len);
    if (len == 0 || name[len - 1] != '/')
        buffer_add_char(&path, '/');
    size_t root = path.len;
    buffer_add_char(&path, '\0');
    path.len--;
    if (has_log(&path)) {
        bool read = add_table(finding, name, &path, problem);
        buffer_free(&path);
        return read;
    }
    bool good = look_into(finding, &path, 0, problem);
    buffer_free(&path);
    size_t count = finding->count - first;
    if (good && count == 0)
        add(finding, "/dev/null", strlen("/dev/null"));
    if (count == 0)
        return good;
    qsort(finding->files + first, count, sizeof *finding->files, by_name);
    for (size_t i = first; i < finding->count; i++)
        parquet_partitions_read(&finding->columns[i], finding->files[i] + root);
    parquet_partitions_type(finding->columns + first, count);
    return good;
}

bool inputs_find(struct inputs *inputs, char *const *names, size_t count, struct problem *problem)
{
    struct finding finding = {0};
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        if (is_folder(names[i]))
            good = add_dataset(&finding, names[i], problem);
        else
            add(&finding, names[i], strlen(names[i]));
    *inputs = (struct inputs){.files = finding.files, .count = finding.count, .columns = finding.columns};
    if (!good)
        inputs_free(inputs);
    return good;
}

void inputs_free(struct inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++) {
        free(inputs->files[i]);
        parquet_partitions_free((struct parquet_partitions *)(uintptr_t)&inputs->columns[i]);
    }
    free((void *)(uintptr_t)inputs->files);
    free((void *)(uintptr_t)inputs->columns);
    *inputs = (struct inputs){0};
}
