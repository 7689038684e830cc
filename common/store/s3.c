/* Buckets of S3 and of what speaks its language. A bucket is in the host's name, but in the path where an endpoint
 * is given, as for servers of one's own. An object appears whole when its PUT, or the last call of a multipart
 * upload, is done. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "store/aws_inner.h"
#include "store/s3_inner.h"
#include "store/xml_inner.h"

enum { UPLOAD_ID_MAX = 2048, RANGE_LINE = 64 };

/* Freed with free(). */
static char *three(const char *a, const char *b, const char *c)
{
    struct buffer text = {0};
    buffer_add_text(&text, a);
    buffer_add_text(&text, b);
    buffer_add(&text, c, strlen(c) + 1);
    return text.data;
}

/* What keys in a folder begin with; freed with free(). */
static char *prefix_of(const char *key)
{
    return three(key, *key ? "/" : "", "");
}

/* Certificates are for one level below the region's host: a bucket with dots goes into the path. */
static char *make_base(const struct aws_settings *settings, const char *bucket)
{
    struct buffer base = {0};
    if (settings->endpoint) {
        buffer_add_text(&base, settings->endpoint);
        while (base.len > 0 && base.data[base.len - 1] == '/')
            base.len--;
        buffer_add_format(&base, "/%s", bucket);
    } else if (strchr(bucket, '.')) {
        buffer_add_format(&base, "https://s3.%s.amazonaws.com/%s", settings->region, bucket);
    } else {
        buffer_add_format(&base, "https://%s.s3.%s.amazonaws.com", bucket, settings->region);
    }
    buffer_add_char(&base, '\0');
    return base.data;
}

static bool is_bucket(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text_digit(name[i]) == TEXT_NO_DIGIT && !strchr(".-_", name[i]))
            return false;
    return len > 0;
}

static void connect_to(struct store *store, const struct aws_settings *settings, const char *rest, size_t len)
{
    char *bucket = mem_copy(rest, len);
    const char *root = rest[len] ? rest + len + 1 : "";
    struct s3 *s3 = store->own = mem_zero(1, sizeof *s3);
    s3->http = http_new(store->patience);
    s3->base = make_base(settings, bucket);
    s3->sigv4 = three("aws:amz:", settings->region, ":s3");
    s3->user = three(settings->key, ":", settings->secret);
    s3->token = settings->token ? three("x-amz-security-token: ", settings->token, "") : NULL;
    store->place = three(store->kind->prefix, bucket, "/");
    store->root = strcmp(root, "/") == 0 ? mem_copy("", 0) : mem_copy(root, strlen(root));
    free(bucket);
}

static bool open_s3(struct store *store, const char *rest, struct problem *problem)
{
    size_t len = strcspn(rest, "/");
    if (!is_bucket(rest, len))
        return problem_usage(problem, "%s%s: expected %sBUCKET[/PREFIX]", store->kind->prefix, rest,
                             store->kind->prefix);
    struct aws_settings settings = {0};
    bool good = aws_settings_find(&settings, problem);
    if (good && settings.endpoint && strncmp(settings.endpoint, "http://", 7) != 0 &&
        strncmp(settings.endpoint, "https://", 8) != 0)
        good = problem_set(problem, STATUS_USAGE, "AWS_ENDPOINT_URL %s: expected a URL of http or https",
                           settings.endpoint);
    if (good)
        connect_to(store, &settings, rest, len);
    aws_settings_free(&settings);
    return good;
}

static void close_s3(struct store *store)
{
    struct s3 *s3 = store->own;
    if (!s3)
        return;
    http_free(s3->http);
    free(s3->base);
    free(s3->sigv4);
    free(s3->user);
    free(s3->token);
    free(s3);
}

