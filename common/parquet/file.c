#include "parquet/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parquet/codec.h"
#include "parquet/file_inner.h"

const char parquet_magic[] = "PAR1";
static const char encrypted_magic[] = "PARE";

/* Behind the footer: its length in 4 bytes, and the magic. */
enum { TAIL_LEN = 8 };

static bool read_local(void *context, uint64_t at, void *into, size_t len, struct problem *problem)
{
    int descriptor = (int)(intptr_t)context;
    for (char *next = into; len > 0;) {
        ssize_t count = pread(descriptor, next, len, (off_t)at);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return problem_set(problem, STATUS_IO, "%s", strerror(errno));
        if (count == 0)
            return problem_set(problem, STATUS_IO, "became shorter while it was read");
        next += count;
        at += (uint64_t)count;
        len -= (size_t)count;
    }
    return true;
}

bool parquet_source_local(struct parquet_source *source, int descriptor, const char *name, struct problem *problem)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return problem_set(problem, STATUS_IO, "%s: %s", name, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return problem_set(problem, STATUS_USAGE, "%s: Parquet is read from both ends, and this is no regular file",
                           name);
    *source = (struct parquet_source){
        .context = (void *)(intptr_t)descriptor, .read = read_local, .size = (uint64_t)status.st_size, .name = name};
    return true;
}

static bool read_memory(void *context, uint64_t at, void *into, size_t len, struct problem *problem)
{
    (void)problem;
    memcpy(into, (const char *)context + at, len);
    return true;
}

struct parquet_source parquet_source_memory(const void *bytes, size_t len, const char *name)
{
    return (struct parquet_source){.context = (void *)(uintptr_t)bytes, .read = read_memory, .size = len, .name = name};
}

bool parquet_file_read(const struct parquet_file *file, uint64_t at, void *into, size_t len, struct problem *problem)
{
    const struct parquet_source *source = &file->source;
    if (at > source->size || len > source->size - at)
        return problem_set(problem, STATUS_DATA, "%s: ends before byte %llu", source->name,
                           (unsigned long long)(at + len));
    struct problem inner = {0};
    if (len == 0 || source->read(source->context, at, into, len, &inner))
        return true;
    return problem_set(problem, inner.status, "%s: %s", source->name, inner.text);
}

