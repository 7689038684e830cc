/* input: bytes in. Opens a file or stdin, unpacks gzip, zstd, lz4, bzip2 and xz (several members), knows whether a
 * read would block. One input is used by one thread at a time.
 *
 * A failing read or a broken compressed stream is reported through input_read's result; what was
 * unpacked before is delivered first. */
#ifndef ATOOLS_INPUT_H
#define ATOOLS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct input;

/* Opens `path` ("-" is stdin). raw: the bytes as they are; otherwise compression is told by its first bytes, and what
 * is known to be no text (magic.h) is an error of STATUS_DATA. A byte more is waited for only where those before it may
 * be the beginning of such a thing. NULL and errno if it cannot be opened.
 * Widens a pipe to 1 MiB where the system lets it; advises sequential reading of files. */
struct input *input_open(const char *path, bool raw);

/* The caller knows what to do with a file of Parquet: it is given as it is. Before the first input_read. */
void input_take_parquet(struct input *input);

/* Only the bytes from `from` up to before `to` are there, as they are: of a regular file that is not compressed and may
 * be text. False: it is none. Before the first input_read. */
bool input_range(struct input *input, uint64_t from, uint64_t to);

/* The name for messages: the path, or "stdin". Lives as long as the input. */
const char *input_name(const struct input *input);

/* Up to cap (> 1) bytes into into: their count; 0 at the end; -1 on failure, then
 * input_error() says what. EINTR is retried. May return less than cap at any time. */
ssize_t input_read(struct input *input, char *into, size_t cap);

/* What went wrong, with status: STATUS_DATA (truncated or damaged, with the byte of
 * the compressed file; what is no text) or STATUS_IO. Only after input_read returned -1. */
const char *input_error(const struct input *input, int *status);

/* From now on a read that has to wait gives up and returns 0 as soon as descriptor `wake` is readable, and the program
 * ends (die_of_closed_pipe) when `out` is a pipe that nobody reads any more. -1: no such descriptor. */
void input_watch(struct input *input, int wake, int out);

/* What is read from, to be polled; never to be read. */
int input_descriptor(const struct input *input);

/* False when the next input_read would wait for somebody (a pipe or terminal without data). */
bool input_ready(struct input *input);

/* Whether any part can be read by itself, a regular file as it is; then *at is the file's byte that input_read gives
 * next. */
bool input_seekable(const struct input *input, uint64_t *at);

/* Bytes at `at` of such a file, from any thread: their count (less than len only at the end), -1 and errno on
 * failure. */
ssize_t input_read_at(const struct input *input, char *into, size_t len, uint64_t at);

/* What to say where such a file ends before its size when it was opened. */
extern const char *const input_shorter;

/* The next input_read of such a file goes on at `at`. */
void input_seek(struct input *input, uint64_t at);

/* For progress: bytes read from the file so far (compressed), and its size or 0 if unknown. */
uint64_t input_done(const struct input *input);
uint64_t input_size(const struct input *input);

/* One more holds this input: it stays open until input_close was called once more. */
void input_keep(struct input *input);

void input_close(struct input *input);

#endif
