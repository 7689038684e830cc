#include "base/wake.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* So often a write is made again that fails for any other reason than that the descriptor is readable already. */
enum { TRIES = 1000 };

int wake_new(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void wake_set(int descriptor)
{
    const uint64_t one = 1;
    for (int i = 0; i < TRIES && write(descriptor, &one, sizeof one) < 0 && errno != EAGAIN; i++) {
    }
}

void wake_wait(int one, int other, int timeout_ms)
{
    struct pollfd wait[] = {{.fd = one, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    if (timeout_ms != 0)
        poll(wait, 2, timeout_ms);
}

void wake_clear(int descriptor)
{
    uint64_t count;
    for (int i = 0; i < TRIES && read(descriptor, &count, sizeof count) < 0 && errno != EAGAIN; i++) {
    }
}
