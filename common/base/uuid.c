#include "base/uuid.h"

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

void uuid_write(const void *bytes, char into[UUID_TEXT])
{
    char hex[2 * UUID_BYTES];
    text_hex(bytes, UUID_BYTES, false, hex);
    memcpy(into, hex, 8);
    memcpy(into + 9, hex + 8, 4);
    memcpy(into + 14, hex + 12, 4);
    memcpy(into + 19, hex + 16, 4);
    memcpy(into + 24, hex + 20, 12);
    into[8] = into[13] = into[18] = into[23] = '-';
    into[UUID_TEXT - 1] = '\0';
}

void uuid_make(unsigned char random[UUID_BYTES], char into[UUID_TEXT])
{
    random[6] = (unsigned char)((random[6] & 0x0f) | 0x40);
    random[8] = (unsigned char)((random[8] & 0x3f) | 0x80);
    uuid_write(random, into);
}

void uuid_draw(char into[UUID_TEXT])
{
    unsigned char random[UUID_BYTES];
    if (getentropy(random, sizeof random) != 0)
        mem_refuse(1, sizeof random);
    uuid_make(random, into);
}
