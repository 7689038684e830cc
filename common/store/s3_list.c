/* ListObjectsV2, page by page. */
#include <stdlib.h>
#include <time.h>

#include "store/s3_inner.h"
#include "store/xml_inner.h"

enum { PAGE_MAX = 1000 }; /* S3's own limit */

/* One page being read. */
struct page {
    struct store_listing *listing;
    size_t prefix; /* bytes of each name that are not wanted */
    size_t most;
    struct buffer key, next; /* of the object being read; the continuation token */
    uint64_t size;
    int64_t modified_ms;
    bool truncated, is_list;
};

int64_t s3_time(const char *text)
{
    struct tm parts = {0};
    if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &parts)) {
        parts = (struct tm){0};
        if (!strptime(text, "%a, %d %b %Y %H:%M:%S", &parts))
            return STORE_UNKNOWN_TIME;
    }
    return (int64_t)timegm(&parts) * 1000;
}

static void set(struct buffer *into, const char *text, size_t len)
{
    into->len = 0;
    buffer_add(into, text, len);
}

static void add_object(struct page *page, bool is_folder)
{
    size_t len = page->key.len;
    if (is_folder && len > 0 && page->key.data[len - 1] == '/')
        len--;
    if (len <= page->prefix || page->listing->count >= page->most)
        return; /* an object of the folder's own name, which some programs put there */
    const char *name = page->key.data + page->prefix;
    struct store_entry *entry = store_listing_add(page->listing, name, len - page->prefix);
    entry->is_folder = is_folder;
    entry->size = is_folder ? 0 : page->size;
    entry->modified_ms = is_folder ? STORE_UNKNOWN_TIME : page->modified_ms;
    entry->mode = is_folder ? 0777 : 0666;
}

static void on_object(struct page *page, const char *name, const char *text, size_t len)
{
    if (strcmp(name, "Key") == 0)
        set(&page->key, text, len);
    else if (strcmp(name, "Size") == 0)
        page->size = strtoull(text, NULL, 10);
    else if (strcmp(name, "LastModified") == 0)
        page->modified_ms = s3_time(text);
}

static void on_element(void *context, const char *parent, const char *name, const char *text, size_t len)
{
    struct page *page = context;
    if (strcmp(parent, "Contents") == 0) {
        on_object(page, name, text, len);
    } else if (strcmp(parent, "CommonPrefixes") == 0 && strcmp(name, "Prefix") == 0) {
        set(&page->key, text, len);
        add_object(page, true);
    } else if (strcmp(parent, "ListBucketResult") == 0) {
        if (strcmp(name, "Contents") == 0)
            add_object(page, false);
        else if (strcmp(name, "IsTruncated") == 0)
            page->truncated = strcmp(text, "true") == 0;
        else if (strcmp(name, "NextContinuationToken") == 0)
            set(&page->next, text, len);
    } else if (strcmp(name, "ListBucketResult") == 0) {
        page->is_list = true;
    }
}

static void add_query(const struct page *page, const char *prefix, bool folders, struct buffer *query)
{
    query->len = 0;
    if (page->next.len > 0) {
        char *token = mem_copy(page->next.data, page->next.len);
        buffer_add_text(query, "continuation-token=");
        http_add_escaped(token, false, query);
        buffer_add_char(query, '&');
        free(token);
    }
    if (folders)
        buffer_add_text(query, "delimiter=%2F&");
    buffer_add_text(query, "list-type=2");
    if (page->most < PAGE_MAX)
        buffer_add_format(query, "&max-keys=%zu", page->most);
    if (*prefix) {
        buffer_add_text(query, "&prefix=");
        http_add_escaped(prefix, false, query);
    }
    buffer_add_char(query, '\0');
}

static bool read_page(const struct store *store, const char *prefix, struct page *page, const struct http_reply *reply,
                      struct problem *problem)
{
    if (!s3_good(reply))
        return s3_fail(store, prefix, reply, problem, "list");
    page->truncated = page->is_list = false;
    page->next.len = 0;
    if (!xml_parse(reply->body.data, reply->body.len, on_element, page) || !page->is_list)
        return store_fail(store, prefix, problem, "list", "the answer is not S3's");
    return true;
}

bool s3_list(const struct store *store, const char *prefix, bool folders, size_t most, struct store_listing *listing,
             struct http_reply *reply, struct problem *problem)
{
    struct page page = {.listing = listing, .prefix = strlen(prefix), .most = most};
    struct buffer query = {0};
    bool good;
    do {
        add_query(&page, prefix, folders, &query);
        struct s3_call call = {
            .s3 = store->own, .method = "GET", .key = "", .query = query.data, .most = HTTP_ANSWER_MAX};
        s3_run(&call, reply);
        good = read_page(store, prefix, &page, reply, problem);
    } while (good && page.truncated && page.next.len > 0 && listing->count < most);
    buffer_free(&query);
    buffer_free(&page.key);
    buffer_free(&page.next);
    return good;
}
