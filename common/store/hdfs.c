/* HDFS over WebHDFS (Hadoop's REST API): a NameNode answers, and for contents sends on to a DataNode. A file is
 * written under a name of its own, the first piece created, the others appended, and renamed with the NameNode's
 * atomic rename.
 *
 * * Who asks: a delegation token (HADOOP_TOKEN, as Hadoop's own clients take it), else the URL's user,
 * HADOOP_USER_NAME, or who is logged in; a server that wants Kerberos gets SPNEGO, where libcurl can do that. */
#include <pwd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "json/json.h"
#include "store/http_inner.h"
#include "store/store_inner.h"

enum { PORT = 9870, SECURE_PORT = 9871, SHOWN_MAX = 300, OPERATION_MAX = 96 };

struct hdfs {
    struct http *http;
    char *base; /* "http://host:port/webhdfs/v1" */
    char *who;  /* "user.name=…" or "delegation=…", escaped */
    bool has_token;
    atomic_bool negotiate;
};

struct call {
    struct hdfs *hdfs;
    const char *method, *path, *operation; /* with its parameters */
    const void *body;                      /* for the DataNode; NULL: none */
    size_t len, most;
    bool once; /* not to be repeated when it may have been done */
};

static void add_user(const char *user, size_t len, struct buffer *into)
{
    char *name = mem_copy(user, len);
    buffer_add_text(into, "user.name=");
    http_add_escaped(name, false, into);
    free(name);
}

/* The first of the tokens that HADOOP_TOKEN holds, commas between them. */
static void set_who(struct hdfs *hdfs, const char *user, size_t len)
{
    struct buffer who = {0};
    const char *token = getenv("HADOOP_TOKEN"), *name = getenv("HADOOP_USER_NAME");
    struct passwd *logged_in;
    hdfs->has_token = token && *token;
    if (hdfs->has_token) {
        char *first = mem_copy(token, strcspn(token, ", \n"));
        buffer_add_text(&who, "delegation=");
        http_add_escaped(first, false, &who);
        free(first);
    } else if (len > 0) {
        add_user(user, len, &who);
    } else if (name && *name) {
        add_user(name, strlen(name), &who);
    } else if ((logged_in = getpwuid(geteuid())) != NULL) {
        add_user(logged_in->pw_name, strlen(logged_in->pw_name), &who);
    }
    buffer_add_char(&who, '\0');
    hdfs->who = who.data;
}

/* True if there is a port behind host, which may be an address of IPv6 in brackets. */
static bool has_port(const char *host, size_t len)
{
    for (size_t i = len; i > 0 && host[i - 1] != ']'; i--)
        if (host[i - 1] == ':')
            return true;
    return false;
}

static bool open_hdfs(struct store *store, const char *rest, const char *protocol, unsigned port,
                      struct problem *problem)
{
    size_t len = strcspn(rest, "/");
    const char *at = memchr(rest, '@', len);
    size_t user = at ? (size_t)(at - rest) : 0;
    const char *host = at ? at + 1 : rest;
    size_t host_len = len - (size_t)(host - rest);
    if (host_len == 0)
        return problem_usage(problem, "%s%s: expected %s[USER@]HOST[:PORT]/PATH", store->kind->prefix, rest,
                             store->kind->prefix);
    struct buffer place = {0}, base = {0};
    buffer_add_format(&place, "%s%.*s", store->kind->prefix, (int)len, rest);
    buffer_add_char(&place, '\0');
    buffer_add_format(&base, "%s://%.*s", protocol, (int)host_len, host);
    if (!has_port(host, host_len))
        buffer_add_format(&base, ":%u", port);
    buffer_add(&base, "/webhdfs/v1", sizeof "/webhdfs/v1");
    struct hdfs *hdfs = store->own = mem_zero(1, sizeof *hdfs);
    hdfs->http = http_new(store->patience);
    hdfs->base = base.data;
    set_who(hdfs, rest, user);
    store->place = place.data;
    store->root = rest[len] ? mem_copy(rest + len, strlen(rest + len)) : mem_copy("/", 1);
    return true;
}

static bool open_plain(struct store *store, const char *rest, struct problem *problem)
{
    return open_hdfs(store, rest, "http", PORT, problem);
}

static bool open_secure(struct store *store, const char *rest, struct problem *problem)
{
    return open_hdfs(store, rest, "https", SECURE_PORT, problem);
}

