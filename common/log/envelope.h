/* envelope: a Kafka message as one JSON object (-J): key, value, topic, partition, offset, timestamp
 * (epoch ms), timestampType (0 create, 1 append, -1 none), headers (left out when there are none). Bytes
 * that are not UTF-8 stand as key_base64, value_base64; null is null (a tombstone). Pure functions. */
#ifndef ATOOLS_ENVELOPE_H
#define ATOOLS_ENVELOPE_H

#include "json/json.h"
#include "log/broker.h"

/* Appends the object without a newline. json: the value, which json_check has accepted (or NULL), is
 * embedded as JSON, without white space, instead of as a string. */
void envelope_write(const struct broker_message *message, const struct broker_header *headers, size_t header_count,
                    bool json, struct buffer *into);

/* Whether the value of a message is JSON, or null; if not, why, for a message: cut at size. */
bool envelope_json(const struct broker_message *message, char *text, size_t size);

/* Reads one object into a record: everything but its number. `json` as above. Bytes point into text or
 * arena; `tree` is working memory. topic and offset are looked at by nobody; a partition that is not there
 * becomes BROKER_ANY_PARTITION, a time that is not there (or of type -1) BROKER_TIMESTAMP_NOW. On failure
 * false, *at is the offset of the trouble and *message says what it is. A member that is none of an
 * envelope's is such a trouble, for a misspelt value must not become a tombstone. */
bool envelope_read(const char *text, size_t len, bool json, struct json_tree *tree, struct arena *arena,
                   struct broker_record *record, size_t *at, const char **message);

#endif
