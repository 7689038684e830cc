/* /metrics: what Prometheus reads (text format 0.0.4). */
#include "serve/server_inner.h"

#include <inttypes.h>

static void add(struct buffer *into, const char *name, const char *kind, const char *help, uint64_t value)
{
    buffer_add_format(into, "# HELP aserve_%s %s\n# TYPE aserve_%s %s\naserve_%s %" PRIu64 "\n", name, help, name,
                      kind, name, value);
}

static void add_live(struct live *live, const struct streams *streams, struct buffer *into)
{
    pthread_mutex_lock(&live->lock);
    const struct live_counts counts = live->counts;
    size_t rows = board_count(live->board), bytes = board_bytes(live->board);
    unsigned readers = streams->count;
    uint64_t behind = streams->dropped;
    pthread_mutex_unlock(&live->lock);
    add(into, "rows", "gauge", "Rows in the table.", rows);
    add(into, "rows_bytes", "gauge", "Bytes the table takes.", bytes);
    add(into, "puts_total", "counter", "Rows that came in.", counts.puts);
    add(into, "deletes_total", "counter", "Rows said to be gone.", counts.removes);
    add(into, "refused_total", "counter", "Rows refused by --rows and --memory.", counts.refused);
    add(into, "events_total", "counter", "Changes of the table.", counts.changes);
    buffer_add_format(into,
                      "# HELP aserve_changed_seconds When the table changed last, since 1970.\n"
                      "# TYPE aserve_changed_seconds gauge\naserve_changed_seconds %" PRId64 ".%03d\n",
                      counts.changed_ms / 1000, (int)(counts.changed_ms % 1000));
    add(into, "readers", "gauge", "Readers of events.", readers);
    add(into, "readers_dropped_total", "counter", "Readers of events who fell behind.", behind);
}

void server_metrics(struct server *server, struct buffer *into)
{
    add_live(server->live, &server->streams, into);
    pthread_mutex_lock(&server->visits.lock);
    const unsigned connections = server->visits.count;
    const uint64_t all = server->visits.total, dropped = server->visits.dropped;
    pthread_mutex_unlock(&server->visits.lock);
    add(into, "connections", "gauge", "Open connections.", connections);
    add(into, "connections_total", "counter", "Connections so far.", all);
    add(into, "connections_dropped_total", "counter", "Connections dropped: too slow, or too many.", dropped);
    pthread_mutex_lock(&server->questions.lock);
    const uint64_t late = server->questions.late;
    pthread_mutex_unlock(&server->questions.lock);
    add(into, "queries_late_total", "counter", "Queries that took longer than --query-time.", late);
    buffer_add_text(into, "# HELP aserve_requests_total Requests answered, by status.\n"
                          "# TYPE aserve_requests_total counter\n");
    for (size_t i = 2; i <= 5; i++)
        buffer_add_format(into, "aserve_requests_total{code=\"%zuxx\"} %" PRIu64 "\n", i,
                          __atomic_load_n(&server->statuses[i], __ATOMIC_RELAXED));
    add(into, "input_ended", "gauge", "1 when the input has ended.",
        __atomic_load_n(&server->ended, __ATOMIC_RELAXED));
}
