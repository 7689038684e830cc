#include "dataset/landing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "json/json.h"

enum { STAGE_BYTES = 16, HEX = 2 * STAGE_BYTES };

/* In the hidden folder: whose it is. It is gone when somebody else has taken over. */
static const char owner_file[] = ".owner";
static const char success_file[] = "_SUCCESS";
static const char offsets_prefix[] = "part-";

struct landing {
    const char *url;
    struct store *store; /* that the dataset lies in */
    char *name, *stage;  /* in it; stage NULL: none, files appear by themselves */
    bool fresh;          /* the dataset was not there, or is to be replaced: the hidden folder becomes it */
    bool replaces;
    bool finished;
    struct delta_landing *delta; /* or NULL */
    struct store_listing old;   /* without such a folder: the dataset's files that are to go; names in the store */
    struct store_listing files; /* that were begun */
};

/* The length of what stands before a dataset's own name: all up to its last '/'. */
static size_t parent_len(const char *url, size_t len)
{
    const char *scheme = strstr(url, "://");
    size_t begin = scheme ? (size_t)(scheme + 3 - url) : 0;
    if (scheme && strncmp(url, "file://", 7) != 0)
        begin += strcspn(url + begin, "/");
    for (size_t at = len; at > begin; at--)
        if (url[at - 1] == '/')
            return at;
    return scheme ? begin : 0;
}

struct store *landing_place(const char *url, char **name, struct problem *problem)
{
    size_t len = strlen(url);
    while (len > 1 && url[len - 1] == '/')
        len--;
    size_t parent = parent_len(url, len);
    struct buffer place = {0};
    if (len == 0 || parent == 0)
        buffer_add_text(&place, ".");
    else
        buffer_add(&place, url, parent < len ? parent : len);
    if (place.len >= 3 && memcmp(place.data + place.len - 3, "://", 3) == 0) /* file://NAME */
        buffer_add_char(&place, '.');
    buffer_add_char(&place, '\0');
    struct store *store = store_open(place.data, 0, problem);
    buffer_free(&place);
    *name = store ? mem_copy(url + (parent < len ? parent : len), parent < len ? len - parent : 0) : NULL;
    return store;
}

static char *join(const char *folder, const char *name)
{
    struct buffer path = {0};
    buffer_add_text(&path, folder);
    if (*folder)
        buffer_add_char(&path, '/');
    buffer_add(&path, name, strlen(name) + 1);
    return path.data;
}

/* What the hidden folders of a dataset's landings begin with. */
static char *stage_prefix(const char *name)
{
    struct buffer prefix = {0};
    buffer_add_format(&prefix, ".aland-%s-", name);
    buffer_add_char(&prefix, '\0');
    return prefix.data;
}

static bool is_stage(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(name, prefix, len) == 0 && strlen(name + len) == HEX &&
           strspn(name + len, "0123456789abcdef") == HEX;
}

/* Takes away what landings before this one left. */
static bool remove_stages(struct landing *landing, struct problem *problem)
{
    struct store_listing listing = {0};
    struct store_entry entry;
    char *prefix = stage_prefix(landing->name);
    enum store_answer answer = store_stat(landing->store, "", &listing.arena, &entry, problem);
    bool good = answer == STORE_NO || (answer == STORE_YES && store_list(landing->store, "", &listing, problem));
    for (size_t i = 0; good && i < listing.count; i++)
        if (is_stage(listing.entries[i].name, prefix))
            good = store_remove(landing->store, listing.entries[i].name, problem) != STORE_FAILED;
    store_listing_free(&listing);
    free(prefix);
    return good;
}

static bool make_stage(struct landing *landing, struct problem *problem)
{
    unsigned char random[STAGE_BYTES];
    char hex[HEX + 1] = {0};
    if (getentropy(random, sizeof random) != 0)
        mem_refuse(1, sizeof random);
    text_hex(random, sizeof random, false, hex);
    char *prefix = stage_prefix(landing->name);
    struct buffer stage = {0};
    buffer_add_format(&stage, "%s%s", prefix, hex);
    buffer_add_char(&stage, '\0');
    free(prefix);
    landing->stage = stage.data;
    char *owner = join(landing->stage, owner_file);
    bool good = store_put_absent(landing->store, owner, "", 0, problem) == STORE_YES;
    free(owner);
    return good;
}

