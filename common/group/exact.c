#include "group/exact.h"

#include <math.h>
#include <string.h>

enum {
    REAL_DIGITS = 53,   /* bits of a double's mantissa */
    REAL_LEAST = -1074, /* exponent of the least double's only bit */
    LIMBS_MAX = 128,    /* more than squares of doubles times a 64-bit count need: they are within limbs -36 to 36, */
    LIMBS_READ = 48,    /* and what is read back must be within -48 to 48, whoever wrote it: no sum of such is larger */
    SPREAD_MAX = 2 * LIMBS_MAX + 4,
};

/* A number without sign, for the arithmetic of results. */
struct magnitude {
    uint64_t limbs[SPREAD_MAX];
    int base, count;
};

/* Extends the window to limbs [from, to). */
static void cover(struct exact *exact, int from, int to, struct pool *pool)
{
    int base = exact->count ? exact->base : from;
    int end = exact->count ? base + exact->count : from;
    int new_base = from < base ? from : base, new_end = to > end ? to : end;
    if (new_base == base && new_end == end)
        return;
    int count = new_end - new_base;
    uint64_t *limbs = exact->limbs;
    if (count > exact->cap) {
        limbs = pool_alloc(pool, (size_t)count * sizeof *limbs);
        exact->cap = (uint16_t)count;
    }
    uint64_t sign = exact->count && exact->limbs[exact->count - 1] >> 63 ? UINT64_MAX : 0;
    if (exact->count)
        memmove(limbs + (base - new_base), exact->limbs, exact->count * sizeof *limbs);
    memset(limbs, 0, (size_t)(base - new_base) * sizeof *limbs);
    for (int i = end - new_base; i < count; i++)
        limbs[i] = sign;
    exact->limbs = limbs;
    exact->base = (int16_t)new_base;
    exact->count = (uint16_t)count;
}

/* Keeps the top limb far from overflow. */
static void keep_room(struct exact *exact, struct pool *pool)
{
    int64_t top = (int64_t)exact->limbs[exact->count - 1];
    if (top >= INT64_C(1) << 62 || top < -(INT64_C(1) << 62))
        cover(exact, exact->base, exact->base + exact->count + 1, pool);
}

/* Adds (or takes away) the three limbs at limb index `at`. */
static void add_limbs(struct exact *exact, const uint64_t part[3], int at, bool negative, struct pool *pool)
{
    cover(exact, at, at + 4, pool);
    uint64_t *limb = exact->limbs + (at - exact->base), *end = exact->limbs + exact->count;
    unsigned carry = 0;
    for (int i = 0; limb < end && (i < 3 || carry); i++, limb++) {
        uint64_t add = i < 3 ? part[i] : 0, old = *limb;
        if (negative) {
            *limb = old - add - carry;
            carry = old < add || (carry && old == add);
        } else {
            *limb = old + add + carry;
            carry = *limb < old || (carry && *limb == old);
        }
    }
    keep_room(exact, pool);
}

/* Adds magnitude * 2^exponent. */
static void add_scaled(struct exact *exact, unsigned __int128 magnitude, int exponent, bool negative, struct pool *pool)
{
    if (magnitude == 0)
        return;
    int at = exponent >= 0 ? exponent / 64 : -((63 - exponent) / 64);
    int shift = exponent - at * 64;
    uint64_t low = (uint64_t)magnitude, high = (uint64_t)(magnitude >> 64);
    uint64_t part[3] = {low << shift, high << shift, 0};
    if (shift > 0) {
        part[1] |= low >> (64 - shift);
        part[2] = high >> (64 - shift);
    }
    add_limbs(exact, part, at, negative, pool);
}

/* |real| = mantissa * 2^exponent; false for what is no finite number. */
static bool take_apart(double real, uint64_t *mantissa, int *exponent, bool *negative)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    *negative = bits >> 63;
    int field = (int)(bits >> 52 & 0x7ff);
    *mantissa = bits & (UINT64_MAX >> 12);
    if (field == 0x7ff)
        return false;
    if (field > 0)
        *mantissa |= UINT64_C(1) << 52;
    *exponent = REAL_LEAST + (field > 0 ? field - 1 : 0);
    return true;
}

