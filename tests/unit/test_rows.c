/* rows: JSON or TSV files as rows of numbered slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "json/scan/scan.h"
#include "table/form/row_form.h"
#include "table/rows.h"
#include "value/tsv.h"

enum { FILES = 3 };

struct scene {
    char names[FILES][32];
    char *files[FILES];
    size_t count;
    struct arena arena;
    struct path_set paths;
    struct rows_options options;
    bool skip_bad, watch;
    struct buffer told;
    int status;
    char error[512];
};

static struct scene begin(const char *first, const char *second, const char *third)
{
    struct scene scene = {.options = {.header = true}};
    const char *texts[FILES] = {first, second, third};
    for (size_t i = 0; i < FILES && texts[i]; i++) {
        strcpy(scene.names[i], "/tmp/rows.XXXXXX");
        int fd = mkstemp(scene.names[i]);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, texts[i], strlen(texts[i])), strlen(texts[i]));
        close(fd);
        scene.count++;
    }
    return scene;
}

static void want(struct scene *scene, const char *paths)
{
    while (*paths) {
        size_t len = strcspn(paths, "|"), offset;
        const char *message;
        path_set_add(&scene->paths,
                     path_parse(&scene->arena, arena_copy(&scene->arena, paths, len), NULL, &offset, &message));
        paths += len;
        paths += strspn(paths, "|");
    }
}

static void tell_row(struct scene *scene, const struct rows_reader *row)
{
    struct buffer *told = &scene->told;
    buffer_add_format(told, "%d", (int)row->index);
    for (size_t i = 0; i < scene->paths.count; i++) {
        struct span slot = row->slots[i];
        buffer_add_char(told, ' ');
        if (slot.type == SPAN_ABSENT)
            buffer_add_text(told, "-");
        else if (slot.type == SPAN_NULL)
            buffer_add_text(told, "null");
        else
            buffer_add(told, slot.text, slot.len);
        if (slot.escaped)
            buffer_add_char(told, '~');
    }
    if (row->stranger.type != SPAN_ABSENT) {
        buffer_add_text(told, " stranger ");
        buffer_add(told, row->stranger.text, row->stranger.len);
    }
    buffer_add_char(told, '\n');
}

/* Reads all rows in one thread. */
static const char *read_all(struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        scene->files[i] = scene->names[i];
    const struct inputs inputs = {.files = scene->files, .count = scene->count};
    struct rows *rows = rows_open(&inputs, &scene->options);
    struct problem problem = {0};
    if (!rows_bind(rows, &scene->paths, &problem))
        problem_die(&problem);
    if (scene->watch)
        rows_watch(rows, NULL, true);
    struct rows_reader *reader = rows_reader_new(rows);
    struct batch batch = {0};
    struct result result = {.skip_bad = scene->skip_bad};
    while (result.status == 0 && source_next(rows_source(rows), &batch)) {
        uint64_t before = result.records + result.bad_count;
        uint64_t seen = 0;
        rows_start(reader, &batch, &result);
        while (rows_next(reader)) {
            tell_row(scene, reader);
            seen++;
        }
        assert_true(result.records + result.bad_count >= before + seen);
    }
    scene->status = result.status;
    memcpy(scene->error, result.error, sizeof scene->error);
    buffer_add_format(&scene->told, "%d records, %d bad\n", (int)result.records, (int)result.bad_count);
    rows_reader_free(rows, reader);
    rows_warn_absent(rows, result.records);
    source_release(&batch);
    result_free(&result);
    rows_close(rows);
    buffer_add_char(&scene->told, '\0');
    return scene->told.data;
}

static void end(struct scene *scene)
{
    for (size_t i = 0; i < scene->count; i++)
        unlink(scene->names[i]);
    path_set_free(&scene->paths);
    arena_free(&scene->arena);
    buffer_free(&scene->told);
}

static void expect(const char *paths, const char *first, const char *second, const char *wanted)
{
    struct scene scene = begin(first, second, NULL);
    want(&scene, paths);
    assert_string_equal(read_all(&scene), wanted);
    assert_int_equal(scene.status, 0);
    end(&scene);
}