static bool refuse(const char *url, struct problem *problem)
{
    return problem_set(problem, STATUS_USAGE,
                       "%s: is there already: --mode append adds to it, --mode overwrite replaces it", url);
}

/* What is to be done about a dataset that is there, or not. False: nothing. */
static bool heed_mode(const char *url, enum landing_mode mode, bool there, bool *ignored, struct problem *problem)
{
    if (there && mode == LANDING_ERROR)
        return refuse(url, problem);
    *ignored = there && mode == LANDING_IGNORE;
    return !*ignored;
}

static bool open_delta(struct landing *landing, enum landing_mode mode, bool *ignored, struct problem *problem)
{
    static const char *const names[] = {[LANDING_ERROR] = "ErrorIfExists", [LANDING_APPEND] = "Append",
                                        [LANDING_OVERWRITE] = "Overwrite", [LANDING_IGNORE] = "Ignore"};
    landing->delta = delta_landing_open(landing->store, landing->name, landing->url, mode == LANDING_OVERWRITE,
                                        names[mode], problem);
    return landing->delta &&
           heed_mode(landing->url, mode, delta_landing_table(landing->delta)->version >= 0, ignored, problem);
}

static bool open_folder(struct landing *landing, enum landing_mode mode, bool there, bool *ignored,
                        struct problem *problem)
{
    bool renames = store_can_rename(landing->store);
    if (!heed_mode(landing->url, mode, there, ignored, problem))
        return false;
    landing->fresh = !there || mode == LANDING_OVERWRITE;
    landing->replaces = there && mode == LANDING_OVERWRITE;
    if (landing->replaces && !renames && !store_list_dataset(landing->store, landing->name, &landing->old, problem))
        return false;
    return !renames || (remove_stages(landing, problem) && make_stage(landing, problem));
}

static bool has_log(const struct landing *landing, struct problem *problem)
{
    const struct delta_store table = {landing->store, landing->name, landing->url};
    return delta_store_has_log(&table, problem) == STORE_YES;
}

struct landing *landing_open(const char *url, enum landing_mode mode, bool delta, bool *ignored,
                             struct problem *problem)
{
    struct landing *landing = mem_zero(1, sizeof *landing);
    struct store_entry entry;
    struct arena arena = {0};
    *ignored = false;
    landing->url = url;
    landing->store = landing_place(url, &landing->name, problem);
    bool good = landing->store != NULL;
    if (good && store_can_rename(landing->store) &&
        (!*landing->name || strcmp(landing->name, ".") == 0 || strcmp(landing->name, "..") == 0))
        good = problem_set(problem, STATUS_USAGE, "%s: expected a folder by its own name", url);
    enum store_answer there = good ? store_stat(landing->store, landing->name, &arena, &entry, problem) : STORE_FAILED;
    if (there == STORE_YES && !entry.is_folder)
        problem_set(problem, STATUS_USAGE, "%s: is a file, expected a folder", url);
    arena_free(&arena);
    delta = delta || (there == STORE_YES && problem->status == STATUS_OK && has_log(landing, problem));
    if (problem->status == STATUS_OK && (delta ? open_delta(landing, mode, ignored, problem)
                                               : open_folder(landing, mode, there == STORE_YES, ignored, problem)))
        return landing;
    landing_close(landing);
    return NULL;
}

bool landing_is_there(const struct landing *landing)
{
    return !landing->fresh;
}

struct delta_landing *landing_delta(const struct landing *landing)
{
    return landing->delta;
}

struct store *landing_store(const struct landing *landing)
{
    return landing->store;
}

const char *landing_name(const struct landing *landing)
{
    return landing->name;
}

struct store_writer *landing_write(struct landing *landing, const char *name, struct problem *problem)
{
    store_listing_add(&landing->files, name, strlen(name));
    char *path = join(landing->stage ? landing->stage : landing->name, name);
    struct store_writer *writer = store_write(landing->store, path, problem);
    free(path);
    return writer;
}

/* An empty file. */
static bool write_success(struct landing *landing, const char *folder, struct problem *problem)
{
    char *path = join(folder, success_file);
    struct store_writer *writer = store_write(landing->store, path, problem);
    bool good = writer && store_finish(writer, problem);
    free(path);
    return good;
}