/* Reads the footer's bytes: from the file's end on, what most footers fit in at once. */
static bool read_footer(struct parquet_file *file, size_t *len, struct problem *problem)
{
    const struct parquet_source *source = &file->source;
    char tail[TAIL_LEN] = {0}, head[PARQUET_MAGIC_LEN] = {0};
    if (source->size < TAIL_LEN + PARQUET_MAGIC_LEN)
        return problem_set(problem, STATUS_DATA, "%s: no Parquet file (too short)", source->name);
    if (!parquet_file_read(file, 0, head, sizeof head, problem) ||
        !parquet_file_read(file, source->size - TAIL_LEN, tail, sizeof tail, problem))
        return false;
    if (memcmp(tail + 4, encrypted_magic, PARQUET_MAGIC_LEN) == 0 &&
        memcmp(head, encrypted_magic, PARQUET_MAGIC_LEN) == 0)
        return problem_set(problem, STATUS_DATA, "%s: is encrypted (its footer is), which is not supported",
                           source->name);
    if (memcmp(head, parquet_magic, PARQUET_MAGIC_LEN) != 0)
        return problem_set(problem, STATUS_DATA, "%s: no Parquet file (PAR1 is not at its beginning)", source->name);
    if (memcmp(tail + 4, parquet_magic, PARQUET_MAGIC_LEN) != 0)
        return problem_set(problem, STATUS_DATA, "%s: is truncated or no Parquet file (PAR1 is not at its end)",
                           source->name);
    const unsigned char *b = (const unsigned char *)tail;
    *len = (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
    if (*len > source->size - TAIL_LEN - PARQUET_MAGIC_LEN || *len > PARQUET_FOOTER_MAX)
        return problem_set(problem, STATUS_DATA, "%s: footer: its length is wrong", source->name);
    file->footer_bytes = mem_resize(NULL, *len + 1, 1);
    return parquet_file_read(file, source->size - TAIL_LEN - *len, file->footer_bytes, *len, problem);
}

static void index_leaves(struct parquet_file *file, const struct parquet_node *node)
{
    if (node->shape == PARQUET_LEAF)
        file->leaves[node->first_leaf] = node;
    for (size_t i = 0; i < node->child_count; i++)
        index_leaves(file, &node->children[i]);
}

void parquet_path_text(const struct parquet_node *leaf, struct buffer *into)
{
    if (!leaf->parent)
        return;
    parquet_path_text(leaf->parent, into);
    if (leaf->parent->parent)
        buffer_add_char(into, '.');
    buffer_add(into, leaf->name, leaf->name_len);
}

bool parquet_damaged(const struct parquet_file *file, size_t row_group, const struct parquet_node *leaf, int64_t page,
                     struct problem *problem, const char *what)
{
    struct buffer path = {0};
    parquet_path_text(leaf, &path);
    buffer_add_char(&path, '\0');
    if (page < 0)
        problem_set(problem, STATUS_DATA, "%s: row group %zu, column %s: %s", file->source.name, row_group, path.data,
                    what);
    else
        problem_set(problem, STATUS_DATA, "%s: row group %zu, column %s, page %lld: %s", file->source.name, row_group,
                    path.data, (long long)page, what);
    buffer_free(&path);
    return false;
}

bool parquet_lacks(const struct parquet_file *file, const char *library, struct problem *problem)
{
    return problem_set(problem, STATUS_IO, "%s: its compression needs %s, which is not installed", file->source.name,
                       library);
}

void parquet_chunk_place(const struct parquet_chunk *chunk, uint64_t *from, uint64_t *to)
{
    int64_t first = chunk->dictionary_page > 0 && chunk->dictionary_page < chunk->data_page ? chunk->dictionary_page
                                                                                            : chunk->data_page;
    *from = (uint64_t)first;
    *to = (uint64_t)first + (uint64_t)chunk->compressed;
}

static bool check_chunk(const struct parquet_file *file, size_t row_group, size_t leaf, struct problem *problem)
{
    const struct parquet_chunk *chunk = &file->footer.row_groups[row_group].chunks[leaf];
    const struct parquet_node *node = file->leaves[leaf];
    const char *what = NULL;
    if (chunk->encrypted)
        what = "is encrypted, which is not supported";
    else if (chunk->elsewhere)
        what = "lies in another file, which is not supported";
    else if (!chunk->there)
        what = "has no metadata";
    else if (chunk->physical != (int32_t)node->physical)
        what = "has another type than the schema says";
    else if (!parquet_codec_name(chunk->codec) || chunk->codec == PARQUET_CODEC_LZO)
        what = chunk->codec == PARQUET_CODEC_LZO ? "compressed with LZO, which is not supported"
                                                 : "compressed with an unknown codec";
    else if (chunk->values < 0 || chunk->compressed < 0 || chunk->data_page < 0 || chunk->dictionary_page < 0)
        what = "negative sizes";
    if (what)
        return parquet_damaged(file, row_group, node, -1, problem, what);
    uint64_t from, to;
    parquet_chunk_place(chunk, &from, &to);
    if (to > file->source.size)
        return parquet_damaged(file, row_group, node, -1, problem, "lies beyond the file's end");
    return true;
}

static bool check_row_groups(const struct parquet_file *file, struct problem *problem)
{
    int64_t rows = 0;
    for (size_t g = 0; g < file->footer.row_group_count; g++) {
        const struct parquet_row_group *group = &file->footer.row_groups[g];
        if (group->chunk_count != file->root->leaf_count)
            return problem_set(problem, STATUS_DATA, "%s: row group %zu: has %zu columns, the schema %zu",
                               file->source.name, g, group->chunk_count, file->root->leaf_count);
        if (group->rows < 0 || __builtin_add_overflow(rows, group->rows, &rows))
            return problem_set(problem, STATUS_DATA, "%s: row group %zu: a wrong number of rows", file->source.name, g);
        for (size_t i = 0; i < group->chunk_count; i++)
            if (!check_chunk(file, g, i, problem))
                return false;
    }
    if (rows != file->footer.rows)
        return problem_set(problem, STATUS_DATA, "%s: footer: says %lld rows, its row groups %lld", file->source.name,
                           (long long)file->footer.rows, (long long)rows);
    return true;
}

static bool load(struct parquet_file *file, struct problem *problem)
{
    size_t len = 0;
    if (!read_footer(file, &len, problem))
        return false;
    struct parquet_footer *footer = &file->footer;
    if (!parquet_footer_read(file->footer_bytes, len, &file->arena, footer))
        return problem_set(problem, STATUS_DATA, "%s: footer: is damaged", file->source.name);
    if (footer->encrypted)
        return problem_set(problem, STATUS_DATA, "%s: is encrypted, which is not supported", file->source.name);
    file->root =
        parquet_schema_build(&file->arena, footer->elements, footer->element_count, file->source.name, problem);
    if (!file->root)
        return false;
    file->leaves = arena_alloc(&file->arena, (file->root->leaf_count + 1) * sizeof *file->leaves);
    index_leaves(file, file->root);
    return check_row_groups(file, problem);
}

struct parquet_file *parquet_open(const struct parquet_source *source, struct problem *problem)
{
    struct parquet_file *file = mem_zero(1, sizeof *file);
    file->source = *source;
    if (load(file, problem))
        return file;
    parquet_close(file);
    return NULL;
}

void parquet_close(struct parquet_file *file)
{
    if (!file)
        return;
    free(file->footer_bytes);
    arena_free(&file->arena);
    free(file);
}

const struct parquet_node *parquet_schema(const struct parquet_file *file)
{
    return file->root;
}

const struct parquet_node *parquet_leaf(const struct parquet_file *file, size_t leaf)
{
    return file->leaves[leaf];
}

uint64_t parquet_rows(const struct parquet_file *file)
{
    return (uint64_t)file->footer.rows;
}

size_t parquet_row_groups(const struct parquet_file *file)
{
    return file->footer.row_group_count;
}

uint64_t parquet_group_rows(const struct parquet_file *file, size_t row_group)
{
    return (uint64_t)file->footer.row_groups[row_group].rows;
}

uint64_t parquet_group_bytes(const struct parquet_file *file, size_t row_group)
{
    const struct parquet_row_group *group = &file->footer.row_groups[row_group];
    uint64_t bytes = 0;
    for (size_t i = 0; i < group->chunk_count; i++)
        bytes += (uint64_t)group->chunks[i].compressed;
    return bytes;
}

const char *parquet_group_codec(const struct parquet_file *file, size_t row_group, size_t leaf)
{
    return parquet_codec_name(file->footer.row_groups[row_group].chunks[leaf].codec);
}

const char *parquet_created_by(const struct parquet_file *file, size_t *len)
{
    *len = file->footer.created_by.len;
    return *len > 0 ? file->footer.created_by.data : "";
}

const char *parquet_metadata(const struct parquet_file *file, const char *key, size_t *len)
{
    const struct parquet_footer *footer = &file->footer;
    for (size_t i = 0; i < footer->key_count; i++) {
        if (footer->keys[i].len == strlen(key) && memcmp(footer->keys[i].data, key, footer->keys[i].len) == 0) {
            *len = footer->values[i].len;
            return footer->values[i].data;
        }
    }
    return NULL;
}