/* A HEAD's error has no text: a GET of one byte has. */
static void fail_head(const struct store *store, const char *key, const struct http_reply *head,
                      struct problem *problem)
{
    struct http_reply reply = {0};
    if (head->status != 0)
        s3_run(&(struct s3_call){.s3 = store->own, .method = "GET", .key = key, .header = "Range: bytes=0-0"}, &reply);
    s3_fail(store, key, reply.status >= 300 ? &reply : head, problem, "look at it");
    http_reply_free(&reply);
}

/* Whether there is anything below the key: then it is a folder. The bucket is one, empty or not. */
static enum store_answer stat_folder(struct store *store, const char *key, struct store_entry *entry,
                                     struct problem *problem)
{
    struct store_listing listing = {0};
    struct http_reply reply = {0};
    struct problem why = {0};
    char *prefix = prefix_of(key);
    bool good = s3_list(store, prefix, false, 1, &listing, &reply, &why);
    enum store_answer answer = !good ? STORE_FAILED : listing.count > 0 || !*key ? STORE_YES : STORE_NO;
    if (!good && s3_is_error(&reply, "NoSuchBucket"))
        answer = STORE_NO;
    else if (!good)
        s3_fail(store, key, &reply, problem, "look at it");
    if (!good && answer == STORE_FAILED && problem->status == STATUS_OK)
        *problem = why;
    entry->is_folder = answer == STORE_YES;
    entry->mode = 0777;
    free(prefix);
    store_listing_free(&listing);
    http_reply_free(&reply);
    return answer;
}

static enum store_answer stat_s3(struct store *store, const char *key, struct arena *arena, struct store_entry *entry,
                                 struct problem *problem)
{
    (void)arena;
    if (!*key)
        return stat_folder(store, key, entry, problem);
    struct http_reply reply = {0};
    enum store_answer answer = STORE_FAILED;
    s3_run(&(struct s3_call){.s3 = store->own, .method = "HEAD", .key = key}, &reply);
    if (s3_good(&reply)) {
        const char *size = http_header(&reply, "Content-Length"), *modified = http_header(&reply, "Last-Modified");
        entry->size = size ? strtoull(size, NULL, 10) : 0;
        entry->modified_ms = modified ? s3_time(modified) : STORE_UNKNOWN_TIME;
        entry->mode = 0666;
        answer = STORE_YES;
    } else if (reply.status == 404) {
        answer = stat_folder(store, key, entry, problem);
    } else {
        fail_head(store, key, &reply, problem);
    }
    http_reply_free(&reply);
    return answer;
}

static bool list_s3(struct store *store, const char *key, struct store_listing *listing, struct problem *problem)
{
    struct http_reply reply = {0};
    char *prefix = prefix_of(key);
    bool good = s3_list(store, prefix, true, SIZE_MAX, listing, &reply, problem);
    if (good && *key && listing->count == 0)
        good = store_fail(store, key, problem, "list", "there is nothing of that name");
    free(prefix);
    http_reply_free(&reply);
    return good;
}

static bool read_at_s3(struct store *store, const char *key, uint64_t at, void *into, size_t len,
                       struct problem *problem)
{
    char range[RANGE_LINE];
    struct http_reply reply = {0};
    snprintf(range, sizeof range, "Range: bytes=%llu-%llu", (unsigned long long)at, (unsigned long long)(at + len - 1));
    s3_run(&(struct s3_call){.s3 = store->own, .method = "GET", .key = key, .header = range, .most = len}, &reply);
    bool good = s3_good(&reply) || s3_fail(store, key, &reply, problem, "read");
    if (good && (reply.body.len != len || (reply.status != 206 && at > 0)))
        good = store_fail(store, key, problem, "read", "%zu bytes came of %zu at byte %llu", reply.body.len, len,
                          (unsigned long long)at);
    if (good)
        memcpy(into, reply.body.data, len);
    http_reply_free(&reply);
    return good;
}

/* A multipart upload: its id, escaped, and the parts' ETags, a NUL behind each. */
struct upload {
    char *id;
    struct buffer tags;
};