static bool overtaken(const struct landing *landing, struct problem *problem)
{
    return problem_set(problem, STATUS_IO, "%s: another landing has begun meanwhile; nothing was landed by this one",
                       landing->url);
}

/* Whether the hidden folder is still this landing's. What is in it now is there; whoever takes over removes that,
 * before he looks at what has been landed: so it can be renamed only if he can see it. */
static bool owns_stage(struct landing *landing, struct problem *problem)
{
    struct arena arena = {0};
    struct store_entry entry;
    char *owner = join(landing->stage, owner_file);
    enum store_answer answer = store_stat(landing->store, owner, &arena, &entry, problem);
    free(owner);
    arena_free(&arena);
    return answer == STORE_YES || (answer == STORE_NO && overtaken(landing, problem));
}

static bool remove_old(struct landing *landing, struct problem *problem)
{
    bool good = true;
    for (size_t i = 0; good && i < landing->old.count; i++)
        good = store_remove(landing->store, landing->old.entries[i].name, problem) != STORE_FAILED;
    return good;
}

/* The hidden folder becomes the dataset. */
static bool appear_whole(struct landing *landing, struct problem *problem)
{
    char *owner = join(landing->stage, owner_file);
    bool good = write_success(landing, landing->stage, problem) && owns_stage(landing, problem) &&
                store_remove(landing->store, owner, problem) != STORE_FAILED;
    free(owner);
    if (good && landing->replaces)
        good = store_remove(landing->store, landing->name, problem) != STORE_FAILED;
    enum store_answer answer =
        good ? store_rename(landing->store, landing->stage, landing->name, problem) : STORE_FAILED;
    return answer == STORE_YES || (answer == STORE_NO && overtaken(landing, problem));
}

static bool appear_one(struct landing *landing, const char *name, struct problem *problem)
{
    char *from = join(landing->stage, name), *to = join(landing->name, name);
    enum store_answer answer = store_rename(landing->store, from, to, problem);
    free(from);
    free(to);
    return answer == STORE_YES || (answer == STORE_NO && overtaken(landing, problem));
}

/* One by one into a dataset that is there. */
static bool appear_each(struct landing *landing, struct problem *problem)
{
    bool good = owns_stage(landing, problem);
    for (size_t i = 0; good && i < landing->files.count; i++)
        good = appear_one(landing, landing->files.entries[i].name, problem);
    return good && write_success(landing, landing->name, problem);
}

bool landing_finish(struct landing *landing, struct problem *problem)
{
    if (landing->delta)
        landing->finished = delta_landing_commit(landing->delta, problem);
    else if (!landing->stage)
        landing->finished = remove_old(landing, problem) && write_success(landing, landing->name, problem);
    else
        landing->finished = landing->fresh ? appear_whole(landing, problem) : appear_each(landing, problem);
    return landing->finished;
}

/* Those of a Delta table that no commit names. */
static void remove_files(const struct landing *landing)
{
    struct problem ignored = {0}; /* nobody sees them */
    for (size_t i = 0; landing->name && i < landing->files.count; i++) {
        char *path = join(landing->name, landing->files.entries[i].name);
        store_remove(landing->store, path, &ignored);
        free(path);
    }
}

void landing_close(struct landing *landing)
{
    struct problem ignored = {0}; /* the next landing takes it away */
    if (landing->store && landing->stage && !(landing->finished && landing->fresh))
        store_remove(landing->store, landing->stage, &ignored);
    if (landing->delta && !landing->finished && !delta_landing_in_doubt(landing->delta))
        remove_files(landing);
    delta_landing_free(landing->delta);
    store_listing_free(&landing->old);
    store_listing_free(&landing->files);
    if (landing->store)
        store_close(landing->store);
    free(landing->name);
    free(landing->stage);
    free(landing);
}

void landing_offset_name(const char *group, int64_t first, int64_t next, struct buffer *into)
{
    buffer_add_format(into, "%s%s+%010lld+%010lld", offsets_prefix, group, (long long)first, (long long)next);
}

/* A number and the byte behind it; false: there is none. */
static bool take_number(const char **text, char end, int64_t *number)
{
    const char *at = *text;
    int64_t sum = 0;
    while (text_is_digit(*at))
        if (__builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, *at++ - '0', &sum))
            return false;
    if (at == *text || *at != end)
        return false;
    *text = at + 1;
    *number = sum;
    return true;
}

