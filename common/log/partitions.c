#include "log/partitions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/options.h"

bool partitions_parse(struct partitions *partitions, const char *option, const char *text, struct problem *problem)
{
    bool good = true;
    char *copy = mem_copy(text, strlen(text)), *rest = copy;
    uint64_t number;
    for (char *part; (part = strsep(&rest, ",")) != NULL;) {
        good = options_number(option, part, 0, PARTITIONS_MAX, &number, problem);
        if (!good)
            break;
        if (number >= partitions->cap) {
            partitions->wanted = mem_resize(partitions->wanted, number + 1, sizeof *partitions->wanted);
            memset(partitions->wanted + partitions->cap, 0, number + 1 - partitions->cap);
            partitions->cap = number + 1;
        }
        partitions->wanted[number] = true;
    }
    free(copy);
    return good;
}
