/* What the tests of stores do with one, before and beside the tools:
 *     store_driver put URL              standard input becomes the file
 *     store_driver absent URL           the same, if there is none; prints yes or no
 *     store_driver get URL [FROM TO]    the file's bytes
 *     store_driver stat URL             size, or folder, or no
 *     store_driver list URL             names, a line each (folders with a '/')
 *     store_driver dataset URL          the files of a dataset
 *     store_driver rename URL FROM TO   names below the URL; yes or no
 *     store_driver remove URL           yes or no
 *     store_driver many URL COUNT       COUNT empty files (HDFS takes 0.4 s to close many a block)
 * PATIENCE in the environment: seconds for which a server may say nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/output.h"
#include "store/store.h"

enum { STEP = 1 << 16 };

static struct problem problem;

static int say(enum store_answer answer)
{
    if (answer == STORE_FAILED)
        problem_die(&problem);
    puts(answer == STORE_YES ? "yes" : "no");
    return 0;
}

static int put(struct store *store)
{
    static char bytes[STEP];
    struct store_writer *writer = store_write(store, "", &problem);
    problem_check(writer, &problem);
    for (ssize_t n; (n = read(STDIN_FILENO, bytes, sizeof bytes)) > 0;)
        if (!store_add(writer, bytes, (size_t)n, &problem)) {
            store_abandon(writer);
            problem_die(&problem);
        }
    problem_check(store_finish(writer, &problem), &problem);
    return 0;
}

static int put_absent(struct store *store)
{
    struct buffer all = {0};
    ssize_t n;
    do {
        buffer_reserve(&all, STEP);
        n = read(STDIN_FILENO, all.data + all.len, STEP);
        all.len += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    enum store_answer answer = store_put_absent(store, "", all.data, all.len, &problem);
    buffer_free(&all);
    return say(answer);
}

static int get(struct store *store, uint64_t from, uint64_t to)
{
    static char bytes[STEP];
    struct arena arena = {0};
    struct store_entry entry;
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    enum store_answer answer = store_stat(store, "", &arena, &entry, &problem);
    problem_check(answer != STORE_FAILED, &problem);
    if (answer == STORE_NO)
        diag_die(STATUS_IO, "nothing there");
    struct store_reader *reader = store_reader_new(store, "", from, to, entry.size);
    ptrdiff_t n;
    while ((n = store_read(reader, bytes, sizeof bytes, &problem)) > 0)
        output_write(out, bytes, (size_t)n);
    problem_check(n == 0, &problem);
    store_reader_free(reader);
    arena_free(&arena);
    output_close(out);
    return 0;
}

static int show(struct store *store)
{
    struct arena arena = {0};
    struct store_entry entry;
    enum store_answer answer = store_stat(store, "", &arena, &entry, &problem);
    if (answer == STORE_YES && entry.is_folder)
        puts("folder");
    else if (answer == STORE_YES)
        printf("%" PRIu64 "\n", entry.size);
    arena_free(&arena);
    return answer == STORE_YES ? 0 : say(answer);
}

static int list(struct store *store, bool dataset)
{
    struct store_listing listing = {0};
    problem_check((dataset ? store_list_dataset : store_list)(store, "", &listing, &problem), &problem);
    for (size_t i = 0; i < listing.count; i++)
        printf("%s%s\n", listing.entries[i].name, listing.entries[i].is_folder ? "/" : "");
    store_listing_free(&listing);
    return 0;
}

static int many(struct store *store, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "file-%05u", i);
        struct store_writer *writer = store_write(store, name, &problem);
        problem_check(writer && store_finish(writer, &problem), &problem);
    }
    return 0;
}

static int run(struct store *store, int argc, char **argv)
{
    const char *verb = argv[1];
    bool range = argc > 4;
    if (strcmp(verb, "put") == 0)
        return put(store);
    if (strcmp(verb, "absent") == 0)
        return put_absent(store);
    if (strcmp(verb, "get") == 0)
        return get(store, range ? strtoull(argv[3], NULL, 10) : 0, range ? strtoull(argv[4], NULL, 10) : UINT64_MAX);
    if (strcmp(verb, "stat") == 0)
        return show(store);
    if (strcmp(verb, "list") == 0 || strcmp(verb, "dataset") == 0)
        return list(store, *verb == 'd');
    if (strcmp(verb, "rename") == 0 && argc > 4)
        return say(store_rename(store, argv[3], argv[4], &problem));
    if (strcmp(verb, "remove") == 0)
        return say(store_remove(store, "", &problem));
    if (strcmp(verb, "many") == 0 && argc > 3)
        return many(store, (unsigned)strtoul(argv[3], NULL, 10));
    diag_die(STATUS_USAGE, "no such verb: %s", verb);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    if (argc < 3)
        diag_die(STATUS_USAGE, "expected a verb and a URL");
    const char *patience = getenv("PATIENCE");
    struct store *store = store_open(argv[2], patience ? (unsigned)strtoul(patience, NULL, 10) : 0, &problem);
    problem_check(store, &problem);
    int status = run(store, argc, argv);
    store_close(store);
    return status;
}