static void close_hdfs(struct store *store)
{
    struct hdfs *hdfs = store->own;
    if (!hdfs)
        return;
    http_free(hdfs->http);
    free(hdfs->base);
    free(hdfs->who);
    free(hdfs);
}

static bool wants_negotiate(const struct hdfs *hdfs, const struct http_reply *reply)
{
    const char *ways = http_header(reply, "WWW-Authenticate");
    return reply->status == 401 && !hdfs->has_token && ways && strncmp(ways, "Negotiate", 9) == 0 &&
           http_can_negotiate();
}

/* An error has a text, however short what is asked for. */
static size_t most_of(const struct call *call)
{
    return call->most > STORE_PIECE ? call->most : STORE_PIECE;
}

static void ask_namenode(const struct call *call, struct http_reply *reply)
{
    struct hdfs *hdfs = call->hdfs;
    struct buffer url = {0};
    buffer_add_text(&url, hdfs->base);
    http_add_escaped(call->path, true, &url);
    buffer_add_format(&url, "?op=%s", call->operation);
    if (*hdfs->who)
        buffer_add_format(&url, "&%s", hdfs->who);
    buffer_add_char(&url, '\0');
    bool sends = strcmp(call->method, "PUT") == 0 || strcmp(call->method, "POST") == 0;
    struct http_request request = {.method = call->method, .url = url.data, .body = sends ? "" : NULL,
                                   .most = most_of(call), .negotiate = atomic_load(&hdfs->negotiate)};
    http_once(hdfs->http, &request, reply);
    if (!request.negotiate && wants_negotiate(hdfs, reply)) {
        atomic_store(&hdfs->negotiate, true);
        request.negotiate = true;
        http_once(hdfs->http, &request, reply);
    }
    buffer_free(&url);
}

/* What the server's RemoteException says: its name and the first line of the message; "" where there is none. */
struct exception {
    struct buffer name, message;
};

static void read_exception(const struct http_reply *reply, struct exception *exception)
{
    struct json_tree tree = {0};
    size_t at;
    const char *message;
    if (reply->status >= 400 && json_tree_build(&tree, reply->body.data, reply->body.len, &at, &message) &&
        tree.nodes[0].span.type == SPAN_OBJECT) {
        uint32_t remote = json_tree_member(&tree, 0, "RemoteException", 15);
        if (remote && tree.nodes[remote].span.type != SPAN_OBJECT)
            remote = 0;
        uint32_t name = remote ? json_tree_member(&tree, remote, "exception", 9) : 0;
        uint32_t text = remote ? json_tree_member(&tree, remote, "message", 7) : 0;
        if (name && tree.nodes[name].span.type == SPAN_STRING)
            json_decode(tree.nodes[name].span, &exception->name);
        if (text && tree.nodes[text].span.type == SPAN_STRING)
            json_decode(tree.nodes[text].span, &exception->message);
    }
    json_tree_free(&tree);
    buffer_add_char(&exception->name, '\0');
    buffer_add_char(&exception->message, '\0');
    exception->message.data[strcspn(exception->message.data, "\r\n")] = '\0';
}

static void free_exception(struct exception *exception)
{
    buffer_free(&exception->name);
    buffer_free(&exception->message);
}

static bool is_exception(const struct http_reply *reply, const char *name)
{
    struct exception exception = {0};
    read_exception(reply, &exception);
    bool is = strcmp(exception.name.data, name) == 0;
    free_exception(&exception);
    return is;
}

/* Whether a server has done nothing, for the one behind it was away or is only starting: it is asked again. */
static bool is_passing(const struct http_reply *reply)
{
    static const char *const names[] = {"SafeModeException",      "RetriableException",     "EOFException",
                                        "ConnectException",       "SocketException",        "SocketTimeoutException",
                                        "NoRouteToHostException", "ConnectTimeoutException"};
    if (reply->status != 403)
        return false;
    struct exception exception = {0};
    bool is = false;
    read_exception(reply, &exception);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is = is || strcmp(exception.name.data, names[i]) == 0;
    free_exception(&exception);
    return is;
}

static void attempt(void *context, struct http_reply *reply)
{
    const struct call *call = context;
    ask_namenode(call, reply);
    reply->temporary = reply->temporary || is_passing(reply);
    const char *location = http_header(reply, "Location");
    if (reply->status != 307 || !location)
        return;
    char *url = mem_copy(location, strlen(location));
    struct http_request request = {.method = call->method, .url = url, .body = call->body, .len = call->len,
                                   .headers = {"Content-Type: application/octet-stream"}, .most = most_of(call)};
    http_once(call->hdfs->http, &request, reply);
    reply->temporary = (reply->temporary || is_passing(reply)) && (!call->once || reply->unsent);
    free(url);
}