static void on_upload(void *context, const char *parent, const char *name, const char *text, size_t len)
{
    struct buffer *id = context;
    if (strcmp(parent, "InitiateMultipartUploadResult") == 0 && strcmp(name, "UploadId") == 0 && len <= UPLOAD_ID_MAX)
        http_add_escaped(text, false, id);
}

static bool begin_upload(struct store_writer *writer, struct problem *problem)
{
    struct store *store = writer->store;
    struct http_reply reply = {0};
    struct buffer id = {0};
    s3_run(&(struct s3_call){.s3 = store->own, .method = "POST", .key = writer->path, .query = "uploads=", .body = ""},
           &reply);
    bool good = s3_good(&reply) || s3_fail(store, writer->path, &reply, problem, "write");
    if (good && (!xml_parse(reply.body.data, reply.body.len, on_upload, &id) || id.len == 0))
        good = store_fail(store, writer->path, problem, "write", "the answer is not S3's");
    if (good) {
        struct upload *upload = writer->own = mem_zero(1, sizeof *upload);
        upload->id = mem_copy(id.data, id.len);
    }
    buffer_free(&id);
    http_reply_free(&reply);
    return good;
}

static bool piece_s3(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    if (!writer->own && !begin_upload(writer, problem))
        return false;
    struct store *store = writer->store;
    struct upload *upload = writer->own;
    struct http_reply reply = {0};
    struct buffer query = {0};
    buffer_add_format(&query, "partNumber=%u&uploadId=%s", writer->pieces + 1, upload->id);
    buffer_add_char(&query, '\0');
    s3_run(&(struct s3_call){.s3 = store->own, .method = "PUT", .key = writer->path, .query = query.data, .body = bytes,
                             .len = len}, &reply);
    const char *tag = http_header(&reply, "ETag");
    bool good = s3_good(&reply) || s3_fail(store, writer->path, &reply, problem, "write");
    if (good && tag)
        buffer_add(&upload->tags, tag, strlen(tag) + 1);
    else if (good)
        good = store_fail(store, writer->path, problem, "write", "the answer has no ETag");
    buffer_free(&query);
    http_reply_free(&reply);
    return good;
}

static void free_upload(struct store_writer *writer)
{
    struct upload *upload = writer->own;
    free(upload->id);
    buffer_free(&upload->tags);
    free(upload);
    writer->own = NULL;
}

static char *query_of(const struct upload *upload)
{
    return three("uploadId=", upload->id, "");
}

/* Best effort: what stays is nothing that can be seen. */
static void abandon_s3(struct store_writer *writer)
{
    if (!writer->own)
        return;
    struct http_reply reply = {0};
    char *query = query_of(writer->own);
    s3_run(&(struct s3_call){.s3 = writer->store->own, .method = "DELETE", .key = writer->path, .query = query},
           &reply);
    free(query);
    http_reply_free(&reply);
    free_upload(writer);
}