static void json_gives_slots(void **state)
{
    (void)state;
    expect("a|b.c", "{\"a\":1}\n{\"b\":{\"c\":\"x\"}}\n", NULL, "0 1 -\n1 - \"x\"\n2 records, 0 bad\n");
    expect("a", " \n[{\"a\":1},{\"a\":2}]", NULL, "0 1\n1 2\n2 records, 0 bad\n");
    expect("a", "\xEF\xBB\xBF\x1e{\"a\":1}\n\x1e{\"a\":2}\n", NULL, "0 1\n1 2\n2 records, 0 bad\n");
    expect("", "", NULL, "0 records, 0 bad\n");
}

static void tsv_gives_cells_by_name(void **state)
{
    (void)state;
    expect("b|a", "a\tb\n1\tx\\ty\n\\N\t\n", NULL, "0 x\\ty~ 1\n1  null\n2 records, 0 bad\n");
    expect("b", "a\tb\n1\t2", "b\ta\tc\n3\t4\t5\n", "0 2\n0 3\n2 records, 0 bad\n");
    expect("`odd name`|a.b", "a.b\todd name\n1\t2\n", NULL, "0 2 1\n1 records, 0 bad\n");
    expect("a.b|`a.b`", "a.b\n1\n", NULL, "0 1 1\n1 records, 0 bad\n");
    expect("`a\tb`", "a\\tb\tc\n1\t2\n", NULL, "0 1\n1 records, 0 bad\n");
    expect("a", "a\n\n1\n\n", NULL, "0 \n1 1\n2 \n3 records, 0 bad\n"); /* one column: an empty line is an empty cell */
    expect("a", "\xEF\xBB\xBF" "a\tb\n1\t2\n", NULL, "0 1\n1 records, 0 bad\n");
    expect("a|b", "a\tb\nx\\\ty\t2\n", NULL, "0 x\\\ty~ 2\n1 records, 0 bad\n");
}

static void returns_go_if_the_header_has_one(void **state)
{
    (void)state;
    expect("a|b", "a\tb\r\n1\t2\r\n3\t4\n5\t6", NULL, "0 1 2\n1 3 4\n2 5 6\n3 records, 0 bad\n");
    expect("a|b", "a\tb\n1\t2\r\n", NULL, "0 1 2\r\n1 records, 0 bad\n");
}

static void without_a_header_columns_have_numbers(void **state)
{
    (void)state;
    struct scene scene = begin("x\ty\n1\t2\n", "3\t4\n", NULL);
    scene.options.header = false;
    want(&scene, "c2|c1");
    assert_string_equal(read_all(&scene), "0 y x\n1 2 1\n0 4 3\n3 records, 0 bad\n");
    end(&scene);
}

static void the_header_can_be_asked_for(void **state)
{
    (void)state;
    struct scene scene = begin("", "a\tb\\tc\n", NULL);
    scene.files[0] = scene.names[0];
    scene.files[1] = scene.names[1];
    const struct inputs inputs = {.files = scene.files, .count = 2};
    struct rows *rows = rows_open(&inputs, &scene.options);
    assert_string_equal(rows_form(rows)->name, "tsv");
    size_t count;
    const struct span *names = rows_header(rows, &count);
    assert_int_equal(count, 2);
    assert_int_equal(names[1].len, 3);
    assert_memory_equal(names[1].text, "b\tc", 3);
    struct problem problem = {0};
    assert_true(rows_bind(rows, &scene.paths, &problem));
    rows_close(rows);
    end(&scene);
}

static void expect_bad(const char *paths, const char *text, const char *error, const char *skipped)
{
    struct scene scene = begin(text, NULL, NULL);
    want(&scene, paths);
    read_all(&scene);
    assert_int_equal(scene.status, 1);
    assert_memory_equal(scene.error, scene.names[0], strlen(scene.names[0]));
    assert_string_equal(scene.error + strlen(scene.names[0]), error);
    scene.told.len = 0;
    scene.skip_bad = true;
    assert_string_equal(read_all(&scene), skipped);
    assert_int_equal(scene.status, 0);
    end(&scene);
}

