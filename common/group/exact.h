/* exact: sums without rounding: a fixed-point number as wide as its addends need, so no order, chunking
 * or merging of additions changes the result; rounded once, when it is asked for (a superaccumulator).
 *
 * NaN and infinities are remembered apart and decide the result as IEEE 754 addition would. Memory comes
 * from the pool that is given; one thread at a time. A zero-initialised exact is 0. */
#ifndef ATOOLS_EXACT_H
#define ATOOLS_EXACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "value/pack.h"

struct exact {
    uint64_t *limbs; /* two's complement, the lowest first: sum of limbs[i] * 2^(64 * (base + i)) */
    int16_t base;
    uint16_t count, cap;
    uint8_t special; /* enum exact_special, or-ed */
};

enum exact_special { EXACT_NAN = 1, EXACT_INFINITY = 2, EXACT_MINUS_INFINITY = 4 };

void exact_add_real(struct exact *exact, double real, struct pool *pool);
/* The square of a double, all 106 bits of it. */
void exact_add_square(struct exact *exact, double real, struct pool *pool);
/* Of two doubles, as exactly. */
void exact_add_product(struct exact *exact, double a, double b, struct pool *pool);
void exact_add_integer(struct exact *exact, __int128 integer, struct pool *pool);
void exact_add(struct exact *exact, const struct exact *other, struct pool *pool);

/* Times a whole number (decimal sums change their scale so). */
void exact_multiply(struct exact *exact, uint64_t factor, struct pool *pool);

/* Rounded to the nearest double, halves to even. */
double exact_real(const struct exact *exact);

/* The value as a whole number; false if it is none of 127 bits. */
bool exact_integer(const struct exact *exact, __int128 *integer);

/* (count * squares - sum * sum), exact inside and rounded once, as *mantissa * 2^*exponent (it may be out of a double's
 * range): what variances are made of. NaN if an addend was NaN or infinite. */
void exact_spread(const struct exact *sum, const struct exact *squares, uint64_t count, double *mantissa,
                  int *exponent);

/* The variance of `count` numbers with these sums, by this divisor: count, or for a sample one less; or its root. NaN
 * if a number was NaN or infinite. */
double exact_variance(const struct exact *sum, const struct exact *squares, uint64_t count, double divisor, bool root);

/* (count * products - x * y) likewise: what covariances are made of. *mantissa may be negative. */
void exact_cross(const struct exact *x, const struct exact *y, const struct exact *products, uint64_t count,
                 double *mantissa, int *exponent);

/* The third and the fourth power of a double, exact while its square is a double's (|real| below 1e154). */
void exact_add_cube(struct exact *exact, double real, struct pool *pool);
void exact_add_fourth(struct exact *exact, double real, struct pool *pool);

/* count^2 * powers[2] - 3 * count * powers[0] * powers[1] + 2 * powers[0]^3, of the sums of the first three powers,
 * likewise: what the skewness is made of. */
void exact_skew(const struct exact powers[3], uint64_t count, double *mantissa, int *exponent);
/* count^3 * powers[3] - 4 * count^2 * powers[0] * powers[2] + 6 * count * powers[0]^2 * powers[1] - 3 * powers[0]^4, of
 * four: what the kurtosis is made of. */
void exact_tail(const struct exact powers[4], uint64_t count, double *mantissa, int *exponent);

/* integer / divisor (> 0), rounded once. */
double exact_quotient(__int128 integer, uint64_t divisor);

/* Written form: the same bytes for the same number. */
void exact_write(const struct exact *exact, struct buffer *into);
bool exact_read(struct exact *exact, struct unpack *from, struct pool *pool);

#endif
