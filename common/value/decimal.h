/* decimal: exact decimal numbers of up to 38 digits, and the types Spark gives their results.
 *
 * A decimal is unscaled * 10^-scale of type decimal(precision, scale). Nothing is allocated; any
 * thread may call anything. Functions that can overflow 38 digits return false then. */
#ifndef ATOOLS_DECIMAL_H
#define ATOOLS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_DIGITS_MAX = 38, DECIMAL_TEXT_MAX = 48 };

struct decimal {
    __int128 unscaled;
    unsigned char precision, scale;
};

enum decimal_rounding { ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN, ROUND_FLOOR, ROUND_CEILING };

/* How many decimal digits a number has; 0 has 1. */
unsigned decimal_digits(__int128 unscaled);

/* 10^n, n <= 38. */
__int128 decimal_power(unsigned n);

/* Brings a number to `scale` and type decimal(precision, scale). */
bool decimal_rescale(struct decimal from, unsigned precision, unsigned scale, enum decimal_rounding rounding,
                     struct decimal *to);

/* Rounds at `digits` behind the point (negative: in front of it), keeping the scale. */
bool decimal_round_at(struct decimal from, int digits, enum decimal_rounding rounding, struct decimal *to);

/* Spark's result types for + - * / % and their values (HALF_UP at the result's scale). Division and modulo by zero
 * are the caller's to exclude. */
bool decimal_add(struct decimal a, struct decimal b, struct decimal *sum);
bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *difference);
bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *product);
bool decimal_divide(struct decimal a, struct decimal b, struct decimal *quotient);
bool decimal_modulo(struct decimal a, struct decimal b, struct decimal *rest);

int decimal_compare(struct decimal a, struct decimal b);

/* Reads [+-]digits[.digits][e[+-]digits] exactly: unscaled and scale as written, a negative scale brought to 0. False
 * if it is no number or (then *too_long is true) has more than 38 digits. Leading zeros do not count. */
bool decimal_parse(const char *text, size_t len, struct decimal *decimal, bool *too_long);

/* As Java's BigDecimal.toString (1E-7 below 0.000001); returns the length. `plain`: toPlainString. */
size_t decimal_text(struct decimal decimal, bool plain, char text[DECIMAL_TEXT_MAX]);

double decimal_to_double(struct decimal decimal);

#endif
