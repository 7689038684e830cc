#include "serve/board.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

struct board_row {
    struct board_row *chain;         /* of those with the same place in the hash table */
    struct board_row *before, *next; /* in the order of the rows */
    uint64_t hash;
    char *json;
    size_t json_len, json_cap;
    size_t key_len;
    char key[];
};

struct board {
    size_t rows_max, bytes_max;
    size_t count, bytes, text; /* text: of the rows alone */
    struct board_row **places; /* a power of two, or NULL */
    size_t place_count;
    struct board_row *first, *last;
};

enum { PLACES_FIRST = 64 };

struct board *board_new(size_t rows_max, size_t bytes_max)
{
    struct board *board = mem_zero(1, sizeof *board);
    board->rows_max = rows_max;
    board->bytes_max = bytes_max;
    return board;
}

static void free_row(struct board_row *row)
{
    free(row->json);
    free(row);
}

void board_free(struct board *board)
{
    if (!board)
        return;
    for (struct board_row *row = board->first, *next; row; row = next) {
        next = row->next;
        free_row(row);
    }
    free(board->places);
    free(board);
}

/* Where the row is linked from, or would be: the link is NULL then. The table is there. */
static struct board_row **find(const struct board *board, uint64_t hash, const char *key, size_t key_len)
{
    struct board_row **link = &board->places[hash & (board->place_count - 1)];
    while (*link && ((*link)->hash != hash || (*link)->key_len != key_len || memcmp((*link)->key, key, key_len) != 0))
        link = &(*link)->chain;
    return link;
}

/* Twice the places, as soon as there is a row for each. */
static void widen(struct board *board)
{
    size_t count = board->place_count ? board->place_count * 2 : PLACES_FIRST;
    struct board_row **places = mem_zero(count, sizeof(struct board_row *));
    for (struct board_row *row = board->first; row; row = row->next) {
        struct board_row **place = &places[row->hash & (count - 1)];
        row->chain = *place;
        *place = row;
    }
    free(board->places);
    board->places = places;
    board->place_count = count;
}

static size_t cost(size_t key_len, size_t json_len)
{
    return BOARD_ROW_COST + key_len + json_len;
}

static void keep_json(struct board *board, struct board_row *row, const char *json, size_t len)
{
    if (len > row->json_cap || len < row->json_cap / 4) {
        row->json_cap = len + len / 8;
        row->json = mem_resize(row->json, row->json_cap, 1);
    }
    memcpy(row->json, json, len);
    board->text += len - row->json_len;
    row->json_len = len;
}

static enum board_change change(struct board *board, struct board_row *row, const char *json, size_t len)
{
    if (row->json_len == len && memcmp(row->json, json, len) == 0)
        return BOARD_SAME;
    size_t others = board->bytes - cost(row->key_len, row->json_len), wanted = cost(row->key_len, len);
    if (wanted > board->bytes_max || others > board->bytes_max - wanted)
        return BOARD_FULL;
    board->bytes = others + wanted;
    keep_json(board, row, json, len);
    return BOARD_CHANGED;
}

enum board_change board_put(struct board *board, const char *key, size_t key_len, const char *json, size_t json_len)
{
    uint64_t hash = hash_keyed(key, key_len, hash_seed());
    if (board->count >= board->place_count)
        widen(board);
    struct board_row **link = find(board, hash, key, key_len);
    if (*link)
        return change(board, *link, json, json_len);
    size_t wanted = cost(key_len, json_len);
    if (board->count >= board->rows_max || wanted > board->bytes_max || board->bytes > board->bytes_max - wanted)
        return BOARD_FULL;
    struct board_row *row = mem_zero(1, sizeof *row + key_len);
    row->hash = hash;
    row->key_len = key_len;
    memcpy(row->key, key, key_len);
    keep_json(board, row, json, json_len);
    *link = row;
    row->before = board->last;
    if (board->last)
        board->last->next = row;
    else
        board->first = row;
    board->last = row;
    board->count++;
    board->bytes += wanted;
    return BOARD_ADDED;
}

enum board_change board_remove(struct board *board, const char *key, size_t key_len)
{
    if (board->count == 0)
        return BOARD_ABSENT;
    struct board_row **link = find(board, hash_keyed(key, key_len, hash_seed()), key, key_len);
    struct board_row *row = *link;
    if (!row)
        return BOARD_ABSENT;
    *link = row->chain;
    *(row->before ? &row->before->next : &board->first) = row->next;
    *(row->next ? &row->next->before : &board->last) = row->before;
    board->count--;
    board->bytes -= cost(row->key_len, row->json_len);
    board->text -= row->json_len;
    free_row(row);
    return BOARD_REMOVED;
}

struct span board_find(const struct board *board, const char *key, size_t key_len)
{
    if (board->count == 0)
        return (struct span){.type = SPAN_ABSENT};
    const struct board_row *row = *find(board, hash_keyed(key, key_len, hash_seed()), key, key_len);
    return row ? (struct span){.text = row->json, .len = row->json_len, .type = SPAN_OBJECT}
               : (struct span){.type = SPAN_ABSENT};
}

void board_copy(const struct board *board, struct buffer *into)
{
    buffer_reserve(into, board->text + board->count);
    for (const struct board_row *row = board->first; row; row = row->next) {
        buffer_add(into, row->json, row->json_len);
        buffer_add_char(into, '\n');
    }
}

size_t board_count(const struct board *board)
{
    return board->count;
}

size_t board_bytes(const struct board *board)
{
    return board->bytes;
}
