/* aserve: rows from stdin, kept by their keys, behind HTTP: a page, JSON, TSV, CSV, events, metrics. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/options.h"
#include "base/problem.h"
#include "base/wake.h"
#include "expr/expr.h"
#include "frame/filter_options.h"
#include "serve/apart.h"
#include "serve/columns.h"
#include "serve/intake.h"
#include "serve/listen.h"
#include "serve/live.h"
#include "serve/server.h"
#include "serve/snapshot.h"
#include "table/form/row_form.h"
#include "table/rows.h"

enum {
    OPTION_TITLE = OPTIONS_OWN,
    OPTION_COLUMNS,
    OPTION_ENVELOPE,
    OPTION_EXIT,
    OPTION_SNAPSHOT,
    OPTION_SNAPSHOT_EVERY,
    OPTION_TOKEN,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_ROWS,
    OPTION_MEMORY,
    OPTION_WINDOW,
    OPTION_CLIENTS,
    OPTION_QUERY_TIME,
};

/* What the options let be, and what they are without being said. */
enum { ROWS_MAX = 10000000, ROWS_USUAL = 100000, CLIENTS_MAX = 100000, CLIENTS_USUAL = 1000 };
enum { QUERY_MS_MAX = 600000, QUERY_MS_USUAL = 2000, SNAPSHOT_S_MAX = 86400, SNAPSHOT_S_USUAL = 10 };
#define MEMORY_USUAL ((uint64_t)256 << 20)
#define MEMORY_MAX ((uint64_t)64 << 30)
#define WINDOW_USUAL ((uint64_t)16 << 20)
#define WINDOW_MIN ((uint64_t)2 * INTAKE_ROW_MAX)
#define WINDOW_MAX ((uint64_t)1 << 30)

/* A token's characters; shorter ones are guessed. */
enum { TOKEN_MIN = 16, TOKEN_MAX = 4096, PEM_MAX = 1 << 20 };

/* How often slow readers are looked for, while there are any. */
enum { TICK_MS = 1000 };