static void add_parts(const struct upload *upload, struct buffer *document)
{
    unsigned number = 0;
    buffer_add_text(document, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (size_t at = 0; at < upload->tags.len; at += strlen(upload->tags.data + at) + 1) {
        buffer_add_format(document, "<Part><PartNumber>%u</PartNumber><ETag>", ++number);
        xml_add_escaped(upload->tags.data + at, document);
        buffer_add_text(document, "</ETag></Part>");
    }
    buffer_add_text(document, "</CompleteMultipartUpload>");
}

/* NoSuchUpload behind a try without an answer: that one had done it. */
static bool complete(struct store_writer *writer, struct problem *problem)
{
    struct http_reply reply = {0};
    struct buffer document = {0};
    char *query = query_of(writer->own);
    add_parts(writer->own, &document);
    s3_run(&(struct s3_call){.s3 = writer->store->own, .method = "POST", .key = writer->path, .query = query,
                             .body = document.data, .len = document.len, .completes = true}, &reply);
    bool good = s3_good(&reply) || (reply.doubtful && s3_is_error(&reply, "NoSuchUpload")) ||
                s3_fail(writer->store, writer->path, &reply, problem, "write");
    free(query);
    buffer_free(&document);
    http_reply_free(&reply);
    if (good)
        free_upload(writer);
    return good;
}

static bool finish_s3(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    if (writer->own)
        return piece_s3(writer, bytes, len, problem) && complete(writer, problem);
    struct store *store = writer->store;
    struct http_reply reply = {0};
    s3_run(&(struct s3_call){.s3 = store->own, .method = "PUT", .key = writer->path, .body = bytes, .len = len},
           &reply);
    bool good = s3_good(&reply) || s3_fail(store, writer->path, &reply, problem, "write");
    http_reply_free(&reply);
    return good;
}

/* Whether the object has just these bytes. */
static bool has_bytes(struct store *store, const char *key, const void *bytes, size_t len)
{
    struct http_reply reply = {0};
    s3_run(&(struct s3_call){.s3 = store->own, .method = "GET", .key = key, .most = len}, &reply);
    bool same = s3_good(&reply) && reply.body.len == len && memcmp(reply.body.data, bytes, len) == 0;
    http_reply_free(&reply);
    return same;
}

/* A refusal behind a try without an answer may be about our own object: then it holds these bytes. */
static enum store_answer put_absent_s3(struct store *store, const char *key, const void *bytes, size_t len,
                                       struct problem *problem)
{
    struct http_reply reply = {0};
    enum store_answer answer = STORE_YES;
    s3_run(&(struct s3_call){.s3 = store->own, .method = "PUT", .key = key, .header = "If-None-Match: *", .body = bytes,
                             .len = len, .conflicts = true}, &reply);
    if (reply.status == 412)
        answer = reply.doubtful && has_bytes(store, key, bytes, len) ? STORE_YES : STORE_NO;
    else if (!s3_good(&reply))
        answer = s3_fail(store, key, &reply, problem, "write") ? STORE_YES : STORE_FAILED;
    http_reply_free(&reply);
    return answer;
}

static bool delete_one(struct store *store, const char *key, struct problem *problem)
{
    struct http_reply reply = {0};
    s3_run(&(struct s3_call){.s3 = store->own, .method = "DELETE", .key = key}, &reply);
    bool good = s3_good(&reply) || reply.status == 404 || s3_fail(store, key, &reply, problem, "remove");
    http_reply_free(&reply);
    return good;
}

/* All keys that begin with the folder's, the last ones first. */
static bool delete_below(struct store *store, const char *key, struct problem *problem)
{
    struct store_listing listing = {0};
    struct http_reply reply = {0};
    char *prefix = prefix_of(key);
    bool good = s3_list(store, prefix, false, SIZE_MAX, &listing, &reply, problem);
    for (size_t i = listing.count; good && i > 0; i--) {
        char *whole = three(prefix, listing.entries[i - 1].name, "");
        good = delete_one(store, whole, problem);
        free(whole);
    }
    free(prefix);
    store_listing_free(&listing);
    http_reply_free(&reply);
    return good;
}

static enum store_answer remove_s3(struct store *store, const char *key, struct problem *problem)
{
    struct store_entry entry = {0};
    struct arena arena = {0};
    enum store_answer answer = stat_s3(store, key, &arena, &entry, problem);
    arena_free(&arena);
    if (answer != STORE_YES)
        return answer;
    bool good = delete_below(store, key, problem) && (entry.is_folder || delete_one(store, key, problem));
    return good ? STORE_YES : STORE_FAILED;
}

#define S3(URL)                                                                                                        \
    {                                                                                                                  \
        .prefix = (URL), .open = open_s3, .close = close_s3, .stat = stat_s3, .list = list_s3, .read_at = read_at_s3,  \
        .piece = piece_s3, .finish = finish_s3, .abandon = abandon_s3, .put_absent = put_absent_s3,                    \
        .remove = remove_s3,                                                                                           \
    }

const struct store_kind store_kind_s3 = S3("s3://"), store_kind_s3a = S3("s3a://");