static bool good(const struct http_reply *reply)
{
    return reply->status >= 200 && reply->status < 300;
}

/* What the user can do about it. */
static const char *advice(const struct hdfs *hdfs, const struct http_reply *reply, const struct exception *exception)
{
    bool about_token = strcmp(exception->name.data, "InvalidToken") == 0 ||
                       strstr(exception->message.data, "expired") || strstr(exception->message.data, "token") ||
                       reply->status == 401;
    if (hdfs->has_token && about_token)
        return "; the delegation token in HADOOP_TOKEN is not valid, or not any more";
    if (reply->status == 401)
        return "; the server wants Kerberos (kinit), or a delegation token in HADOOP_TOKEN";
    if (strcmp(exception->name.data, "StandbyException") == 0)
        return "; this NameNode is not the active one";
    return "";
}

static bool fail(struct store *store, const char *path, const struct http_reply *reply, struct problem *problem,
                 const char *what)
{
    const struct hdfs *hdfs = store->own;
    struct exception exception = {0};
    char tries[32] = "";
    read_exception(reply, &exception);
    if (reply->tries > 1)
        snprintf(tries, sizeof tries, " (tried %u times)", reply->tries);
    if (reply->status == 0)
        store_fail(store, path, problem, what, "%s%s", reply->why, tries);
    else if (*exception.name.data)
        store_fail(store, path, problem, what, "%d %s: %.*s%s%s", reply->status, exception.name.data, SHOWN_MAX,
                   exception.message.data, tries, advice(hdfs, reply, &exception));
    else
        store_fail(store, path, problem, what, "%s answered %d%s%s", hdfs->base, reply->status, tries,
                   advice(hdfs, reply, &exception));
    free_exception(&exception);
    return false;
}

/* A call without a body. */
static void ask(struct store *store, const char *method, const char *path, const char *operation,
                struct http_reply *reply)
{
    struct call call = {
        .hdfs = store->own, .method = method, .path = path, .operation = operation, .most = HTTP_ANSWER_MAX};
    http_try(attempt, &call, reply);
}

static uint64_t number(const struct json_tree *tree, uint32_t object, const char *key, int base)
{
    uint32_t value = json_tree_member(tree, object, key, strlen(key));
    if (!value)
        return 0;
    const struct span *span = &tree->nodes[value].span;
    const char *digits = span->type == SPAN_STRING ? span->text + 1 : span->text;
    return span->type == SPAN_STRING || span->type == SPAN_NUMBER ? strtoull(digits, NULL, base) : 0;
}

/* A member's decoded text; NULL where it is not there. */
static const char *text(const struct json_tree *tree, uint32_t object, const char *key, struct arena *arena)
{
    uint32_t value = json_tree_member(tree, object, key, strlen(key));
    if (!value || tree->nodes[value].span.type != SPAN_STRING)
        return NULL;
    struct buffer decoded = {0};
    json_decode(tree->nodes[value].span, &decoded);
    const char *copy = arena_copy(arena, decoded.data ? decoded.data : "", decoded.len);
    buffer_free(&decoded);
    return copy;
}

/* An entry out of a FileStatus object. */
static void fill(struct store_entry *entry, const struct json_tree *tree, uint32_t status, struct arena *arena)
{
    const char *type = text(tree, status, "type", arena), *owner = text(tree, status, "owner", arena);
    const char *group = text(tree, status, "group", arena);
    uint32_t acl = json_tree_member(tree, status, "aclBit", 6);
    entry->is_folder = type && strcmp(type, "DIRECTORY") == 0;
    entry->size = number(tree, status, "length", 10);
    entry->modified_ms = (int64_t)number(tree, status, "modificationTime", 10);
    entry->mode = (unsigned)number(tree, status, "permission", 8) & 01777;
    entry->replicas = (unsigned)number(tree, status, "replication", 10);
    entry->has_acl = acl && tree->nodes[acl].span.type == SPAN_TRUE;
    entry->owner = owner && *owner ? owner : "-";
    entry->group = group && *group ? group : "-";
}

static bool not_webhdfs(struct store *store, const char *path, struct problem *problem)
{
    return store_fail(store, path, problem, "look at it", "the answer is not WebHDFS's");
}

