/* Reading all of a partition for damage, and taking it out. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"
#include "log/local/partition_inner.h"

struct walk {
    const char *dir;
    bool repair;
    partition_found *found;
    void *context;
    struct partition_checkpoint checkpoint;
    bool changed;                 /* something was damaged: the checkpoint has to be written anew */
    struct partition_place place; /* of the next batch */
    int64_t behind;               /* the base of the next segment; INT64_MAX: there is none */
    int64_t reached;              /* the offset that follows the last batch of the present segment */
    struct buffer bytes;          /* the batch there */
    struct record_batch_reader records;
    /* repair, of the present segment: */
    int copy;                     /* what is good of it, from its first damage on; -1: it has none */
    uint64_t copied;              /* bytes in it */
    char aside[LOCAL_PATH_MAX];   /* where the segment as it was is kept */
};

static void tell(struct walk *walk, int64_t from, int64_t until, const char *text, const char *aside)
{
    struct partition_finding finding = {.from = from, .until = until, .text = text, .aside = aside};
    walk->found(walk->context, &finding);
}

static bool segment_file(const struct walk *walk, const char *suffix, char *path, struct broker_error *error)
{
    return partition_segment_path(path, walk->dir, walk->place.base, suffix, error);
}

/* The segment's first damage: it is kept under another name, and what was good so far begins the file that will replace
 * it. */
static bool begin_copy(struct walk *walk, struct broker_error *error)
{
    char log[SEGMENT_PATH_MAX], copy[SEGMENT_PATH_MAX], block[65536];
    if (!segment_file(walk, "log", log, error) || !segment_file(walk, "log~repaired", copy, error) ||
        !local_move_aside(log, true, walk->aside, error))
        return false;
    walk->copy = file_open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    bool good = walk->copy >= 0;
    for (walk->copied = 0; good && walk->copied < walk->place.position;) {
        uint64_t left = walk->place.position - walk->copied;
        size_t want = left < sizeof block ? (size_t)left : sizeof block;
        good = file_read_at(walk->place.log, block, want, walk->copied) == (ssize_t)want &&
               file_write_at(walk->copy, block, want, walk->copied);
        walk->copied += want;
    }
    return good || local_fail_errno(error, copy);
}

/* What cannot be read: the offsets from the one expected to until-1 (-1: not known). */
static bool take_damage(struct walk *walk, const char *what, int64_t until, struct broker_error *error)
{
    struct broker_error named;
    int64_t from = walk->place.expected;
    partition_segment_error(&named, BROKER_DAMAGED, walk->dir, walk->place.base, walk->place.position, from, what);
    if (walk->repair && ((walk->copy < 0 && !begin_copy(walk, error)) ||
                         (until > from && !partition_gap_add(walk->dir, from, until, error))))
        return false;
    tell(walk, from, until, named.text, walk->repair ? walk->aside : NULL);
    walk->changed = true;
    if (until > from)
        walk->place.expected = until;
    return true;
}

static void take_unfinished(struct walk *walk, const char *what)
{
    struct broker_error named;
    char text[160];
    snprintf(text, sizeof text, "an unfinished write, which the next append cuts: %s", what);
    partition_segment_error(&named, BROKER_DAMAGED, walk->dir, walk->place.base, walk->place.position,
                            walk->place.expected, text);
    struct partition_finding finding = {.from = -1, .until = -1, .unfinished = true, .text = named.text};
    walk->found(walk->context, &finding);
}

/* What is wrong with the records of a batch whose checksum is right; NULL: nothing. */
static const char *wrong_records(struct walk *walk)
{
    struct log_record record;
    int got = record_batch_reader_start(&walk->records, walk->bytes.data) ? 1 : -1;
    while (got > 0)
        got = record_batch_reader_next(&walk->records, &record);
    return got < 0 ? walk->records.error : NULL;
}

