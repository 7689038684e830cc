/* recipe: how a record of the input becomes a message: -J, -K, -k, --key-path, --time-path, --tombstone, -H, -p, -Z.
 * One thread. */
#ifndef ATOOLS_RECIPE_H
#define ATOOLS_RECIPE_H

#include "json/json.h"
#include "json/path.h"
#include "load/feed.h"
#include "log/broker.h"

struct recipe {
    bool envelope;             /* -J */
    bool value_json;           /* -J: the value is embedded JSON */
    bool empty_is_null;        /* -Z */
    const char *key;           /* -k */
    const char *key_delimiter; /* -K */
    size_t key_delimiter_len;
    const struct path *key_path, *time_path; /* into the JSON record */
    const struct path *tombstone_path; /* where that is true the message has no value */
    const struct broker_header *headers;     /* -H, added to each message */
    size_t header_count;
    int32_t partition;         /* -p, or BROKER_ANY_PARTITION */
    int32_t partitions;        /* how many the topic has */
    struct json_tree tree;     /* working memory */
};

/* Makes a message of the record; its bytes live as long as the record. On failure false, *at is the
 * offset in the record and *message what is wrong there. */
bool recipe_make(struct recipe *recipe, const struct feed_record *record, struct broker_record *message_record,
                 size_t *at, const char **message);

#endif
