/* uuid: names that nobody else takes. Any thread may call anything. */
#ifndef ATOOLS_UUID_H
#define ATOOLS_UUID_H

/* The text with the NUL behind it. */
enum { UUID_BYTES = 16, UUID_TEXT = 37 };

/* UUID_BYTES bytes as RFC 9562 writes them. */
void uuid_write(const void *bytes, char into[UUID_TEXT]);

/* The UUID of version 4 that random bytes make. */
void uuid_make(unsigned char random[UUID_BYTES], char into[UUID_TEXT]);

/* Random, of version 4; no entropy ends the program as no memory does. */
void uuid_draw(char into[UUID_TEXT]);

#endif