static void bad_lines_are_named_or_skipped(void **state)
{
    (void)state;
    expect_bad("a", "{\"a\":1}\n{\"a\":}\n{\"a\":3}\n", ":2: byte 6: expected a value", "0 1\n2 3\n3 records, 1 bad\n");
    expect_bad("a", "{\"a\":1}\n7\n{\"a\":3}\n", ":2: byte 1: a record must be an object",
               "0 1\n2 3\n3 records, 1 bad\n");
    expect_bad("a", "a\tb\n1\t2\n3\n4\t5\n", ":3: byte 2: expected 2 cells, found 1", "0 1\n2 4\n3 records, 1 bad\n");
    expect_bad("a", "a\tb\n1\t2\n3\t4\t5\n", ":3: byte 4: expected 2 cells, found 3", "0 1\n2 records, 1 bad\n");
    expect_bad("a", "a\tb\n\n4\t5\n", ":2: byte 1: expected 2 cells, found 1", "1 4\n2 records, 1 bad\n");
    expect_bad("a", "a\tb\n1\t\xC3(\n4\t5\n", ":2: byte 4: invalid UTF-8", "1 4\n2 records, 1 bad\n");
    expect_bad("a", "a\tb\n1\t2\\\n4\t5\n", ":2: byte 4: a backslash ends the line", "1 4\n2 records, 1 bad\n");
    expect_bad("a", "a\tb\n1\t2\xC3", ":2: byte 5: invalid UTF-8", "1 records, 1 bad\n");
}

/* Many lines, odd ones among them: pieces begin anywhere, and what is told is what tsv_split finds in each line. */
static void every_line_is_told(void **state)
{
    (void)state;
    static const char *const lines[] = {"1\t2\t3",
                                        "\\N\tx\\ty\t",
                                        "\xC3\xA4\t\t\xE2\x82\xAC",
                                        "a\\\tb\tc\td",
                                        "longer cells here\tand there\tand elsewhere",
                                        "too\tfew",
                                        "o\tn\te\tmore",
                                        "\xFF\t\t",
                                        "\t\tend\\",
                                        "\t\tend\\\\",
                                        ""};
    for (unsigned seed = 1; seed <= 30; seed++) {
        srand(seed);
        struct buffer text = {0}, wanted = {0};
        buffer_add_text(&text, "a\tb\tc\n");
        int good = 0, bad = 0, total = 0, odd = 1 + rand() % 11, count = rand() % 4000;
        for (; total < count; total++) {
            const char *line = lines[rand() % 50 == 0 ? rand() % odd : rand() % 5];
            buffer_add_text(&text, line);
            buffer_add_char(&text, '\n');
            struct span cells[4];
            size_t at, len = strlen(line);
            bool ends = len > 3 && memcmp(line + len - 2, "d\\", 2) == 0;
            if (tsv_split(line, len, cells, 4) != 3 || !scan_utf8(line, len, &at) || ends) {
                bad++;
                continue;
            }
            good++;
            buffer_add_format(&wanted, "%d", total);
            for (size_t i = 3; i-- > 1;) {
                buffer_add_char(&wanted, ' ');
                if (cells[i].type == SPAN_NULL)
                    buffer_add_text(&wanted, "null");
                else
                    buffer_add(&wanted, cells[i].text, cells[i].len);
                buffer_add_text(&wanted, cells[i].escaped ? "~" : "");
            }
            buffer_add_char(&wanted, '\n');
        }
        buffer_add_format(&wanted, "%d records, %d bad", good + bad, bad);
        buffer_add(&wanted, "\n", 2);
        buffer_add_char(&text, '\0');
        struct scene scene = begin(text.data, NULL, NULL);
        want(&scene, "c|b");
        scene.skip_bad = true;
        assert_string_equal(read_all(&scene), wanted.data);
        end(&scene);
        buffer_free(&text);
        buffer_free(&wanted);
    }
}