static void add_special(struct exact *exact, double real)
{
    exact->special |= isnan(real) ? EXACT_NAN : real > 0 ? EXACT_INFINITY : EXACT_MINUS_INFINITY;
}

void exact_add_real(struct exact *exact, double real, struct pool *pool)
{
    uint64_t mantissa;
    int exponent;
    bool negative;
    if (take_apart(real, &mantissa, &exponent, &negative))
        add_scaled(exact, mantissa, exponent, negative, pool);
    else
        add_special(exact, real);
}

void exact_add_square(struct exact *exact, double real, struct pool *pool)
{
    uint64_t mantissa;
    int exponent;
    bool negative;
    if (take_apart(real, &mantissa, &exponent, &negative))
        add_scaled(exact, (unsigned __int128)mantissa * mantissa, 2 * exponent, false, pool);
    else
        add_special(exact, real * real);
}

void exact_add_product(struct exact *exact, double a, double b, struct pool *pool)
{
    uint64_t mantissas[2];
    int exponents[2];
    bool negative[2];
    if (take_apart(a, &mantissas[0], &exponents[0], &negative[0]) &&
        take_apart(b, &mantissas[1], &exponents[1], &negative[1]))
        add_scaled(exact, (unsigned __int128)mantissas[0] * mantissas[1], exponents[0] + exponents[1],
                   negative[0] != negative[1], pool);
    else
        add_special(exact, a * b);
}

void exact_add_cube(struct exact *exact, double real, struct pool *pool)
{
    double high = real * real;
    exact_add_product(exact, high, real, pool);
    if (isfinite(high))
        exact_add_product(exact, fma(real, real, -high), real, pool);
}

void exact_add_fourth(struct exact *exact, double real, struct pool *pool)
{
    double high = real * real, low = isfinite(high) ? fma(real, real, -high) : 0;
    exact_add_product(exact, high, high, pool);
    exact_add_product(exact, high, 2 * low, pool);
    exact_add_product(exact, low, low, pool);
}

void exact_add_integer(struct exact *exact, __int128 integer, struct pool *pool)
{
    bool negative = integer < 0;
    add_scaled(exact, negative ? -(unsigned __int128)integer : (unsigned __int128)integer, 0, negative, pool);
}

void exact_add(struct exact *exact, const struct exact *other, struct pool *pool)
{
    exact->special |= other->special;
    if (other->count == 0)
        return;
    cover(exact, other->base, other->base + other->count + 1, pool);
    uint64_t sign = other->limbs[other->count - 1] >> 63 ? UINT64_MAX : 0;
    unsigned carry = 0;
    size_t start = (size_t)(other->base - exact->base);
    for (size_t i = start; i < exact->count; i++) {
        uint64_t add = i - start < other->count ? other->limbs[i - start] : sign, old = exact->limbs[i];
        exact->limbs[i] = old + add + carry;
        carry = exact->limbs[i] < old || (carry && exact->limbs[i] == old);
    }
    keep_room(exact, pool);
}

static bool is_negative(const struct exact *exact)
{
    return exact->count > 0 && exact->limbs[exact->count - 1] >> 63;
}

static void magnitude_of(const struct exact *exact, struct magnitude *magnitude)
{
    magnitude->base = exact->base;
    magnitude->count = exact->count;
    bool negative = is_negative(exact);
    unsigned carry = negative;
    for (int i = 0; i < exact->count; i++) {
        uint64_t limb = negative ? ~exact->limbs[i] : exact->limbs[i];
        magnitude->limbs[i] = limb + carry;
        carry = carry && magnitude->limbs[i] == 0;
    }
}

