#include "base/clock.h"

#include <time.h>

enum { US_PER_S = 1000 * 1000, US_PER_MS = 1000, NS_PER_US = 1000 };

static int64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now); /* cannot fail: both are always there */
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / NS_PER_US;
}

int64_t clock_steady_us(void)
{
    return read_us(CLOCK_MONOTONIC) + 1;
}

int64_t clock_steady_ms(void)
{
    return read_us(CLOCK_MONOTONIC) / US_PER_MS + 1;
}

int64_t clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t clock_wall_ms(void)
{
    return read_us(CLOCK_REALTIME) / US_PER_MS;
}

int64_t clock_wall_s(void)
{
    return read_us(CLOCK_REALTIME) / US_PER_S;
}
