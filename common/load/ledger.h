/* ledger: the topic in which exactly-once loads write down how far they are. Under the name of a load its last entry
 * says into which topic it goes, how many records of its input are in, a CRC-32 of their bytes, and a mark: one message
 * that it has published, by which a topic is known that was deleted and made anew meanwhile, or has lost its end. One
 * thread. */
#ifndef ATOOLS_LEDGER_H
#define ATOOLS_LEDGER_H

#include <signal.h>

#include "log/broker.h"

/* Which topic it is, unless said. */
#define LEDGER_TOPIC "atools.once"

enum { LEDGER_TOPIC_MAX = 255, LEDGER_ID_MAX = 512 };

struct ledger_entry {
    char topic[LEDGER_TOPIC_MAX + 1];
    uint64_t records;
    uint32_t crc;
    enum {
        LEDGER_UNMARKED,
        LEDGER_NONE,
        LEDGER_MARKED
    } marked;          /* UNMARKED: older versions wrote none; NONE: nothing published */
    int32_t partition; /* of the mark, as the next two */
    int64_t offset;
    uint32_t mark;     /* ledger_mark of it */
};

/* Makes the topic if it is not there. */
bool ledger_prepare(struct broker *broker, const char *ledger, struct broker_error *error);

/* The transactional id under which the load of this name writes. */
void ledger_id(const char *name, char id[LEDGER_ID_MAX]);

/* What a message is known by: CRC-32 of its key and value. */
uint32_t ledger_mark(const char *key, size_t key_len, const char *value, size_t value_len);

/* Adds the value of an entry. */
void ledger_write(const struct ledger_entry *entry, struct buffer *into);

/* Calls `found` with each committed entry in the order of writing, NULL for a name that was forgotten: up to the end as
 * it is at the start. A run that died before its commit holds back what can be read (the last stable offset): that is
 * waited for, until the log has given that run up, or *stop (NULL: never). False if `found` returns false, which fills
 * error then. */
typedef bool ledger_found(void *context, const char *name, size_t len, const struct ledger_entry *entry,
                          struct broker_error *error);
bool ledger_read(struct broker *broker, const char *ledger, const volatile sig_atomic_t *stop, ledger_found *found,
                 void *context, struct broker_error *error);

/* The names that the ledger holds, sorted, with their last entries; none if there is no ledger. */
struct ledger_name {
    const char *name;
    struct ledger_entry entry;
};
bool ledger_list(struct broker *broker, const char *ledger, struct arena *arena, const struct ledger_name **names,
                 size_t *count, struct broker_error *error);

/* The one of that name in such a list, or NULL. */
const struct ledger_name *ledger_find(const struct ledger_name *names, size_t count, const char *name);

/* Does the topic of an entry that has records still hold them? */
enum ledger_sight {
    LEDGER_HELD,  /* or it cannot be told: the mark was deleted by retention or compaction */
    LEDGER_EMPTY, /* the topic has never had a message: it was made anew */
    LEDGER_OTHER, /* where the mark was is another message, or nothing yet: made anew, or cut off */
};
bool ledger_look(struct broker *broker, const struct ledger_entry *entry, enum ledger_sight *sight,
                 struct broker_error *error);

/* Takes a name out, and fences a run of it that may be alive. */
bool ledger_forget(struct broker *broker, const char *ledger, const char *name, struct broker_error *error);

#endif