static void multiply_small(struct magnitude *magnitude, uint64_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < magnitude->count; i++) {
        unsigned __int128 product = (unsigned __int128)magnitude->limbs[i] * factor + carry;
        magnitude->limbs[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    magnitude->limbs[magnitude->count++] = carry;
}

void exact_multiply(struct exact *exact, uint64_t factor, struct pool *pool)
{
    if (exact->count == 0)
        return;
    struct magnitude product;
    bool negative = is_negative(exact);
    magnitude_of(exact, &product);
    multiply_small(&product, factor);
    memset(exact->limbs, 0, exact->count * sizeof *exact->limbs);
    for (int i = 0; i < product.count; i++)
        if (product.limbs[i] != 0)
            add_limbs(exact, (const uint64_t[3]){product.limbs[i], 0, 0}, product.base + i, negative, pool);
}

static int top_bit(const struct magnitude *magnitude)
{
    for (int i = magnitude->count - 1; i >= 0; i--)
        if (magnitude->limbs[i] != 0)
            return i * 64 + 63 - __builtin_clzll(magnitude->limbs[i]);
    return -1;
}

static bool bit_at(const struct magnitude *magnitude, int bit)
{
    return bit >= 0 && magnitude->limbs[bit / 64] >> (bit % 64) & 1;
}

static bool any_below(const struct magnitude *magnitude, int bit)
{
    for (int i = 0; i < bit / 64; i++)
        if (magnitude->limbs[i] != 0)
            return true;
    return bit > 0 && bit % 64 > 0 && (magnitude->limbs[bit / 64] & (UINT64_MAX >> (64 - bit % 64)));
}

/* The nearest number of at most `digits` bits, none of them below bit `least` (of the magnitude): its bits in
 * *mantissa (up to 2^digits after rounding up), its lowest bit's exponent in *exponent. */
static void round_bits(const struct magnitude *magnitude, int digits, int least, uint64_t *mantissa, int *exponent)
{
    int top = top_bit(magnitude);
    int low = top - digits + 1 > least ? top - digits + 1 : least;
    *mantissa = 0;
    *exponent = low + magnitude->base * 64;
    if (top < 0)
        return;
    for (int bit = top; bit >= low; bit--)
        *mantissa = *mantissa << 1 | bit_at(magnitude, bit);
    bool half = low > 0 && low - 1 <= top && bit_at(magnitude, low - 1);
    if (half && (any_below(magnitude, low - 1) || (*mantissa & 1)))
        ++*mantissa;
}

double exact_real(const struct exact *exact)
{
    if (exact->special) {
        if (exact->special == EXACT_INFINITY)
            return INFINITY;
        return exact->special == EXACT_MINUS_INFINITY ? -INFINITY : NAN;
    }
    if (exact->count == 0)
        return 0;
    struct magnitude magnitude;
    magnitude_of(exact, &magnitude);
    uint64_t mantissa;
    int exponent;
    round_bits(&magnitude, REAL_DIGITS, REAL_LEAST - magnitude.base * 64, &mantissa, &exponent);
    double real = ldexp((double)mantissa, exponent);
    return is_negative(exact) && mantissa != 0 ? -real : real;
}

bool exact_integer(const struct exact *exact, __int128 *integer)
{
    *integer = 0;
    if (exact->special)
        return false;
    if (exact->count == 0)
        return true;
    struct magnitude magnitude;
    magnitude_of(exact, &magnitude);
    int offset = -magnitude.base * 64, top = top_bit(&magnitude);
    if (top < 0)
        return true;
    if (top - offset > 126 || (offset > 0 && any_below(&magnitude, offset < top ? offset : top)) || top < offset)
        return false;
    unsigned __int128 whole = 0;
    for (int bit = top; bit >= 0 && bit >= offset; bit--)
        whole = whole << 1 | bit_at(&magnitude, bit);
    if (offset < 0)
        whole <<= -offset;
    *integer = is_negative(exact) ? -(__int128)whole : (__int128)whole;
    return true;
}

static void multiply(const struct magnitude *a, const struct magnitude *b, struct magnitude *product)
{
    product->base = a->base + b->base;
    product->count = a->count + b->count;
    memset(product->limbs, 0, (size_t)product->count * sizeof product->limbs[0]);
    for (int i = 0; i < a->count; i++) {
        uint64_t carry = 0;
        for (int j = 0; j < b->count; j++) {
            unsigned __int128 sum = (unsigned __int128)a->limbs[i] * b->limbs[j] + product->limbs[i + j] + carry;
            product->limbs[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product->limbs[i + b->count] = carry;
    }
}

static void strip(struct magnitude *a)
{
    int low = 0;
    while (a->count > 0 && a->limbs[a->count - 1] == 0)
        a->count--;
    while (low < a->count && a->limbs[low] == 0)
        low++;
    if (low > 0)
        memmove(a->limbs, a->limbs + low, (size_t)(a->count - low) * sizeof a->limbs[0]);
    a->count -= low;
    a->base += low;
}

/* Whether the limbs of both, and one more, fit into a magnitude: those of sums and products of the same numbers do,
 * those of a damaged partial state may not. */
static bool fit(const struct magnitude *a, const struct magnitude *b)
{
    int from = a->base < b->base ? a->base : b->base, a_end = a->base + a->count, b_end = b->base + b->count;
    return a->count == 0 || b->count == 0 || (a_end > b_end ? a_end : b_end) - from < SPREAD_MAX;
}

/* a - b, where a >= b; b may reach further down than a. */
static void subtract(struct magnitude *a, const struct magnitude *b)
{
    int base = b->count > 0 && b->base < a->base ? b->base : a->base, up = a->base - base;
    memmove(a->limbs + up, a->limbs, (size_t)a->count * sizeof a->limbs[0]);
    memset(a->limbs, 0, (size_t)up * sizeof a->limbs[0]);
    a->base = base;
    a->count += up;
    unsigned borrow = 0;
    for (int i = b->base - base; i < a->count && b->count > 0; i++) {
        int j = i - (b->base - base);
        uint64_t take = j < b->count ? b->limbs[j] : 0, old = a->limbs[i];
        a->limbs[i] = old - take - borrow;
        borrow = old < take || (borrow && old == take);
    }
}

void exact_spread(const struct exact *sum, const struct exact *squares, uint64_t count, double *mantissa, int *exponent)
{
    *mantissa = NAN;
    *exponent = 0;
    if (sum->special || squares->special)
        return;
    *mantissa = 0;
    if (squares->count == 0)
        return;
    struct magnitude plain, square_of_sum = {.count = 0}, spread;
    if (sum->count > 0) {
        magnitude_of(sum, &plain);
        strip(&plain);
        multiply(&plain, &plain, &square_of_sum);
        strip(&square_of_sum);
    }
    magnitude_of(squares, &spread);
    multiply_small(&spread, count);
    strip(&spread);
    if (!fit(&spread, &square_of_sum)) {
        *mantissa = NAN;
        return;
    }
    subtract(&spread, &square_of_sum);
    uint64_t bits;
    round_bits(&spread, REAL_DIGITS, -(1 << 20), &bits, exponent);
    *mantissa = (double)bits;
}

/* Both stripped. */
static int compare(const struct magnitude *a, const struct magnitude *b)
{
    int a_end = a->base + a->count, b_end = b->base + b->count;
    if (a->count == 0 || b->count == 0)
        return (a->count > 0) - (b->count > 0);
    if (a_end != b_end)
        return a_end > b_end ? 1 : -1;
    for (int end = a_end; end > a->base || end > b->base; end--) {
        uint64_t x = end > a->base ? a->limbs[end - 1 - a->base] : 0,
                 y = end > b->base ? b->limbs[end - 1 - b->base] : 0;
        if (x != y)
            return x > y ? 1 : -1;
    }
    return 0;
}

/* a + b; a has room for a limb above both. */
static void add(struct magnitude *a, const struct magnitude *b)
{
    int base = b->base < a->base ? b->base : a->base, up = a->base - base;
    int a_end = a->base + a->count, b_end = b->base + b->count, end = (a_end > b_end ? a_end : b_end) + 1;
    memmove(a->limbs + up, a->limbs, (size_t)a->count * sizeof a->limbs[0]);
    memset(a->limbs, 0, (size_t)up * sizeof a->limbs[0]);
    memset(a->limbs + up + a->count, 0, (size_t)(end - base - up - a->count) * sizeof a->limbs[0]);
    a->base = base;
    a->count = end - base;
    unsigned carry = 0;
    for (int i = b->base - base; i < a->count; i++) {
        int j = i - (b->base - base);
        unsigned __int128 sum = (unsigned __int128)a->limbs[i] + (j < b->count ? b->limbs[j] : 0) + carry;
        a->limbs[i] = (uint64_t)sum;
        carry = (unsigned)(sum >> 64);
    }
}

double exact_variance(const struct exact *sum, const struct exact *squares, uint64_t count, double divisor, bool root)
{
    double mantissa;
    int exponent;
    exact_spread(sum, squares, count, &mantissa, &exponent);
    double quotient = mantissa / ((double)count * divisor);
    if (!root)
        return ldexp(quotient, exponent);
    if (exponent % 2 != 0) { /* the root first: a variance out of range may have a root within */
        quotient *= 2;
        exponent--;
    }
    return ldexp(sqrt(quotient), exponent / 2);
}

/* Adds one signed number to another; false where the result has no room. Both are stripped. */
static bool combine(struct magnitude *a, bool *negative, struct magnitude *b, bool b_negative)
{
    if (!fit(a, b))
        return false;
    if (b->count == 0)
        return true;
    if (a->count == 0) {
        *a = *b;
        *negative = b_negative;
    } else if (*negative == b_negative) {
        add(a, b);
    } else if (compare(a, b) >= 0) {
        subtract(a, b);
    } else {
        subtract(b, a);
        *a = *b;
        *negative = b_negative;
    }
    return true;
}

void exact_cross(const struct exact *x, const struct exact *y, const struct exact *products, uint64_t count,
                 double *mantissa, int *exponent)
{
    *mantissa = NAN;
    *exponent = 0;
    if (x->special || y->special || products->special)
        return;
    struct magnitude sums[2] = {{.count = 0}, {.count = 0}}, taken = {.count = 0}, whole = {.count = 0};
    bool negative = products->count > 0 && is_negative(products), taken_negative = false;
    if (x->count > 0 && y->count > 0) {
        magnitude_of(x, &sums[0]);
        magnitude_of(y, &sums[1]);
        strip(&sums[0]);
        strip(&sums[1]);
        multiply(&sums[0], &sums[1], &taken);
        strip(&taken);
        taken_negative = is_negative(x) != is_negative(y);
    }
    if (products->count > 0) {
        magnitude_of(products, &whole);
        multiply_small(&whole, count);
        strip(&whole);
    }
    if (!combine(&whole, &negative, &taken, !taken_negative))
        return;
    uint64_t bits;
    round_bits(&whole, REAL_DIGITS, -(1 << 20), &bits, exponent);
    *mantissa = negative ? -(double)bits : (double)bits;
}

/* Adds factor * count^times * the product of some sums; false where it does not fit. */
static bool add_term(struct magnitude *total, bool *negative, int factor, uint64_t count, int times,
                     const struct exact *const *sums, int sum_count)
{
    struct magnitude term = {.count = 1, .limbs = {(uint64_t)(factor < 0 ? -factor : factor)}}, sum, product;
    bool term_negative = factor < 0;
    for (int i = 0; i < times; i++) {
        multiply_small(&term, count);
        strip(&term);
    }
    for (int i = 0; i < sum_count; i++) {
        magnitude_of(sums[i], &sum);
        strip(&sum);
        if (sum.count == 0)
            return true;
        if (term.count + sum.count >= SPREAD_MAX)
            return false;
        multiply(&term, &sum, &product);
        strip(&product);
        term = product;
        term_negative = term_negative != is_negative(sums[i]);
    }
    return combine(total, negative, &term, term_negative);
}

/* Terms of the powers' sums: factors, how often count is in each, and which sums. */
struct term {
    int factor, times, sum_count;
    unsigned char sums[4];
};

static void add_terms(const struct exact *powers, int power_count, uint64_t count, const struct term *terms,
                      int term_count, double *mantissa, int *exponent)
{
    *mantissa = NAN;
    *exponent = 0;
    for (int i = 0; i < power_count; i++)
        if (powers[i].special)
            return;
    struct magnitude total = {.count = 0};
    bool negative = false;
    for (int i = 0; i < term_count; i++) {
        const struct exact *sums[4];
        for (int k = 0; k < terms[i].sum_count; k++)
            sums[k] = &powers[terms[i].sums[k]];
        if (!add_term(&total, &negative, terms[i].factor, count, terms[i].times, sums, terms[i].sum_count))
            return;
        strip(&total);
    }
    uint64_t bits;
    round_bits(&total, REAL_DIGITS, -(1 << 20), &bits, exponent);
    *mantissa = negative && bits > 0 ? -(double)bits : (double)bits;
}

void exact_skew(const struct exact powers[3], uint64_t count, double *mantissa, int *exponent)
{
    static const struct term terms[] = {{1, 2, 1, {2}}, {-3, 1, 2, {0, 1}}, {2, 0, 3, {0, 0, 0}}};
    add_terms(powers, 3, count, terms, 3, mantissa, exponent);
}

void exact_tail(const struct exact powers[4], uint64_t count, double *mantissa, int *exponent)
{
    static const struct term terms[] = {
        {1, 3, 1, {3}}, {-4, 2, 2, {0, 2}}, {6, 1, 3, {0, 0, 1}}, {-3, 0, 4, {0, 0, 0, 0}}};
    add_terms(powers, 4, count, terms, 4, mantissa, exponent);
}

double exact_quotient(__int128 integer, uint64_t divisor)
{
    bool negative = integer < 0;
    unsigned __int128 left = negative ? -(unsigned __int128)integer : (unsigned __int128)integer;
    /* two limbs of fraction: more than any rounding looks at, the rest in the last bit */
    struct magnitude quotient = {.base = -2, .count = 4};
    const uint64_t parts[4] = {0, 0, (uint64_t)left, (uint64_t)(left >> 64)};
    unsigned __int128 rest = 0;
    for (int i = 3; i >= 0; i--) {
        rest = rest << 64 | parts[i];
        quotient.limbs[i] = (uint64_t)(rest / divisor);
        rest %= divisor;
    }
    quotient.limbs[0] |= rest != 0;
    uint64_t mantissa;
    int exponent;
    round_bits(&quotient, REAL_DIGITS, -(1 << 20), &mantissa, &exponent);
    double real = ldexp((double)mantissa, exponent);
    return negative ? -real : real;
}

void exact_write(const struct exact *exact, struct buffer *into)
{
    int low = 0, count = exact->count;
    while (low < count && exact->limbs[low] == 0)
        low++;
    while (count - low > 1 && exact->limbs[count - 1] == (exact->limbs[count - 2] >> 63 ? UINT64_MAX : 0))
        count--;
    count -= low;
    buffer_add_char(into, (char)exact->special);
    pack_number(into, (uint64_t)count);
    if (count == 0)
        return;
    pack_number(into, (uint64_t)(exact->base + low + LIMBS_MAX));
    for (int i = low; i < low + count; i++)
        pack_word(into, exact->limbs[i]);
}

bool exact_read(struct exact *exact, struct unpack *from, struct pool *pool)
{
    *exact = (struct exact){0};
    const char *special = unpack_raw(from, 1);
    uint64_t count = unpack_number(from);
    if (!special || count > LIMBS_MAX)
        return false;
    exact->special = (uint8_t)(*special & 7);
    if (count == 0)
        return !from->failed;
    uint64_t base = unpack_number(from);
    if (from->failed || (size_t)(from->end - from->at) / sizeof *exact->limbs < count ||
        base < LIMBS_MAX - LIMBS_READ || base + count > LIMBS_MAX + LIMBS_READ)
        return false;
    int at = (int)base - LIMBS_MAX;
    cover(exact, at, at + (int)count, pool);
    for (size_t i = 0; i < count; i++)
        exact->limbs[i] = unpack_word(from);
    keep_room(exact, pool);
    return true;
}
