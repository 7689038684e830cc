#include "base/hash.h"

#include <sys/auxv.h>

/* Drawn at the first call and never changed: a run has one seed, so that tables of several parts can share hashes. */
static uint64_t seed_of_run;

/* 16 random bytes that the kernel gives each program it starts. */
static uint64_t draw(void)
{
    const char *random = (const char *)(uintptr_t)getauxval(AT_RANDOM);
    uint64_t seed = random ? hash_bytes(random, 16) : 0;
    return seed != 0 ? seed : 1;
}

uint64_t hash_seed(void)
{
    uint64_t seed = __atomic_load_n(&seed_of_run, __ATOMIC_RELAXED);
    if (seed == 0) {
        seed = draw(); /* any thread draws the same */
        __atomic_store_n(&seed_of_run, seed, __ATOMIC_RELAXED);
    }
    return seed;
}