/* A batch that stands where it must. */
static bool take_batch(struct walk *walk, const struct record_batch *front, struct broker_error *error)
{
    uint64_t size = record_batch_size(front);
    int64_t next = partition_front_last_offset(front) + 1;
    const char *wrong = wrong_records(walk);
    if (wrong && !take_damage(walk, wrong, next, error))
        return false;
    if (!wrong && walk->copy >= 0) {
        if (!file_write_at(walk->copy, walk->bytes.data, (size_t)size, walk->copied))
            return local_fail_errno(error, walk->dir);
        walk->copied += size;
    }
    walk->place.position += size;
    walk->place.expected = next;
    if (!wrong)
        walk->reached = next;
    return true;
}

/* As far as the checkpoint tells, what follows what is missing at the end of the newest segment. */
static int64_t known_next(const struct walk *walk)
{
    return walk->checkpoint.next > walk->place.expected ? walk->checkpoint.next : -1;
}

/* No valid batch where one must be. 1: go on where the next one is; 0: nothing more in this segment; -1. */
static int take_bad_place(struct walk *walk, const char *what, struct broker_error *error)
{
    struct record_batch front;
    struct broker_error why;
    uint64_t position;
    int there = partition_find_behind(&walk->place, walk->behind, &position, &front, error);
    if (there > 0) {
        if (!take_damage(walk, what, front.base_offset, error))
            return -1;
        walk->place.position = position;
        return 1;
    }
    int judged = there < 0 ? -1 : partition_judge(&walk->place, &why);
    if (judged > 0) /* somebody was just writing it */
        return 1;
    if (judged == 0)
        take_unfinished(walk, what);
    if (judged == 0 || there < 0)
        return judged;
    if (why.class != BROKER_DAMAGED) {
        *error = why;
        return -1;
    }
    return take_damage(walk, what, walk->behind < INT64_MAX ? walk->behind : known_next(walk), error) ? 0 : -1;
}

/* The end of a segment's file: does it reach to what comes next? */
static bool take_end(struct walk *walk, struct broker_error *error)
{
    struct broker_error why;
    if (walk->behind == INT64_MAX) {
        int judged = partition_judge(&walk->place, &why);
        if (judged >= 0 || why.class == BROKER_DAMAGED)
            return judged >= 0 ||
                   take_damage(walk, "the file ends here, but it was complete beyond", known_next(walk), error);
        *error = why;
        return false;
    }
    if (walk->behind == walk->place.expected)
        return true;
    char text[96];
    snprintf(text, sizeof text, "the segment ends here, the next one begins with offset %" PRId64, walk->behind);
    int gap = walk->behind > walk->place.expected ? partition_gap(&walk->place, walk->behind, NULL, error) : 0;
    return gap != 0 ? gap > 0 : take_damage(walk, text, walk->behind, error);
}

/* Repair: the copy takes the segment's place; its indexes, which are only hints, go. */
static bool end_copy(struct walk *walk, struct broker_error *error)
{
    static const char *const hints[] = {"index", "timeindex"};
    char log[SEGMENT_PATH_MAX], copy[SEGMENT_PATH_MAX];
    if (!segment_file(walk, "log", log, error) || !segment_file(walk, "log~repaired", copy, error))
        return false;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        char path[SEGMENT_PATH_MAX];
        if (!segment_file(walk, hints[i], path, error) || (unlink(path) != 0 && errno != ENOENT))
            return local_fail_errno(error, path);
    }
    bool good = fsync(walk->copy) == 0 && rename(copy, log) == 0;
    return (close(walk->copy) == 0 && good) || local_fail_errno(error, copy);
}

static bool walk_segment(struct walk *walk, int64_t base, int64_t behind, struct broker_error *error)
{
    walk->place.base = base;
    walk->place.position = 0;
    walk->reached = base;
    walk->behind = behind;
    walk->copy = -1;
    walk->place.log = partition_segment_open(walk->dir, base, "log", O_RDONLY, error);
    if (walk->place.log < 0)
        return false;
    struct record_batch front;
    const char *what = "";
    int got = 1;
    while (got > 0) {
        got = partition_batch_at(&walk->place, &walk->bytes, &front, &what, error);
        if (got > 0)
            got = take_batch(walk, &front, error) ? 1 : -1;
        else if (got == 0 && what)
            got = take_bad_place(walk, what, error);
    }
    bool good = got == 0 && (what || take_end(walk, error));
    if (walk->copy >= 0) {
        good = good && end_copy(walk, error);
        walk->place.position = walk->copied;
    }
    close(walk->place.log);
    return good;
}

