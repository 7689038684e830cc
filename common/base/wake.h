/* wake: a descriptor by which one thread tells another that there is something to see. */
#ifndef ATOOLS_BASE_WAKE_H
#define ATOOLS_BASE_WAKE_H

/* A descriptor (an eventfd) to poll for reading; -1, errno says why. The caller closes it. */
int wake_new(void);

/* Makes it readable, if it is not yet. A call that fails is made again: who waits would wait for ever. From any
 * thread. */
void wake_set(int descriptor);

/* Waits until one of the two descriptors (-1: none) is readable, a signal comes, or so long; 0: not at all. */
void wake_wait(int one, int other, int timeout_ms);

/* It is readable no more. */
void wake_clear(int descriptor);

#endif