static bool parse(struct store *store, const char *path, const struct http_reply *reply, struct json_tree *tree,
                  struct problem *problem)
{
    size_t at;
    const char *message;
    return (json_tree_build(tree, reply->body.data, reply->body.len, &at, &message) &&
            tree->nodes[0].span.type == SPAN_OBJECT) ||
           not_webhdfs(store, path, problem);
}

static enum store_answer stat_hdfs(struct store *store, const char *path, struct arena *arena,
                                   struct store_entry *entry, struct problem *problem)
{
    struct http_reply reply = {0};
    struct json_tree tree = {0};
    enum store_answer answer = STORE_FAILED;
    ask(store, "GET", path, "GETFILESTATUS", &reply);
    if (is_exception(&reply, "FileNotFoundException")) {
        answer = STORE_NO;
    } else if (!good(&reply)) {
        fail(store, path, &reply, problem, "look at it");
    } else if (parse(store, path, &reply, &tree, problem)) {
        uint32_t status = json_tree_member(&tree, 0, "FileStatus", 10);
        if (status && tree.nodes[status].span.type == SPAN_OBJECT) {
            fill(entry, &tree, status, arena);
            answer = STORE_YES;
        } else {
            not_webhdfs(store, path, problem);
        }
    }
    json_tree_free(&tree);
    http_reply_free(&reply);
    return answer;
}

static void add_entries(const struct json_tree *tree, struct store_listing *listing)
{
    uint32_t outer = json_tree_member(tree, 0, "FileStatuses", 12);
    bool is_object = outer && tree->nodes[outer].span.type == SPAN_OBJECT;
    uint32_t list = is_object ? json_tree_member(tree, outer, "FileStatus", 10) : 0;
    if (!list || tree->nodes[list].span.type != SPAN_ARRAY || tree->nodes[list].size == 0)
        return;
    for (uint32_t at = list + 1; at; at = tree->nodes[at].next) {
        if (tree->nodes[at].span.type != SPAN_OBJECT)
            continue;
        const char *name = text(tree, at, "pathSuffix", &listing->arena);
        if (name && *name)
            fill(store_listing_add(listing, name, strlen(name)), tree, at, &listing->arena);
    }
}

static bool list_hdfs(struct store *store, const char *path, struct store_listing *listing, struct problem *problem)
{
    struct http_reply reply = {0};
    struct json_tree tree = {0};
    ask(store, "GET", path, "LISTSTATUS", &reply);
    bool done = good(&reply) ? parse(store, path, &reply, &tree, problem) : fail(store, path, &reply, problem, "list");
    if (done)
        add_entries(&tree, listing);
    json_tree_free(&tree);
    http_reply_free(&reply);
    return done;
}

static bool read_at_hdfs(struct store *store, const char *path, uint64_t at, void *into, size_t len,
                         struct problem *problem)
{
    char operation[OPERATION_MAX];
    struct http_reply reply = {0};
    snprintf(operation, sizeof operation, "OPEN&offset=%llu&length=%zu", (unsigned long long)at, len);
    struct call call = {.hdfs = store->own, .method = "GET", .path = path, .operation = operation, .most = len};
    http_try(attempt, &call, &reply);
    bool done = good(&reply) || fail(store, path, &reply, problem, "read");
    if (done && reply.body.len != len)
        done = store_fail(store, path, problem, "read", "%zu bytes came of %zu at byte %llu", reply.body.len, len,
                          (unsigned long long)at);
    if (done)
        memcpy(into, reply.body.data, len);
    http_reply_free(&reply);
    return done;
}

/* Creates the file with these bytes, or appends them; `shown` is what the user calls it. */
static bool send(struct store *store, const char *path, const char *shown, bool append, const void *bytes, size_t len,
                 struct problem *problem)
{
    struct http_reply reply = {0};
    struct call call = {.hdfs = store->own, .method = append ? "POST" : "PUT", .path = path, .body = bytes, .len = len,
                        .operation = append ? "APPEND" : "CREATE&overwrite=true", .once = append};
    http_try(attempt, &call, &reply);
    bool done = good(&reply) || fail(store, shown, &reply, problem, "write");
    http_reply_free(&reply);
    return done;
}

static bool is_there(struct store *store, const char *path, struct problem *problem)
{
    struct store_entry entry;
    struct arena arena = {0};
    bool there = stat_hdfs(store, path, &arena, &entry, problem) == STORE_YES;
    arena_free(&arena);
    return there;
}

