/* uuid: names that nobody else takes. Any thread may call anything. */
#ifndef ATOOLS_UUID_H
#define ATOOLS_UUID_H

/* With the NUL behind it. */
enum { UUID_TEXT = 37 };

/* Random, of version 4, as RFC 9562 writes it; no entropy ends the program as no memory does. */
void uuid_draw(char into[UUID_TEXT]);

#endif