static const struct option_row own_rows[] = {
    {'k', "key", "KEYS", .help = "a, b: the columns that name a row (needed)", .heading = "rows"},
    {'i', "from", "json|tsv|csv", .help = "what comes in (default: told by how it begins)"},
    {OPTION_ENVELOPE, "envelope", .help = "records are messages as aconsume -J writes them, rows their values"},
    {OPTION_COLUMNS, "columns", "NAMES", .help = "serve only these and the keys, in this order"},
    {OPTION_SNAPSHOT, "snapshot", "FILE", .help = "keep the table over restarts in FILE", .words = "FILE"},
    {OPTION_SNAPSHOT_EVERY, "snapshot-every", "SECONDS", .help = "how often it is written (default: 10)"},
    {OPTION_EXIT, "exit-at-end", .help = "end when the input does, instead of serving on"},
    {'l', "listen", "ADDR:PORT", .help = "where to listen (default: 127.0.0.1:8080)", .heading = "serving"},
    {OPTION_TITLE, "title", "TEXT", .help = "what the page is called"},
    {OPTION_TOKEN, "token-file", "FILE", .help = "readers must show the token that FILE holds", .words = "FILE"},
    {OPTION_CERT, "tls-cert", "FILE", .help = "serve https with this certificate (PEM)", .words = "FILE"},
    {OPTION_KEY, "tls-key", "FILE", .help = "and its key (PEM)", .words = "FILE"},
    {OPTION_ROWS, "rows", "N", .help = "rows at most (default: 100000)", .heading = "limits"},
    {OPTION_MEMORY, "memory", "SIZE", .help = "bytes of rows at most (default: 256M)"},
    {OPTION_WINDOW, "window", "SIZE", .help = "bytes of events kept for those who come back (default: 16M)"},
    {OPTION_CLIENTS, "clients", "N", .help = "readers of events at most (default: 1000)"},
    {OPTION_QUERY_TIME, "query-time", "MS", .help = "milliseconds that a query may take (default: 2000)"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aserve [options] -k KEYS [FILE...]\n"
             "Keeps rows (NDJSON or TSV) by their keys and serves them over HTTP: a page that\n"
             "is kept up to date, /rows, /events, /metrics.\n",
    /* a reader of one input has no use for -j, the first of the filters' */
    .parts = {own_rows, filter_options_rows + 1, options_common},
    .operands = (const struct option_operand[]){{.name = "file", .words = "FILE", .repeats = true}, {0}},
};

struct options {
    const char *keys, *columns, *listen, *title, *snapshot, *token_file, *cert_file, *key_file;
    const struct row_form *from;
    bool envelope, exit_at_end;
    uint64_t rows, memory, window, clients, query_ms, snapshot_s;
    struct filter_options filter;
    struct inputs inputs;
};

/* All that lives as long as the program. */
struct tool {
    struct options options;
    struct columns keys, columns;
    struct buffer token, cert, key;
    struct listen_address address;
    int socket;
    bool loopback;
    struct live live;
    struct apart *apart;
    struct server *server;
    int news; /* a wake: the reader has ended, or there is something for a snapshot */
    pthread_t reader;
    pthread_mutex_t lock;   /* of what follows */
    struct source *source;  /* what the reader reads; NULL: nothing yet */
    bool stopped, ended;    /* the reader is to end; it has */
    int status;
    struct problem problem;
    bool dirty; /* atomic: changed since the last snapshot */
};

static bool take_number(uint64_t *number, const char *option, const char *argument, uint64_t min, uint64_t max,
                        struct problem *problem)
{
    return options_number(option, argument, min, max, number, problem);
}

static bool take_option(struct options *options, int option, const char *argument, struct problem *problem)
{
    switch (option) {
    case 'k': options->keys = argument; return true;
    case 'l': options->listen = argument; return true;
    case 'i':
        options->from = row_form_find(argument);
        return (options->from && strcmp(argument, "parquet") != 0) ||
               problem_usage(problem, "-i %s: expected json, tsv or csv", argument);
    case OPTION_TITLE: options->title = argument; return true;
    case OPTION_COLUMNS: options->columns = argument; return true;
    case OPTION_ENVELOPE: return options->envelope = true;
    case OPTION_EXIT: return options->exit_at_end = true;
    case OPTION_SNAPSHOT: options->snapshot = argument; return true;
    case OPTION_TOKEN: options->token_file = argument; return true;
    case OPTION_CERT: options->cert_file = argument; return true;
    case OPTION_KEY: options->key_file = argument; return true;
    case OPTION_SNAPSHOT_EVERY:
        return take_number(&options->snapshot_s, "--snapshot-every", argument, 1, SNAPSHOT_S_MAX, problem);
    case OPTION_ROWS: return take_number(&options->rows, "--rows", argument, 1, ROWS_MAX, problem);
    case OPTION_MEMORY: return take_number(&options->memory, "--memory", argument, 1, MEMORY_MAX, problem);
    case OPTION_WINDOW: return take_number(&options->window, "--window", argument, WINDOW_MIN, WINDOW_MAX, problem);
    case OPTION_CLIENTS: return take_number(&options->clients, "--clients", argument, 1, CLIENTS_MAX, problem);
    case OPTION_QUERY_TIME:
        return take_number(&options->query_ms, "--query-time", argument, 1, QUERY_MS_MAX, problem);
    default: return filter_options_take(&options->filter, option, argument, problem);
    }
}

static void parse_options(struct options *options, int argc, char **argv)
{
    struct options_parser parser;
    struct problem problem = {0};
    *options = (struct options){.listen = "127.0.0.1:8080", .rows = ROWS_USUAL, .memory = MEMORY_USUAL,
                                .window = WINDOW_USUAL, .clients = CLIENTS_USUAL, .query_ms = QUERY_MS_USUAL,
                                .snapshot_s = SNAPSHOT_S_USUAL};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(options, option, parser.argument, &problem), &problem);
    if (!options->keys)
        diag_die_usage("-k KEYS is needed: the columns that name a row");
    if (!options->cert_file != !options->key_file)
        diag_die_usage("--tls-cert and --tls-key go together");
    size_t count;
    char **files = options_operands(&parser, &count);
    problem_check(inputs_find(&options->inputs, files, count, &problem) &&
                      options_files(options->inputs.files, options->inputs.count,
                                    "rows are read from files or stdin: aserve -k KEYS FILE", &problem) &&
                      filter_options_apart(&options->filter, options->inputs.files, options->inputs.count, &problem) &&
                      options_apart("--snapshot", options->snapshot, options->inputs.files, options->inputs.count,
                                    &problem),
                  &problem);
}

static bool load(const char *path, size_t most, struct buffer *into, struct problem *problem)
{
    if (!path)
        return true;
    if (!file_load(path, most, into))
        return problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    return true;
}