/* Renames in one step; a file that is there already is replaced, or gives STORE_NO. */
static enum store_answer move(struct store *store, const char *from, const char *to, bool replace, const char *what,
                              struct problem *problem)
{
    struct buffer operation = {0};
    struct http_reply reply = {0};
    enum store_answer answer = STORE_YES;
    buffer_add_text(&operation, "RENAME&destination=");
    http_add_escaped(to, false, &operation);
    buffer_add_format(&operation, "&renameoptions=%s", replace ? "OVERWRITE" : "NONE");
    buffer_add_char(&operation, '\0');
    ask(store, "PUT", from, operation.data, &reply);
    if (!good(&reply)) {
        bool gone = is_exception(&reply, "FileNotFoundException");
        if (reply.doubtful && gone && is_there(store, to, problem))
            answer = STORE_YES; /* a try without an answer had done it */
        else if (!replace && is_exception(&reply, "FileAlreadyExistsException"))
            answer = STORE_NO;
        else
            answer = fail(store, to, &reply, problem, what) ? STORE_YES : STORE_FAILED;
    }
    buffer_free(&operation);
    http_reply_free(&reply);
    return answer;
}

static bool piece_hdfs(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    bool append = writer->own != NULL;
    if (!append)
        writer->own = store_temporary(writer->path);
    return send(writer->store, writer->own, writer->path, append, bytes, len, problem);
}

/* Best effort: what stays is hidden, and not in anybody's way. */
static void discard(struct store *store, const char *temporary)
{
    struct http_reply reply = {0};
    struct call call = {.hdfs = store->own, .method = "DELETE", .path = temporary, .operation = "DELETE"};
    attempt(&call, &reply);
    http_reply_free(&reply);
}

static void abandon_hdfs(struct store_writer *writer)
{
    if (writer->own)
        discard(writer->store, writer->own);
    free(writer->own);
    writer->own = NULL;
}

static bool finish_hdfs(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    if ((len > 0 || !writer->own) && !piece_hdfs(writer, bytes, len, problem))
        return false;
    if (move(writer->store, writer->own, writer->path, true, "write", problem) != STORE_YES)
        return false;
    free(writer->own);
    writer->own = NULL;
    return true;
}

static enum store_answer put_absent_hdfs(struct store *store, const char *path, const void *bytes, size_t len,
                                         struct problem *problem)
{
    char *temporary = store_temporary(path);
    enum store_answer answer = STORE_FAILED;
    if (send(store, temporary, path, false, bytes, len, problem))
        answer = move(store, temporary, path, false, "write", problem);
    if (answer != STORE_YES)
        discard(store, temporary);
    free(temporary);
    return answer;
}

static enum store_answer rename_hdfs(struct store *store, const char *from, const char *to, struct problem *problem)
{
    struct http_reply reply = {0};
    char *folder = store_parent(to);
    ask(store, "PUT", folder, "MKDIRS", &reply);
    bool made = good(&reply) || fail(store, folder, &reply, problem, "make the folder");
    free(folder);
    http_reply_free(&reply);
    return made ? move(store, from, to, false, "rename", problem) : STORE_FAILED;
}

static enum store_answer remove_hdfs(struct store *store, const char *path, struct problem *problem)
{
    struct http_reply reply = {0};
    enum store_answer answer = STORE_FAILED;
    ask(store, "DELETE", path, "DELETE&recursive=true", &reply);
    if (good(&reply))
        answer = strstr(reply.body.data, "true") || reply.doubtful ? STORE_YES : STORE_NO;
    else
        fail(store, path, &reply, problem, "remove");
    http_reply_free(&reply);
    return answer;
}

#define HDFS(URL, OPEN)                                                                                                \
    {                                                                                                                  \
        .prefix = (URL), .open = (OPEN), .close = close_hdfs, .stat = stat_hdfs, .list = list_hdfs,                    \
        .read_at = read_at_hdfs, .piece = piece_hdfs, .finish = finish_hdfs, .abandon = abandon_hdfs,                  \
        .put_absent = put_absent_hdfs, .rename = rename_hdfs, .remove = remove_hdfs,                                   \
    }

const struct store_kind store_kind_webhdfs = HDFS("webhdfs://", open_plain);
const struct store_kind store_kind_swebhdfs = HDFS("swebhdfs://", open_secure);