static void a_file_must_have_the_columns(void **state)
{
    (void)state;
    struct scene scene = begin("a\tb\n1\t2\n", "a\n3\n", NULL);
    want(&scene, "b");
    assert_string_equal(read_all(&scene), "0 2\n1 records, 0 bad\n");
    assert_int_equal(scene.status, 1);
    assert_string_equal(scene.error + strlen(scene.names[1]), ":1: no column 'b'");
    end(&scene);
}

static void a_new_column_is_a_stranger(void **state)
{
    (void)state;
    struct scene scene = begin("a\n1\n", "a\tb\n2\t3\n", NULL);
    want(&scene, "a");
    scene.watch = true;
    assert_string_equal(read_all(&scene), "0 1\n0 2 stranger \"b\"\n2 records, 0 bad\n");
    end(&scene);
}

/* What a child process that reads these rows prints on stderr, and its status. */
static int in_child(struct scene *scene, char *errors, size_t cap)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        read_all(scene);
        _exit(0);
    }
    close(ends[1]);
    size_t len = 0;
    for (ssize_t n; (n = read(ends[0], errors + len, cap - 1 - len)) > 0;)
        len += (size_t)n;
    errors[len] = '\0';
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void unknown_columns_end_the_program(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"x", "a\tb\n1\t2\n", "no column 'x'; there are: a, b\n", "2"},
        {"a.x", "a\tb\n1\t2\n",
         "no column 'a.x' (JSON text in a cell is looked into by get_json_object only); there are: a, b\n", "2"},
        {"a", "a\ta\n1\t2\n", "two columns are called 'a'\n", "2"},
        {"a|x.y", "{\"a\":1}\n", "no record has the path x.y\n", "0"},
        {"a", "", "", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene scene = begin(cases[i][1], NULL, NULL);
        want(&scene, cases[i][0]);
        char errors[512];
        assert_int_equal(in_child(&scene, errors, sizeof errors), atoi(cases[i][3]));
        assert_string_equal(strncmp(errors, "atools: ", 8) == 0 ? errors + 8 : errors, cases[i][2]);
        end(&scene);
    }
}

static void the_shape_is_known_before_rows_are_read(void **state)
{
    (void)state;
    struct scene scene = begin("{\"a\":1}\n{\"b\":[2]}\n7\n{\"c\":2}\n", NULL, NULL);
    scene.files[0] = scene.names[0];
    want(&scene, "a");
    const struct inputs inputs = {.files = scene.files, .count = 1};
    struct rows *rows = rows_open(&inputs, &scene.options);
    struct schema *schema = schema_new();
    assert_true(rows_shape(rows, schema));
    const struct schema_node *root = schema_root(schema);
    assert_int_equal(root->member_count, 2); /* up to the bad record */
    assert_int_equal(schema_member(root, "b", 1)->seen, SEEN_ARRAY);
    schema_free(schema);
    struct problem problem = {0};
    assert_true(rows_bind(rows, &scene.paths, &problem));
    struct rows_reader *reader = rows_reader_new(rows);
    struct batch batch = {0};
    struct result result = {0};
    assert_true(source_next(rows_source(rows), &batch));
    rows_start(reader, &batch, &result);
    assert_true(rows_next(reader));
    assert_memory_equal(reader->slots[0].text, "1", 1);
    rows_reader_free(rows, reader);
    source_release(&batch);
    rows_close(rows);
    end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_gives_slots),
        cmocka_unit_test(tsv_gives_cells_by_name),
        cmocka_unit_test(returns_go_if_the_header_has_one),
        cmocka_unit_test(without_a_header_columns_have_numbers),
        cmocka_unit_test(the_header_can_be_asked_for),
        cmocka_unit_test(bad_lines_are_named_or_skipped),
        cmocka_unit_test(every_line_is_told),
        cmocka_unit_test(a_file_must_have_the_columns),
        cmocka_unit_test(a_new_column_is_a_stranger),
        cmocka_unit_test(unknown_columns_end_the_program),
        cmocka_unit_test(the_shape_is_known_before_rows_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
