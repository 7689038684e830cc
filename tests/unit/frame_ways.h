/* For the tests of frame: all that a frame gives as text, and every way of cutting the input up. */
#ifndef ATOOLS_TESTS_FRAME_WAYS_H
#define ATOOLS_TESTS_FRAME_WAYS_H

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "frame/frame.h"
#include "json/json.h"

/* What is wrong is told alike whether the frame finds it or, in its place, the reader of a batch. */
static void add_bad(struct buffer *into, const struct batch *batch, size_t at)
{
    uint64_t line = batch->start.line, byte = batch->start.byte;
    for (size_t i = 0; i < at; i++) {
        byte++;
        if (batch->text[i] == '\n') {
            line++;
            byte = 1;
        }
    }
    buffer_add_format(into, "BAD %llu:%llu\n", (unsigned long long)line, (unsigned long long)byte);
}

/* Cuts one value off text[at, len): its end. A plain reference: it goes byte by byte. */
static size_t value_end(const char *text, size_t len, size_t at, size_t *bad)
{
    struct json_checker checker;
    size_t used = 0;
    json_check_start(&checker);
    enum json_verdict verdict = json_check_feed(&checker, text + at, len - at, &used);
    *bad = at + used;
    if (verdict == JSON_MORE && json_check_end(&checker) == JSON_WHOLE)
        return len;
    if (verdict == JSON_MORE)
        *bad = len;
    if (verdict != JSON_WHOLE)
        return SIZE_MAX;
    return at + used;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Writes each record of a batch on a line of its own: "FILE_INDEX:LINE:BYTE text". Records that are not JSON too. */
static void add_record(struct buffer *into, const struct batch *batch, size_t at, size_t len, uint64_t element)
{
    uint64_t line = batch->start.line, byte = batch->start.byte;
    while (len > 0 && is_blank(batch->text[at]))
        at++, len--;
    while (len > 0 && is_blank(batch->text[at + len - 1]))
        len--;
    if (len == 0)
        return;
    for (size_t i = 0; i < at; i++) {
        byte++;
        if (batch->text[i] == '\n') {
            line++;
            byte = 1;
        }
    }
    if (batch->skipped)
        buffer_add_text(into, "-");
    buffer_add_format(into, "%u:%llu:%llu", batch->file_index, (unsigned long long)line, (unsigned long long)byte);
    if (batch->kind == BATCH_ELEMENTS)
        buffer_add_format(into, "[%llu]", (unsigned long long)element);
    buffer_add_text(into, " ");
    buffer_add(into, batch->text + at, len);
    buffer_add_text(into, "\n");
}

static bool add_elements(struct buffer *into, const struct batch *batch)
{
    uint64_t element = batch->start.element;
    for (size_t at = 0; at < batch->len; at++) {
        size_t bad, end = value_end(batch->text, batch->len, at, &bad);
        if (end == SIZE_MAX) {
            add_bad(into, batch, bad);
            return false;
        }
        size_t behind = end;
        while (end < batch->len && is_blank(batch->text[end]))
            end++;
        if (end < batch->len && batch->text[end] != ',') {
            add_bad(into, batch, end);
            return false;
        }
        assert_true(end + 1 != batch->len);
        add_record(into, batch, at, behind - at, element++);
        at = end;
    }
    return true;
}

static bool add_values(struct buffer *into, const struct batch *batch)
{
    for (size_t at = 0; at < batch->len;) {
        while (at < batch->len && is_blank(batch->text[at]))
            at++;
        if (at == batch->len)
            break;
        size_t bad, end = value_end(batch->text, batch->len, at, &bad);
        if (end == SIZE_MAX) {
            add_bad(into, batch, bad);
            return false;
        }
        add_record(into, batch, at, end - at, 0);
        at = end;
    }
    return true;
}

static void add_lines(struct buffer *into, const struct batch *batch)
{
    for (size_t at = 0; at < batch->len;) {
        const char *newline = memchr(batch->text + at, '\n', batch->len - at);
        size_t end = newline ? (size_t)(newline - batch->text) + 1 : batch->len;
        add_record(into, batch, at, end - at, 0);
        at = end;
    }
}

static const char *const events[] = {"MISSING", "MISMATCH", "END"};

/* Everything a frame gives, as text. */
static void drain(struct frame *frame, struct buffer *into)
{
    struct batch batch = {0};
    uint64_t sequence = 0;
    bool good = true;
    while (good && source_next(frame_source(frame), &batch)) {
        assert_int_equal(batch.sequence, sequence);
        sequence++;
        for (size_t i = 0; i < BATCH_PADDING && batch.kind < BATCH_EVENT; i++)
            if (batch.text[batch.len + i] != 0)
                fail_msg("kind %d, %zu bytes: no zeros behind '%.*s'", batch.kind, batch.len, (int)batch.len,
                         batch.text);
        if (batch.kind == BATCH_LINES && !batch.reads_on)
            add_lines(into, &batch);
        else if (batch.kind == BATCH_VALUES || batch.kind == BATCH_LINES)
            good = add_values(into, &batch);
        else if (batch.kind == BATCH_ELEMENTS)
            good = add_elements(into, &batch);
        else if (batch.kind == BATCH_EVENT)
            buffer_add_format(into, "%s step %zu type %d count %llu %.*s\n", events[batch.event], batch.event_step,
                              batch.event_type,
                              (unsigned long long)(batch.event == FRAME_END ? batch.start.element : 0), (int)batch.len,
                              batch.text);
    }
    const char *byte = good && batch.status == 1 ? strstr(batch.error, ": byte ") : NULL;
    if (byte) {
        const char *line = byte;
        while (line[-1] != ':')
            line--;
        buffer_add_format(into, "%s %d:%d\n", strstr(byte, "repeated") ? "TWIN" : "BAD", atoi(line), atoi(byte + 7));
    } else if (good && batch.status != 0) {
        buffer_add_format(into, "status %d %s\n", batch.status, batch.error);
    }
    buffer_add_char(into, '\0');
    source_release(&batch);
}

struct feed {
    int fd;
    const char *text;
    size_t len, cut; /* cut: bytes of the first write; 0: one byte a write */
};

static void *feed(void *argument)
{
    struct feed *job = argument;
    size_t step = job->cut > 0 ? job->cut : 1;
    for (size_t at = 0; at < job->len; step = job->cut > 0 ? job->len : 1) {
        size_t n = job->len - at < step ? job->len - at : step;
        assert_true(write(job->fd, job->text + at, n) == (ssize_t)n);
        at += n;
        if (job->cut > 0 && at < job->len)
            usleep(50); /* so that the reader sees the first part alone */
    }
    close(job->fd);
    return NULL;
}

static char path[32]; /* of a file in memory */

static char *file_with(const char *text, size_t len)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("frame", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/dev/fd/%d", fd);
    assert_true(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len);
    return path;
}

static char *drain_file(const char *text, size_t len, const struct frame_options *options)
{
    struct buffer got = {0};
    char *files[] = {file_with(text, len)};
    struct frame *frame = frame_open(files, 1, options);
    drain(frame, &got);
    frame_close(frame);
    return got.data;
}

/* cut: bytes that come first; 0: they come one by one. */
static char *drain_pipe(const char *text, size_t len, size_t cut, const struct frame_options *options)
{
    struct buffer got = {0};
    int ends[2];
    char name[32];
    pthread_t thread;
    assert_int_equal(pipe(ends), 0);
    struct feed job = {.fd = ends[1], .text = text, .len = len, .cut = cut};
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    char *files[] = {name};
    struct frame *frame = frame_open(files, 1, options);
    pthread_create(&thread, NULL, feed, &job);
    drain(frame, &got);
    pthread_join(thread, NULL);
    frame_close(frame);
    close(ends[0]);
    /* the name differs in messages only */
    char *found = strstr(got.data, name);
    if (found) {
        struct buffer again = {0};
        buffer_add(&again, got.data, (size_t)(found - got.data));
        buffer_add_text(&again, path);
        buffer_add(&again, found + strlen(name), strlen(found + strlen(name)) + 1);
        buffer_free(&got);
        return again.data;
    }
    return got.data;
}

/* The wanted text has FILE where the name stands. */
static void expect(const char *got, const char *wanted)
{
    struct buffer full = {0};
    const char *mark = strstr(wanted, "FILE");
    buffer_add(&full, wanted, mark ? (size_t)(mark - wanted) : strlen(wanted));
    if (mark) {
        buffer_add_text(&full, path);
        buffer_add_text(&full, mark + 4);
    }
    buffer_add_char(&full, '\0');
    assert_string_equal(got, full.data);
    buffer_free(&full);
}

/* The same comes out for a file, small batches, one-byte reads, and every cut. */
static void check_all_ways(const char *text, size_t len, struct frame_options options, const char *wanted)
{
    size_t sizes[] = {0, 1, 2, 3, 5, 7, 16, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int single = 0; single < 2; single++) {
            options.batch_size = sizes[i];
            options.single = single;
            char *got = drain_file(text, len, &options);
            expect(got, wanted);
            free(got);
        }
    options.single = false;
    for (size_t size = 0; size < 16; size += 7)
        for (size_t cut = 0; cut < len; cut++) {
            options.batch_size = size;
            char *got = drain_pipe(text, len, cut, &options);
            expect(got, wanted);
            free(got);
        }
}

static inline void check(const char *text, struct frame_options options, const char *wanted)
{
    check_all_ways(text, strlen(text), options, wanted);
}

#endif