static void note_offset(struct landing_offsets *offsets, const char *topic, size_t len, int32_t partition, int64_t next)
{
    size_t at = 0;
    while (at < offsets->count) {
        const struct landing_offset *offset = &offsets->list[at];
        int order = strncmp(offset->topic, topic, len);
        if (order == 0)
            order = offset->topic[len] != '\0';
        if (order > 0 || (order == 0 && offset->partition >= partition))
            break;
        at++;
    }
    struct landing_offset *found = at < offsets->count ? &offsets->list[at] : NULL;
    if (found && strlen(found->topic) == len && memcmp(found->topic, topic, len) == 0 &&
        found->partition == partition) {
        found->next = next > found->next ? next : found->next;
        return;
    }
    if (offsets->count == offsets->cap) {
        offsets->cap = offsets->cap ? 2 * offsets->cap : 16;
        offsets->list = mem_resize(offsets->list, offsets->cap, sizeof *offsets->list);
    }
    memmove(offsets->list + at + 1, offsets->list + at, (offsets->count - at) * sizeof *offsets->list);
    offsets->count++;
    offsets->list[at] = (struct landing_offset){.topic = mem_copy(topic, len), .partition = partition, .next = next};
}

/* "part-TOPIC+PARTITION+FIRST+NEXT.…" */
static void read_offset(const char *name, struct landing_offsets *offsets)
{
    size_t prefix = sizeof offsets_prefix - 1;
    const char *plus = strchr(name, '+');
    if (strncmp(name, offsets_prefix, prefix) != 0 || !plus || plus == name + prefix)
        return;
    const char *at = plus + 1;
    int64_t partition, first, next;
    if (take_number(&at, '+', &partition) && take_number(&at, '+', &first) && take_number(&at, '.', &next) &&
        partition <= INT32_MAX)
        note_offset(offsets, name + prefix, (size_t)(plus - name) - prefix, (int32_t)partition, next);
}

static void take_offset(void *context, const char *topic, size_t len, int32_t partition, int64_t next)
{
    note_offset(context, topic, len, partition, next);
}

bool landing_read_offsets(struct store *store, const char *name, const char *url, struct landing_offsets *offsets,
                          struct problem *problem)
{
    struct store_listing listing = {0};
    struct store_entry entry;
    struct delta_store at = {store, name, url};
    enum store_answer there = store_stat(store, name, &listing.arena, &entry, problem);
    enum store_answer log = there == STORE_YES ? delta_store_has_log(&at, problem) : there;
    bool good =
        there == STORE_NO || log == STORE_YES || (log == STORE_NO && store_list(store, name, &listing, problem));
    if (log == STORE_YES) {
        const struct delta_place place = delta_store_place(&at);
        struct delta_table *table = delta_table_read(&place, DELTA_LATEST, problem);
        if (table)
            delta_landing_offsets(table, take_offset, offsets);
        good = table != NULL;
        delta_table_free(table);
    }
    for (size_t i = 0; good && i < listing.count; i++)
        if (!listing.entries[i].is_folder)
            read_offset(listing.entries[i].name, offsets);
    store_listing_free(&listing);
    return good;
}

void landing_offsets_free(struct landing_offsets *offsets)
{
    for (size_t i = 0; i < offsets->count; i++)
        free(offsets->list[i].topic);
    free(offsets->list);
    *offsets = (struct landing_offsets){0};
}

void landing_write_offsets(const struct landing_offsets *offsets, struct buffer *into)
{
    buffer_add_char(into, '{');
    for (size_t i = 0; i < offsets->count; i++) {
        const struct landing_offset *offset = &offsets->list[i];
        bool same = i > 0 && strcmp(offsets->list[i - 1].topic, offset->topic) == 0;
        if (i > 0)
            buffer_add_text(into, same ? "," : "},");
        if (!same) {
            json_encode(offset->topic, strlen(offset->topic), into);
            buffer_add_text(into, ":{");
        }
        buffer_add_format(into, "\"%d\":%lld", (int)offset->partition, (long long)offset->next);
    }
    buffer_add_text(into, offsets->count > 0 ? "}}\n" : "}\n");
}
