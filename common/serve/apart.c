#include "serve/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "frame/source.h"

struct apart {
    int socket;
    pid_t keeper;
};

/* What goes to the keeper: this, then the texts of where and order, and the descriptors of rows and answer. */
struct request {
    unsigned time_ms;
    enum query_form form;
    bool has_limit, has_where, has_order;
    uint64_t limit;
    size_t rows_len, where_len, order_len; /* texts: without their NULs */
};

/* What stands in the answer before it, or instead. */
struct verdict {
    enum apart_outcome outcome;
    bool in_order, caret;
    size_t offset, len;
    char text[DIAG_TEXT_MAX];
};

enum { ROWS, ANSWER, DESCRIPTORS };

/* The memory that a query may take, beyond what this process has mapped. */
static void limit_memory(void)
{
    struct buffer text = {0};
    unsigned long pages;
    if (file_load("/proc/self/statm", 4096, &text) && sscanf(text.data, "%lu", &pages) == 1) {
        rlim_t most = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + APART_MEMORY;
        setrlimit(RLIMIT_AS, &(struct rlimit){most, most});
    }
    buffer_free(&text);
}

/* The query's process: its status is 0 when the verdict has been written. */
static int run_query(const struct request *request, char *texts, const int descriptors[DESCRIPTORS])
{
    const struct query query = {
        .where = request->has_where ? texts : NULL,
        .order = request->has_order ? texts + request->where_len + 1 : NULL,
        .has_limit = request->has_limit, .limit = request->limit, .form = request->form};
    const rlim_t seconds = request->time_ms / 1000 + 1;
    setrlimit(RLIMIT_CPU, &(struct rlimit){seconds, seconds + 1});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    limit_memory();
    const char *rows = mmap(NULL, request->rows_len + BATCH_PADDING, PROT_READ, MAP_PRIVATE, descriptors[ROWS], 0);
    if (rows == MAP_FAILED)
        return STATUS_IO;
    struct buffer answer = {0};
    struct problem problem = {0};
    struct verdict verdict = {.outcome = APART_DONE};
    if (!query_run(&query, rows, request->rows_len, &answer, &problem)) {
        verdict.outcome = APART_WRONG;
        verdict.caret = problem.argument != NULL;
        verdict.in_order = problem.what && strcmp(problem.what, "order") == 0;
        verdict.offset = problem.offset;
        memcpy(verdict.text, problem.text, sizeof verdict.text);
        answer.len = 0;
    }
    verdict.len = answer.len;
    bool good = file_write(descriptors[ANSWER], &verdict, sizeof verdict) &&
                file_write(descriptors[ANSWER], answer.data ? answer.data : "", answer.len);
    return good ? STATUS_OK : STATUS_IO;
}

/* Waits for the process, and ends it when its time is up. SIGCHLD is blocked. */
static enum apart_outcome await(pid_t child, unsigned time_ms)
{
    const int64_t end = clock_steady_ms() + (int64_t)time_ms;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    int status;
    bool late = false;
    while (waitpid(child, &status, WNOHANG) == 0) {
        int64_t left = end - clock_steady_ms();
        late = left <= 0;
        if (late) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            break;
        }
        const struct timespec time = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        sigtimedwait(&set, NULL, &time);
    }
    if (late || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        return APART_LATE;
    return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_OK ? APART_DONE : APART_LOST;
}

static ssize_t receive(int socket, void *bytes, size_t len, int descriptors[DESCRIPTORS])
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = len};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *head = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!head || head->cmsg_len != CMSG_LEN(DESCRIPTORS * sizeof(int)))
        return -1;
    memcpy(descriptors, CMSG_DATA(head), DESCRIPTORS * sizeof(int));
    return got;
}

/* The keeper: until the server is gone. */
_Noreturn static void keep(int socket)
{
    const size_t cap = sizeof(struct request) + APART_TEXT_MAX + 2;
    char *bytes = mem_zero(1, cap);
    int descriptors[DESCRIPTORS];
    while (receive(socket, bytes, cap, descriptors) > 0) {
        struct request request;
        memcpy(&request, bytes, sizeof request);
        pid_t child = fork();
        if (child == 0) {
            close(socket);
            _exit(run_query(&request, bytes + sizeof request, descriptors));
        }
        enum apart_outcome outcome = child < 0 ? APART_LOST : await(child, request.time_ms);
        for (size_t i = 0; i < DESCRIPTORS; i++)
            close(descriptors[i]);
        if (send(socket, &outcome, sizeof outcome, MSG_NOSIGNAL) != (ssize_t)sizeof outcome)
            break;
    }
    _exit(STATUS_OK);
}

