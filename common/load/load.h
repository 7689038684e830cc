/* load: the way of records from the inputs to a topic: made into messages, appended, and followed to
 * their outcome; what is refused is named by its line and kept aside. Plain, in one transaction, or in
 * transactions that a ledger remembers (once.h). One thread; `open` may be read by a signal handler. */
#ifndef ATOOLS_LOAD_H
#define ATOOLS_LOAD_H

#include <signal.h>
#include <stdatomic.h>

#include "base/diag.h"
#include "base/output.h"
#include "base/progress.h"
#include "load/feed.h"
#include "load/recipe.h"
#include "log/broker.h"

enum { LOAD_BATCH = 256 };

/* The number of a record that is not the feed's but the load's own (a ledger entry). */
#define LOAD_NOT_OF_FEED UINT64_MAX

struct load {
    /* set by the tool */
    struct feed *feed;
    struct recipe *recipe;
    struct broker_writer *writer;
    const char *topic;
    const char *delimiter;  /* behind each record in rejects */
    size_t delimiter_len;
    struct output *rejects; /* --rejects, or NULL: what cannot be made into a message ends the load */
    uint64_t limit;         /* -c: records at most, UINT64_MAX without */
    const volatile sig_atomic_t *stop; /* not 0: read no more */
    struct progress progress;

    /* set by once.c */
    bool hold; /* records are kept until feed_done_before: they may have to be sent again */
    void (*taken_in)(void *context, const struct feed_record *record); /* a record that counts as read */
    void *context;

    /* for reading */
    uint64_t taken;     /* records read from the feed */
    uint64_t delivered; /* messages */
    uint64_t bytes;     /* keys and values of what was accepted, less what failed */
    uint64_t failed;    /* records refused or undelivered */
    int status;         /* of the worst failure */
    struct broker_error error;
    atomic_ullong open; /* accepted, without outcome */

    /* private to load.c and once.c */
    bool transactional; /* a transaction's records stand or fall together */
    bool stopped;       /* bad data or a failed read: nothing more is read */
    bool undelivered;   /* transactional: a record failed through no fault of its own: `error` */
    uint64_t refusals;  /* of records by the broker, in this transaction */
    size_t group;       /* so many records at most are in flight together; 0: as many as may be */
    bool probing;       /* sift.c: records are sent in transactions that are aborted */
    uint64_t *suspects; /* refused with their batch */
    size_t suspect_count, suspect_cap;
    enum broker_class refusal; /* of the last one of them */
    char refusal_text[256];
    unsigned told;      /* failures named so far */
    uint64_t *refused;  /* hold: records not to be sent again, ascending */
    size_t refused_count, refused_cap;
    struct broker_outcome last; /* hold: of the record of the feed that was delivered last; offset -1: none */
    struct broker_record batch[LOAD_BATCH];
    size_t batch_count;
};

/* How long is waited for outcomes and input before it is looked whether all is to end. */
enum { LOAD_IDLE_MS = 500 };

/* After LOAD_WAIT: waits for the input or for outcomes, not longer than this nor than LOAD_IDLE_MS. False:
 * load->error. */
bool load_wait(struct load *load, int64_t most_ms);

/* The outcome callback and its context: the load. */
void load_outcome(void *load, const struct broker_outcome *outcomes, size_t count);

enum load_state {
    LOAD_MORE, /* records were read into the batch */
    LOAD_WAIT, /* the input has nothing at present */
    LOAD_END,  /* no more records after this batch: the end, the limit, a signal, bad data */
};

/* Makes messages of up to `most` records: load->batch. */
enum load_state load_read(struct load *load, size_t most);

/* Appends the batch and takes outcomes; with an empty one waits for them a little. False: load->error. */
bool load_append(struct load *load);

/* Appends records first … last-1 of the feed again, but for the refused ones. */
bool load_again(struct load *load, uint64_t first, uint64_t last);

/* Everything to the end, without transactions; returns when every record has its outcome. */
void load_plain(struct load *load);

/* Everything to the end in one transaction: committed if each record was taken, aborted otherwise. */
void load_transaction(struct load *load);

/* Ends the open transaction without its records; false if the writer is lost. */
bool load_abort(struct load *load);

/* Behind that: says which records are the cause, of those that were refused with others. */
void load_name_refused(struct load *load);

/* The record was refused alone, as load->refusal says: named, counted, kept aside. */
void load_condemn(struct load *load, uint64_t number);

/* hold: writes the refused records to rejects. */
void load_keep_refused(struct load *load);

/* A failure of the whole: printed; the status remembered. */
void load_error(struct load *load, enum status status, const char *text);

#endif
