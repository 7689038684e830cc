/* bitmap_construct_agg, bitmap_or_agg: 4096 bytes a group. */
#include <string.h>

#include "group/aggregate/aggregate_inner.h"

enum { BITMAP_BYTES = BITMAP_BITS / 8 };

struct bitmap_state {
    unsigned char *bytes; /* NULL: no bit yet */
};

static unsigned char *bytes_of(struct bitmap_state *bitmap, struct pool *pool)
{
    if (!bitmap->bytes)
        bitmap->bytes = memset(pool_alloc(pool, BITMAP_BYTES), 0, BITMAP_BYTES);
    return bitmap->bytes;
}

static void bitmap_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    int64_t bit = collect->args[0].integer;
    bytes_of(state, collect->pool)[bit / 8] |= (unsigned char)(1u << bit % 8);
}

static void add_bytes(struct bitmap_state *bitmap, const void *bytes, size_t len, struct pool *pool)
{
    unsigned char *into = bytes_of(bitmap, pool);
    for (size_t i = 0; i < len && i < BITMAP_BYTES; i++)
        into[i] |= ((const unsigned char *)bytes)[i];
}

static void bitmap_or_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    add_bytes(state, collect->args[0].text, collect->args[0].len, collect->pool);
}

static void bitmap_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    const struct bitmap_state *other = from;
    if (other->bytes)
        add_bytes(state, other->bytes, BITMAP_BYTES, pool);
}

/* Without the zeros at the end. */
static void bitmap_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct bitmap_state *bitmap = state;
    size_t len = bitmap->bytes ? BITMAP_BYTES : 0;
    while (len > 0 && bitmap->bytes[len - 1] == 0)
        len--;
    pack_bytes(into, bitmap->bytes, len);
}

static bool bitmap_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    size_t len;
    const char *bytes = unpack_bytes(from, &len);
    if (from->failed || len > BITMAP_BYTES)
        return false;
    if (len > 0)
        add_bytes(state, bytes, len, pool);
    return true;
}

static struct value bitmap_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                  const char **error)
{
    (void)aggregate;
    (void)error;
    const struct bitmap_state *bitmap = state;
    char *bytes = memset(arena_alloc(arena, BITMAP_BYTES), 0, BITMAP_BYTES);
    if (bitmap->bytes)
        memcpy(bytes, bitmap->bytes, BITMAP_BYTES);
    return value_binary(bytes, BITMAP_BYTES);
}

static const struct aggregate_kind kind_bitmap = {
    .name = "bitmap_construct_agg", .takes = TAKES_BIT, .state_size = sizeof(struct bitmap_state),
    .collect = bitmap_collect, .merge = bitmap_merge, .write = bitmap_write, .read = bitmap_read,
    .result = bitmap_result};
static const struct aggregate_kind kind_bitmap_or = {
    .name = "bitmap_or_agg", .takes = TAKES_BINARY, .state_size = sizeof(struct bitmap_state),
    .collect = bitmap_or_collect, .merge = bitmap_merge, .write = bitmap_write, .read = bitmap_read,
    .result = bitmap_result};

const struct aggregate_row aggregates_bitmap[] = {
    {.function = {.callable = {"bitmap_construct_agg", NULL, "n", "Binary of 4096 bytes, never null",
      "The bitmap of the places n, 0 to 32767: with bitmap_bucket_number(x) in -g and bitmap_bit_position(x) here, "
      "bitmap_count counts different whole numbers",
      "bitmap_construct_agg(x) = unhex(rpad('16', 8192, '0')) => true"},
     .least = 1, .most = 1},
     .kind = &kind_bitmap},
    {.function = {.callable = {"bitmap_or_agg", NULL, "b", "Binary of 4096 bytes, never null",
      "What is set in any of the bitmaps", "bitmap_or_agg(unhex(s)) = unhex(rpad('0F', 8192, '0')) => true"},
     .least = 1, .most = 1},
     .kind = &kind_bitmap_or},
    {.kind = NULL},
};