/* It holds nothing of the server's but the socket, ends with it, and not by a ^C that is for the server. Messages of a
 * query that runs out of memory are nobody's. */
_Noreturn static void begin_keeper(int socket)
{
    sigset_t set;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        dup2(nothing, fd);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    keep(socket);
}

struct apart *apart_start(struct problem *problem)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
        problem_set(problem, STATUS_IO, "no socket for queries: %s", strerror(errno));
        return NULL;
    }
    pid_t keeper = fork();
    if (keeper == 0) {
        close(sockets[0]);
        begin_keeper(sockets[1]);
    }
    close(sockets[1]);
    if (keeper < 0) {
        problem_set(problem, STATUS_IO, "no process for queries: %s", strerror(errno));
        close(sockets[0]);
        return NULL;
    }
    struct apart *apart = mem_zero(1, sizeof *apart);
    *apart = (struct apart){sockets[0], keeper};
    return apart;
}

void apart_end(struct apart *apart)
{
    close(apart->socket);
    while (waitpid(apart->keeper, NULL, 0) < 0 && errno == EINTR) {
    }
    free(apart);
}

static bool send_request(int socket, const struct request *request, const struct query *query,
                         const int descriptors[DESCRIPTORS])
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct buffer bytes = {0};
    buffer_add(&bytes, request, sizeof *request);
    buffer_add(&bytes, query->where ? query->where : "", request->where_len + 1);
    buffer_add(&bytes, query->order ? query->order : "", request->order_len + 1);
    struct iovec part = {.iov_base = bytes.data, .iov_len = bytes.len};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){.cmsg_len = CMSG_LEN(DESCRIPTORS * sizeof(int)), .cmsg_level = SOL_SOCKET,
                             .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(head), descriptors, DESCRIPTORS * sizeof(int));
    bool good = sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)bytes.len;
    buffer_free(&bytes);
    return good;
}

static enum apart_outcome read_answer(int descriptor, struct buffer *into, struct problem *problem, bool *in_order)
{
    struct verdict verdict;
    if (file_read_at(descriptor, &verdict, sizeof verdict, 0) != (ssize_t)sizeof verdict)
        return APART_LOST;
    if (verdict.outcome == APART_WRONG) {
        problem_set(problem, STATUS_USAGE, "%s", verdict.text);
        problem->offset = verdict.offset;
        problem->hint = verdict.caret;
        *in_order = verdict.in_order;
        return APART_WRONG;
    }
    buffer_reserve(into, verdict.len);
    if (file_read_at(descriptor, into->data + into->len, verdict.len, sizeof verdict) != (ssize_t)verdict.len)
        return APART_LOST;
    into->len += verdict.len;
    return APART_DONE;
}

enum apart_outcome apart_run(struct apart *apart, const struct query *query, const struct buffer *rows,
                             unsigned time_ms, struct buffer *into, struct problem *problem, bool *in_order)
{
    const struct request request = {
        .time_ms = time_ms, .form = query->form, .has_limit = query->has_limit, .has_where = query->where != NULL,
        .has_order = query->order != NULL, .limit = query->limit, .rows_len = rows->len,
        .where_len = query->where ? strlen(query->where) : 0, .order_len = query->order ? strlen(query->order) : 0};
    const char padding[BATCH_PADDING] = {0};
    enum apart_outcome outcome = APART_LOST;
    int descriptors[DESCRIPTORS] = {memfd_create("rows", MFD_CLOEXEC), memfd_create("answer", MFD_CLOEXEC)};
    bool good = descriptors[ROWS] >= 0 && descriptors[ANSWER] >= 0 &&
                request.where_len + request.order_len <= APART_TEXT_MAX &&
                file_write(descriptors[ROWS], rows->data ? rows->data : "", rows->len) &&
                file_write(descriptors[ROWS], padding, sizeof padding) &&
                send_request(apart->socket, &request, query, descriptors) &&
                recv(apart->socket, &outcome, sizeof outcome, 0) == (ssize_t)sizeof outcome;
    if (good && outcome == APART_DONE)
        outcome = read_answer(descriptors[ANSWER], into, problem, in_order);
    for (size_t i = 0; i < DESCRIPTORS; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
    return good ? outcome : APART_LOST;
}
