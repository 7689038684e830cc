/* A sort's rows as parts that any thread may put in order. */
#include <stdlib.h>

#include "table/sort_inner.h"

size_t sort_divide(struct sort *sort)
{
    sort_mode mode = sort_final_mode(sort);
    unsigned threads = sort->options.threads > 0 ? sort->options.threads : 1;
    if (sort->reading || sort->run_count > 0 || sort->options.has_limit || sort->key_count == 0 ||
        sort->count < SORT_MANY || sort_in_order(sort, mode))
        return 0;
    sort->part_class = sort_set_first(sort, mode, threads);
    sort->prefixed = false;
    struct sort_dealing dealing = {.entries = sort->entries, .count = sort->count, .threads = threads};
    sort_deal_start(&dealing);
    if (!dealing.skewed && dealing.buckets > 1) {
        dealing.into = mem_resize(NULL, sort->count, sizeof *dealing.into);
        sort_deal(&dealing);
        free(sort->entries);
        sort->entries = dealing.into;
        sort->reading = true;
        sort->part_count = dealing.buckets;
        sort->starts = dealing.starts;
        dealing.starts = NULL;
    }
    sort_deal_free(&dealing);
    return sort->part_count;
}

uint64_t sort_part_start(const struct sort *sort, size_t part)
{
    return sort->starts[part];
}

void sort_part_open(const struct sort *sort, size_t part, struct sort_reader *reader)
{
    const struct sort_level level = {
        .sort = sort, .mode = sort_final_mode(sort), .class = (enum sort_class)sort->part_class};
    size_t count = sort->starts[part + 1] - sort->starts[part];
    struct sort_entry *entries = sort->entries + sort->starts[part];
    if (count > reader->cap) {
        reader->cap = count;
        reader->scratch = mem_resize(reader->scratch, count, sizeof *reader->scratch);
    }
    sort_stretch(&level, entries, count, reader->scratch, 1);
    reader->sort = sort;
    reader->next = entries;
    reader->end = entries + count;
    reader->before = NULL;
    reader->same = 0;
}

bool sort_part_next(struct sort_reader *reader, const char **row, size_t *len)
{
    if (reader->next == reader->end)
        return false;
    sort_fetch(reader->next, 0, (size_t)(reader->end - reader->next));
    const char *piece = reader->next->piece;
    reader->next++;
    struct sort_row next = sort_piece_row(piece);
    if (reader->before)
        reader->same = sort_same_keys(reader->sort, sort_piece_row(reader->before), next);
    reader->before = piece;
    *row = sort_row_bytes(reader->sort, next, len);
    return true;
}

void sort_reader_free(struct sort_reader *reader)
{
    free(reader->scratch);
}
