/* Functions that give something else for each row: from a seed the same for the same rows, whatever else there is, for
 * rows are then worked on one after the other in one thread. Numbers are those of Spark's one partition. */
#include <math.h>
#include <stdint.h>

#include "base/threads.h"
#include "base/uuid.h"
#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/function/murmur_inner.h"
#include "expr/node.h"

/* What a call goes on from; it is the one thing of a compiled expression that changes, and is of one thread. */
struct generator {
    uint64_t state;
    bool has_normal;
    double normal; /* the second of the two that one draw gives */
    int64_t rows;
};

/* Of 8 bytes, the highest first, as Scala's library has it. */
static uint32_t hash_seed_bytes(uint64_t seed, uint32_t start)
{
    uint32_t high = __builtin_bswap32((uint32_t)(seed >> 32)), low = __builtin_bswap32((uint32_t)seed);
    return murmur_finish(murmur_mix(murmur_mix(start, high), low), sizeof seed);
}

static void seed_generator(struct generator *generator, int64_t seed)
{
    enum { ARRAY_SEED = 0x3c074a61 };
    uint32_t low = hash_seed_bytes((uint64_t)seed, ARRAY_SEED), high = hash_seed_bytes((uint64_t)seed, low);
    *generator = (struct generator){.state = (uint64_t)high << 32 | low};
}

/* So many bits, as a signed number of 32. */
static int32_t next_bits(struct generator *generator, int bits)
{
    uint64_t state = generator->state;
    state ^= state << 21;
    state ^= state >> 35;
    state ^= state << 4;
    generator->state = state;
    return (int32_t)(uint32_t)(state & (UINT64_MAX >> (64 - bits)));
}

static double next_real(struct generator *generator)
{
    int64_t high = next_bits(generator, 26);
    return (double)((high << 27) + next_bits(generator, 27)) * 0x1p-53;
}

/* Marsaglia's polar method, as java.util.Random. */
static double next_normal(struct generator *generator)
{
    double x, y, square;
    if (generator->has_normal) {
        generator->has_normal = false;
        return generator->normal;
    }
    do {
        x = 2 * next_real(generator) - 1;
        y = 2 * next_real(generator) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double factor = sqrt(-2 * log(square) / square);
    generator->normal = y * factor;
    generator->has_normal = true;
    return x * factor;
}

static uint64_t next_word(struct generator *generator)
{
    uint64_t high = (uint32_t)next_bits(generator, 32);
    return high << 32 | (uint32_t)next_bits(generator, 32);
}

static int64_t drawn_seed(void)
{
    char text[UUID_TEXT];
    uint64_t seed = 0;
    uuid_draw(text);
    for (const char *at = text; *at; at++)
        seed = seed * 31 + (unsigned char)*at;
    return (int64_t)seed;
}

/* Of the argument at `place`, if there is one, a constant; null counts as 0. */
static const void *prepare_seed(struct arena *arena, const struct value *const *args, size_t count, size_t place,
                                const char **wrong)
{
    struct generator *generator = arena_alloc(arena, sizeof *generator);
    int64_t seed = count > place ? 0 : drawn_seed();
    if (count > place && (!args[place] || (args[place]->type != VALUE_LONG && args[place]->type != VALUE_NULL)))
        *wrong = "the seed is a literal, a whole number";
    else if (count > place && args[place]->type == VALUE_LONG)
        seed = args[place]->integer;
    seed_generator(generator, seed);
    threads_in_order();
    return generator;
}

static const void *prepare_first(struct arena *arena, const struct value *const *args, size_t count,
                                 const char **wrong)
{
    return prepare_seed(arena, args, count, 0, wrong);
}

static const void *prepare_second(struct arena *arena, const struct value *const *args, size_t count,
                                  const char **wrong)
{
    return prepare_seed(arena, args, count, 1, wrong);
}

static const void *prepare_third(struct arena *arena, const struct value *const *args, size_t count,
                                 const char **wrong)
{
    for (size_t i = 0; i < 2; i++)
        if (!args[i] || (args[i]->type != VALUE_LONG && args[i]->type != VALUE_DECIMAL &&
                         args[i]->type != VALUE_DOUBLE && args[i]->type != VALUE_NULL))
            *wrong = "the bounds are literals, numbers";
    return prepare_seed(arena, args, count, 2, wrong);
}

static struct generator *generator_of(const struct call *call)
{
    return (struct generator *)(uintptr_t)call->prepared;
}

static struct value rand_uniform(struct call *call, const struct value *args, size_t count)
{
    (void)args, (void)count;
    return value_double(next_real(generator_of(call)));
}

static struct value randn(struct call *call, const struct value *args, size_t count)
{
    (void)args, (void)count;
    return value_double(next_normal(generator_of(call)));
}

/* Between whole numbers a whole one, cut off. */
static struct value uniform(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type == VALUE_NULL || args[1].type == VALUE_NULL)
        return value_null();
    double least = value_to_double(&args[0]), most = value_to_double(&args[1]);
    struct value real = value_double(least + (most - least) * next_real(generator_of(call)));
    if (args[0].type == VALUE_DECIMAL || args[1].type == VALUE_DECIMAL) {
        unsigned char scale = args[0].type == VALUE_DECIMAL ? args[0].scale : 0, whole = 0;
        scale = args[1].type == VALUE_DECIMAL && args[1].scale > scale ? args[1].scale : scale;
        for (int i = 0; i < 2; i++) {
            unsigned char own = args[i].type == VALUE_DECIMAL ? (unsigned char)(args[i].precision - args[i].scale) : 20;
            whole = args[i].type != VALUE_DOUBLE && own > whole ? own : whole;
        }
        struct cast_type type = {.type = VALUE_DECIMAL, .scale = scale,
                                 .precision = (unsigned char)(whole + scale > 38 ? 38 : whole + scale)};
        bool reals = args[0].type == VALUE_DOUBLE || args[1].type == VALUE_DOUBLE;
        return reals ? real : cast_value(&real, type, call->arena, NULL);
    }
    if (args[0].type == VALUE_DOUBLE || args[1].type == VALUE_DOUBLE)
        return real;
    struct value whole = cast_long(&real);
    whole.width = args[0].width == 0 || args[1].width == 0 ? 0
                  : args[0].width > args[1].width          ? args[0].width
                                                           : args[1].width;
    return whole;
}