/* A segment that the checkpoint knows is not there. */
static bool take_missing(struct walk *walk, struct broker_error *error)
{
    char text[SEGMENT_PATH_MAX + 64];
    int64_t from = walk->place.expected,
            until = walk->checkpoint.next > walk->checkpoint.base ? walk->checkpoint.next : walk->checkpoint.base;
    snprintf(text, sizeof text, "%s/%020" PRId64 ".log: the segment was there and is missing", walk->dir,
             walk->checkpoint.base);
    if (walk->repair && until > from && !partition_gap_add(walk->dir, from, until, error))
        return false;
    tell(walk, from, until > from ? until : -1, text, NULL);
    walk->place.expected = until;
    walk->changed = true;
    return true;
}

/* Repair: offsets that were given out are not given out again: where the last ones are lost, the log goes on behind
 * them, in a segment of that name. Then the checkpoint says what there is now. */
static bool go_on(struct walk *walk, struct broker_error *error)
{
    struct partition_checkpoint checkpoint = {walk->place.base, walk->place.position, walk->place.expected,
                                              walk->checkpoint.since};
    int folder = file_open(walk->dir, O_RDONLY | O_DIRECTORY, 0);
    bool good = folder >= 0;
    if (good && walk->place.expected > walk->reached) {
        checkpoint.base = walk->place.expected;
        checkpoint.position = 0;
        int log = partition_segment_open(walk->dir, checkpoint.base, "log", O_RDWR | O_CREAT, error);
        if (log < 0) {
            close(folder);
            return false;
        }
        close(log);
    }
    if (good)
        partition_checkpoint_write(folder, &checkpoint);
    good = good && fsync(folder) == 0;
    if (!good)
        local_fail_errno(error, walk->dir);
    if (folder >= 0)
        close(folder);
    return good;
}

static bool take_checkpoint(struct walk *walk, struct broker_error *error)
{
    struct broker_error why;
    char path[LOCAL_PATH_MAX];
    if (partition_checkpoint_read(walk->dir, &walk->checkpoint, &why))
        return true;
    walk->checkpoint = (struct partition_checkpoint){.base = -1, .next = -1, .since = INT64_MAX};
    if (why.class != BROKER_DAMAGED) {
        *error = why;
        return false;
    }
    if (!local_path(path, error, "%s/%s", walk->dir, partition_checkpoint_name) ||
        (walk->repair && !local_move_aside(path, false, walk->aside, error)))
        return false;
    tell(walk, -1, -1, why.text, walk->repair ? walk->aside : NULL);
    walk->changed = true;
    return true;
}

static bool walk_all(struct walk *walk, struct broker_error *error)
{
    int64_t *bases, count = partition_log_segments(walk->dir, &bases, error);
    bool good = count >= 0 && take_checkpoint(walk, error);
    walk->place.expected = count > 0 ? bases[0] : 0;
    for (int64_t i = 0; good && i < count; i++)
        good = walk_segment(walk, bases[i], i + 1 < count ? bases[i + 1] : INT64_MAX, error);
    if (good && walk->checkpoint.base >= 0 &&
        (count == 0 ? walk->checkpoint.position > 0 : walk->checkpoint.base > bases[count - 1]))
        good = take_missing(walk, error);
    free(bases);
    return good && (!walk->repair || !walk->changed || go_on(walk, error));
}

bool partition_check(const char *dir, bool repair, partition_found *found, void *context, struct broker_error *error)
{
    struct walk walk = {.dir = dir, .repair = repair, .found = found, .context = context, .place = {.dir = dir}};
    int lock = repair ? file_open(dir, O_RDONLY | O_DIRECTORY, 0) : -1;
    if (repair && (lock < 0 || !local_file_flock(lock, LOCK_EX))) {
        local_fail_errno(error, dir);
        if (lock >= 0)
            close(lock);
        return false;
    }
    bool good = walk_all(&walk, error);
    if (lock >= 0)
        close(lock);
    record_batch_reader_free(&walk.records);
    buffer_free(&walk.bytes);
    return good;
}