/* One line of printable characters without spaces, as a header can carry. */
static bool load_token(const char *path, struct buffer *token, struct problem *problem)
{
    struct stat info;
    if (!path)
        return true;
    if (!load(path, TOKEN_MAX + 1, token, problem))
        return false;
    size_t len = 0;
    while (len < token->len && token->data[len] > ' ' && token->data[len] < 127)
        len++;
    if (len < TOKEN_MIN || len + strspn(token->data + len, "\r\n") != token->len)
        return problem_set(problem, STATUS_USAGE, "%s: expected one line of %d to %d characters without spaces", path,
                           TOKEN_MIN, TOKEN_MAX);
    token->data[len] = '\0';
    if (stat(path, &info) == 0 && (info.st_mode & (S_IRGRP | S_IROTH)))
        diag_warn("%s: others may read it: chmod 600", path);
    return true;
}

static void changed(void *context)
{
    struct tool *tool = context;
    server_wake(tool->server);
    if (tool->options.snapshot && !__atomic_exchange_n(&tool->dirty, true, __ATOMIC_ACQ_REL))
        wake_set(tool->news);
}

/* Makes the source known to who stops it. False: it is too late for reading. */
static bool set_source(struct tool *tool, struct source *source)
{
    pthread_mutex_lock(&tool->lock);
    tool->source = source;
    bool go = !tool->stopped;
    pthread_mutex_unlock(&tool->lock);
    return go;
}

static int read_rows(struct tool *tool, struct problem *problem)
{
    const struct options *options = &tool->options;
    const struct rows_options rows_options = {.form = options->from, .header = true, .quoting = {',', '"'},
                                              .framing = options->filter.framing, .raw = options->filter.raw,
                                              .single = options->filter.flush};
    const struct intake_options intake_options = {.keys = &tool->keys,
                                                  .columns = options->columns ? &tool->columns : NULL,
                                                  .envelope = options->envelope, .changed = changed, .context = tool};
    struct rows *rows = rows_open(&options->inputs, &rows_options);
    struct intake *intake = intake_new(rows, &tool->live, &intake_options, problem);
    int status = (int)problem->status;
    if (intake && set_source(tool, rows_source(rows))) {
        struct chunks_options chunks = {.threads = 1};
        filter_options_chunks(&options->filter, &chunks);
        chunks.threads = 1;
        status = chunks_run(rows_source(rows), &chunks, &intake_work, intake, NULL);
        if (chunks.bad)
            output_close(chunks.bad);
    }
    set_source(tool, NULL);
    if (intake)
        intake_free(intake);
    rows_close(rows);
    return status;
}

static void *reader(void *context)
{
    struct tool *tool = context;
    struct problem problem = {0};
    int status = read_rows(tool, &problem);
    pthread_mutex_lock(&tool->lock);
    tool->ended = true;
    tool->status = status;
    tool->problem = problem;
    pthread_mutex_unlock(&tool->lock);
    wake_set(tool->news);
    return NULL;
}

/* False: it waits for the first bytes of its input, which nobody can hurry; nothing of it is in use then. */
static bool stop_reader(struct tool *tool)
{
    pthread_mutex_lock(&tool->lock);
    tool->stopped = true;
    bool reads = tool->source || tool->ended;
    if (tool->source)
        source_stop(tool->source);
    pthread_mutex_unlock(&tool->lock);
    if (reads)
        pthread_join(tool->reader, NULL);
    return reads;
}

static void save(struct tool *tool)
{
    struct problem problem = {0};
    __atomic_store_n(&tool->dirty, false, __ATOMIC_RELEASE);
    if (!snapshot_write(&tool->live, &tool->keys, tool->options.snapshot, &problem))
        diag_warn("%s", problem.text);
}

static bool has_ended(struct tool *tool)
{
    wake_clear(tool->news);
    pthread_mutex_lock(&tool->lock);
    bool ended = tool->ended;
    pthread_mutex_unlock(&tool->lock);
    return ended;
}

/* Until a signal, or an end that ends us; that signal or 0. */
static int serve(struct tool *tool, int signals)
{
    const int64_t every = (int64_t)tool->options.snapshot_s * 1000;
    int64_t saved = clock_steady_ms();
    bool somebody = false;
    struct signalfd_siginfo info;
    for (;;) {
        int64_t wait = somebody ? TICK_MS : -1;
        if (__atomic_load_n(&tool->dirty, __ATOMIC_ACQUIRE)) {
            int64_t due = saved + every - clock_steady_ms();
            due = due < 0 ? 0 : due;
            wait = wait < 0 || due < wait ? due : wait;
        }
        struct pollfd polls[] = {{signals, POLLIN, 0}, {tool->news, POLLIN, 0},
                                 {server_descriptor(tool->server), POLLIN, 0}};
        poll(polls, sizeof polls / sizeof *polls, (int)wait);
        if ((polls[0].revents & POLLIN) && read(signals, &info, sizeof info) == (ssize_t)sizeof info)
            return (int)info.ssi_signo;
        if ((polls[1].revents & POLLIN) && has_ended(tool)) {
            server_note_end(tool->server);
            if (tool->options.exit_at_end || tool->status != STATUS_OK)
                return 0;
        }
        somebody = server_tick(tool->server);
        if (__atomic_load_n(&tool->dirty, __ATOMIC_ACQUIRE) && clock_steady_ms() - saved >= every) {
            save(tool);
            saved = clock_steady_ms();
        }
    }
}