static struct value randstr(struct call *call, const struct value *args, size_t count)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    (void)count;
    int64_t len = args[0].integer;
    if (len < 0 || len > VALUE_SIZE_MAX)
        return row_fail(call->row, "randstr: a length of %lld", (long long)len);
    if (!expr_room(call->arena, (size_t)len + 1, 1))
        return value_null();
    char *text = arena_alloc(call->arena, (size_t)len + 1);
    for (int64_t i = 0; i < len; i++) {
        int32_t place = next_bits(generator_of(call), 32) % 62;
        text[i] = letters[place < 0 ? -place : place];
    }
    return value_string(text, (size_t)len);
}

static struct value uuid(struct call *call, const struct value *args, size_t count)
{
    (void)args, (void)count;
    unsigned char random[UUID_BYTES];
    uint64_t high = next_word(generator_of(call)), low = next_word(generator_of(call));
    for (int i = 0; i < UUID_BYTES; i++)
        random[i] = (unsigned char)((i < 8 ? high : low) >> (56 - 8 * (i % 8)));
    char *text = arena_alloc(call->arena, UUID_TEXT);
    uuid_make(random, text);
    return value_string(text, UUID_TEXT - 1);
}

/* Fisher and Yates. */
static struct value shuffle(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements all = array_elements(call->arena, &args[0]);
    for (size_t left = all.count; left > 1; left--) {
        size_t place = (size_t)(next_real(generator_of(call)) * (double)left);
        struct value moved = all.values[left - 1];
        all.values[left - 1] = all.values[place];
        all.values[place] = moved;
    }
    return array_of_elements(call->arena, all.values, all.count);
}

static struct value monotonically_increasing_id(struct call *call, const struct value *args, size_t count)
{
    (void)args, (void)count;
    return value_long(generator_of(call)->rows++);
}

const struct function functions_random[] = {
    {{"rand", "random", "[seed]", "Double",
      "A number from 0 on, below 1, another one in each row; from a seed, a literal, the same ones in each run, and "
      "those of Spark's one partition. With it and its like all is done in one thread",
      "rand(0) => 0.7604953758285915\n"
      "random(42) < 1 => true"},
     "|x", .run = rand_uniform, .sees_null = true, .varies = true, .prepare = prepare_first},
    {{"randn", NULL, "[seed]", "Double", "Such of the standard normal distribution", "randn(0) => 1.6034991609278433"},
     "|x", .run = randn, .sees_null = true, .varies = true, .prepare = prepare_first},
    {{"uniform", NULL, "x, y[, seed]", "Int or bigint of such, else as x and y",
      "Such from x on, below y; between whole numbers a whole one", "uniform(10, 20, 0) => 17"},
     "xx|x", .run = uniform, .sees_null = true, .varies = true, .prepare = prepare_third},
    {{"randstr", NULL, "n[, seed]", "String", "n digits and letters", "randstr(3, 0) => ceV"},
     "i|x", .run = randstr, .sees_null = true, .varies = true, .prepare = prepare_second},
    {{"uuid", NULL, "[seed]", "String", "A UUID of version 4", "length(uuid()) => 36"},
     "|x", .run = uuid, .sees_null = true, .varies = true, .prepare = prepare_first},
    {{"shuffle", NULL, "a[, seed]", "Array", "Its elements in another order",
      "sort_array(shuffle(array(3, 1, 2))) => [1,2,3]"},
     "a|x", .run = shuffle, .varies = true, .prepare = prepare_second},
    {{"monotonically_increasing_id", NULL, "", "Bigint", "The number of the row that it is computed for, from 0",
      "monotonically_increasing_id() => 0"},
     "", .run = monotonically_increasing_id, .varies = true, .prepare = prepare_first},
    {.takes = NULL},
};
