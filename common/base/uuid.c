#include "base/uuid.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum { BYTES = 16 };

void uuid_draw(char into[UUID_TEXT])
{
    unsigned char random[BYTES];
    char hex[2 * BYTES];
    if (getentropy(random, sizeof random) != 0)
        mem_refuse(1, sizeof random);
    random[6] = (unsigned char)((random[6] & 0x0f) | 0x40);
    random[8] = (unsigned char)((random[8] & 0x3f) | 0x80);
    text_hex(random, sizeof random, false, hex);
    snprintf(into, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}
