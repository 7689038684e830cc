/* A segment of hostile bytes, with a checkpoint that covers as much of it as the first byte says: reading ends or is an
 * error; the ends agree with it; checking names damage exactly when reading finds some; and once repaired it can be
 * read. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/local/partition.h"

static char folder[64];
static bool damaged;

static void empty_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        abort();
}

static void store(const char *name, const void *bytes, size_t len)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
        abort();
    close(fd);
}

static void clean(void)
{
    static const char *const names[] = {"00000000000000000000.log", "00000000000000000000.log~damaged", "repaired",
                                        "synced"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
}

static void found(void *context, const struct partition_finding *finding)
{
    (void)context;
    damaged = damaged || !finding->unfinished;
}

static int read_all(void)
{
    struct broker_error error;
    struct partition_reader *reader = partition_reader_open(folder, 0, &error);
    struct record_batch front;
    const char *bytes;
    int got = reader ? 1 : -1;
    while (got > 0)
        got = partition_reader_next(reader, &bytes, &front, false, &error);
    partition_reader_close(reader);
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct broker_error error;
    char text[64];
    int64_t start, end;
    if (!*folder) {
        strcpy(folder, "/dev/shm/atools-fuzz-XXXXXX"); /* where fsync costs nothing */
        if (!mkdtemp(folder))
            strcpy(folder, "/tmp/atools-fuzz-XXXXXX");
        if (access(folder, F_OK) != 0 && !mkdtemp(folder))
            abort();
        atexit(empty_folder);
    }
    if (size < 1)
        return 0;
    clean();
    store("00000000000000000000.log", data + 1, size - 1);
    if (data[0] & 1) {
        snprintf(text, sizeof text, "%020d %020zu\n", 0, (size - 1) * data[0] / 255);
        store("synced", text, strlen(text));
    }
    int got = read_all();
    if (!partition_log_ends(folder, &start, &end, &error))
        abort();
    damaged = false;
    if (!partition_check(folder, false, found, NULL, &error) || (got < 0 && !damaged))
        abort();
    if (damaged && (!partition_check(folder, true, found, NULL, &error) || read_all() < 0))
        abort();
    return 0;
}