static void open_server(struct tool *tool)
{
    struct options *options = &tool->options;
    struct problem problem = {0};
    problem_check(columns_parse(&tool->keys, "key", options->keys, &problem) &&
                      (tool->keys.count <= COLUMNS_KEYS_MAX ||
                       problem_usage(&problem, "-k: at most %d columns", COLUMNS_KEYS_MAX)) &&
                      (!options->columns || columns_parse(&tool->columns, "columns", options->columns, &problem)) &&
                      load_token(options->token_file, &tool->token, &problem) &&
                      load(options->cert_file, PEM_MAX, &tool->cert, &problem) &&
                      load(options->key_file, PEM_MAX, &tool->key, &problem) &&
                      listen_parse(options->listen, &tool->address, &problem),
                  &problem);
    tool->apart = apart_start(&problem);
    problem_check(tool->apart != NULL, &problem);
    tool->socket = listen_open(&tool->address, &tool->loopback, &problem);
    problem_check(tool->socket >= 0, &problem);
    if (!tool->loopback && !options->token_file && !options->cert_file)
        diag_die_usage("-l %s can be reached from other machines: --token-file, or --tls-cert and --tls-key, are "
                       "needed there", options->listen);
    const struct live_options live = {.rows_max = options->rows, .bytes_max = options->memory,
                                      .window_bytes = options->window};
    live_start(&tool->live, &live);
    problem_check(!options->snapshot || snapshot_read(&tool->live, &tool->keys, options->snapshot, &problem),
                  &problem);
    const struct server_options server = {
        .address = &tool->address, .socket = tool->socket, .loopback = tool->loopback,
        .token = options->token_file ? tool->token.data : NULL, .tls_cert = options->cert_file ? tool->cert.data : NULL,
        .tls_key = options->key_file ? tool->key.data : NULL, .clients = (unsigned)options->clients,
        .query_ms = (unsigned)options->query_ms, .title = options->title ? options->title : options->keys,
        .keys = &tool->keys, .columns = options->columns ? &tool->columns : NULL};
    tool->server = server_start(&tool->live, tool->apart, &server, &problem);
    problem_check(tool->server != NULL, &problem);
    const char *host = *tool->address.host ? tool->address.host : "localhost";
    bool v6 = strchr(host, ':') != NULL;
    diag_notice("serving at %s://%s%s%s:%s/", options->cert_file ? "https" : "http", v6 ? "[" : "", host,
                v6 ? "]" : "", tool->address.port);
}

/* Everything is given back, but for what a reader who cannot be stopped still has. */
static void end(struct tool *tool, bool read)
{
    if (tool->options.snapshot)
        save(tool);
    server_stop(tool->server);
    apart_end(tool->apart);
    close(tool->news);
    buffer_free(&tool->token);
    buffer_free(&tool->cert);
    buffer_free(&tool->key);
    if (!read)
        return;
    live_end(&tool->live);
    columns_free(&tool->keys);
    columns_free(&tool->columns);
    inputs_free(&tool->options.inputs);
}

/* What ends us, unless whoever started us said that it should not. */
static sigset_t ending_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&set, numbers[i]);
    }
    return set;
}

int main(int argc, char **argv)
{
    static struct tool tool; /* a reader who cannot be stopped outlives main() */
    diag_start(argv[0]);
    parse_options(&tool.options, argc, argv);
    sigset_t set = ending_signals();
    sigprocmask(SIG_BLOCK, &set, NULL); /* for all threads: they come here in turn */
    int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    tool.news = wake_new();
    pthread_mutex_init(&tool.lock, NULL);
    if (signals < 0 || tool.news < 0)
        diag_die(STATUS_IO, "no descriptors can be had: %s", strerror(errno));
    open_server(&tool);
    if (pthread_create(&tool.reader, NULL, reader, &tool) != 0)
        diag_die(STATUS_IO, "no thread for reading can be had");
    int number = serve(&tool, signals);
    bool read = stop_reader(&tool);
    end(&tool, read);
    close(signals);
    if (number != 0) {
        signal(number, SIG_DFL);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(number);
    }
    if (tool.problem.status != STATUS_OK)
        problem_die(&tool.problem);
    return tool.status;
}
