/* store: URLs, folders of this machine, settings and documents of S3. Servers: tests/hdfs, tests/s3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/foreign.h"
#include "store/aws_inner.h"
#include "store/http_inner.h"
#include "store/s3_inner.h"
#include "store/store.h"
#include "store/xml_inner.h"

static char folder[] = "/tmp/atools-test-store-XXXXXX";

static struct store *open_at(const char *url)
{
    struct problem problem = {0};
    struct store *store = store_open(url, 0, &problem);
    assert_non_null(store);
    return store;
}

static void refuse(const char *url, const char *text)
{
    struct problem problem = {0};
    assert_null(store_open(url, 0, &problem));
    assert_int_equal(problem.status, STATUS_USAGE);
    if (!strstr(problem.text, text))
        fail_msg("%s: said '%s', expected '%s'", url, problem.text, text);
}

static void whole(const char *url, const char *name, const char *wanted)
{
    struct store *store = open_at(url);
    struct buffer got = {0};
    store_add_url(store, name, &got);
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, wanted);
    buffer_free(&got);
    store_close(store);
}

static void urls(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "key", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    whole("/tmp/a/", "b c", "/tmp/a/b c");
    whole("file:///tmp//", "b", "/tmp/b");
    whole("/", "b", "/b");
    whole("webhdfs://ann@host:1/tmp/%20/", "b", "webhdfs://ann@host:1/tmp/%20/b");
    whole("webhdfs://[::1]", "b", "webhdfs://[::1]/b");
    whole("swebhdfs://host/", "", "swebhdfs://host/");
    whole("s3://bucket", "b", "s3://bucket/b");
    whole("s3a://bucket/a/", "b", "s3a://bucket/a/b");
    refuse("", "expected a path");
    refuse("hdfs://host/tmp", "webhdfs://HOST:9870/PATH");
    refuse("ftp://host/tmp", "expected a path, or a URL of webhdfs, swebhdfs or s3");
    refuse("webhdfs:///tmp", "expected webhdfs://[USER@]HOST[:PORT]/PATH");
    refuse("s3:///a", "expected s3://BUCKET[/PREFIX]");
    refuse("s3://a b/c", "expected s3://BUCKET[/PREFIX]");
    setenv("AWS_ENDPOINT_URL", "localhost:9000", 1);
    refuse("s3://a/b", "expected a URL of http or https");
    unsetenv("AWS_ENDPOINT_URL");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    setenv("HOME", folder, 1);
    refuse("s3://a/b", "go together");
    unsetenv("AWS_ACCESS_KEY_ID");
    refuse("s3://a/b", "no keys for S3");
}

static void put(struct store *store, const char *name, const char *text)
{
    struct problem problem = {0};
    struct store_writer *writer = store_write(store, name, &problem);
    assert_non_null(writer);
    assert_true(store_add(writer, text, strlen(text), &problem));
    assert_true(store_finish(writer, &problem));
}

static void holds(struct store *store, const char *name, const char *wanted)
{
    char got[64] = "";
    struct problem problem = {0};
    struct arena arena = {0};
    struct store_entry entry;
    assert_int_equal(store_stat(store, name, &arena, &entry, &problem), STORE_YES);
    assert_int_equal(entry.size, strlen(wanted));
    struct store_reader *reader = store_reader_new(store, name, 0, UINT64_MAX, entry.size);
    size_t len = 0;
    for (ptrdiff_t n; (n = store_read(reader, got + len, 3, &problem)) > 0;)
        len += (size_t)n;
    assert_string_equal(got, wanted);
    store_reader_free(reader);
    arena_free(&arena);
}

static void expect_list(struct store *store, bool dataset, const char *name, const char *wanted)
{
    struct problem problem = {0};
    struct store_listing listing = {0};
    struct buffer got = {0};
    assert_true((dataset ? store_list_dataset : store_list)(store, name, &listing, &problem));
    for (size_t i = 0; i < listing.count; i++)
        buffer_add_format(&got, "%s%s ", listing.entries[i].name, listing.entries[i].is_folder ? "/" : "");
    buffer_add_char(&got, '\0');
    assert_string_equal(got.data, wanted);
    buffer_free(&got);
    store_listing_free(&listing);
}

static void local(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct store *store = open_at(folder);
    put(store, "a/b/one", "1");
    put(store, "a/b/one", "first");
    put(store, "a/_hidden", "");
    put(store, "a/k=1/two", "");
    put(store, "a/zero", "");
    holds(store, "a/b/one", "first");
    holds(store, "a/zero", "");
    expect_list(store, false, "a", "_hidden b/ k=1/ zero ");
    expect_list(store, true, "a", "a/b/one a/k=1/two a/zero ");
    assert_int_equal(store_put_absent(store, "a/zero", "x", 1, &problem), STORE_NO);
    assert_int_equal(store_put_absent(store, "a/c/new", "x", 1, &problem), STORE_YES);
    holds(store, "a/c/new", "x");
    assert_true(store_can_rename(store));
    assert_int_equal(store_rename(store, "a/c/new", "a/zero", &problem), STORE_NO);
    assert_int_equal(store_rename(store, "a/b", "a/c", &problem), STORE_NO);
    assert_int_equal(store_rename(store, "a/b", "d/e", &problem), STORE_YES);
    expect_list(store, true, "", "a/c/new a/k=1/two a/zero d/e/one ");
    assert_int_equal(store_remove(store, "a", &problem), STORE_YES);
    assert_int_equal(store_remove(store, "a", &problem), STORE_NO);
    expect_list(store, false, "", "d/ ");
    assert_int_equal(problem.status, STATUS_OK);
    store_close(store);
}

static void abandoned(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct store *store = open_at(folder);
    char *large = mem_zero(STORE_PIECE + 1, 1);
    put(store, "kept", "old");
    struct store_writer *writer = store_write(store, "kept", &problem);
    assert_true(store_add(writer, large, STORE_PIECE + 1, &problem)); /* a piece has been written */
    holds(store, "kept", "old");
    store_abandon(writer);
    expect_list(store, false, "", "d/ kept ");
    holds(store, "kept", "old");
    writer = store_write(store, "kept/below", &problem);
    assert_false(store_finish(writer, &problem));
    assert_int_equal(problem.status, STATUS_IO);
    assert_non_null(strstr(problem.text, "kept: cannot make the folder: Not a directory"));
    free(large);
    store_close(store);
}

static void edges_of_files(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct store *store = open_at(folder);
    char got[8];
    put(store, "edge", "0123456789");
    assert_true(store_read_at(store, "edge", 8, got, 2, &problem));
    assert_memory_equal(got, "89", 2);
    assert_true(store_read_at(store, "none", 0, got, 0, &problem));
    assert_false(store_read_at(store, "edge", 8, got, 3, &problem));
    assert_non_null(strstr(problem.text, "/edge: cannot read: it ends at byte 10"));
    struct store_reader *reader = store_reader_new(store, "edge", 9, 4, 10);
    assert_int_equal(store_read(reader, got, sizeof got, &problem), 0);
    store_reader_free(reader);
    store_close(store);
}

static void expect_setting(const char *text, const char *section, const char *name, const char *wanted)
{
    char *value = NULL;
    aws_ini_find(text, section, name, &value);
    if (wanted)
        assert_string_equal(value, wanted);
    else
        assert_null(value);
    free(value);
}

static void settings_files(void **state)
{
    (void)state;
    const char *text = "# keys\n[default]\r\nregion = eu-central-1 \r\ns3 =\n  region = inner\n[profile "
                       "x]\nREGION=a=b\n; region=c\n[y]";
    char *none = NULL;
    expect_setting(text, "default", "region", "eu-central-1");
    expect_setting(text, "profile x", "region", "a=b");
    expect_setting(text, "x", "region", NULL);
    expect_setting(text, "default", "endpoint_url", NULL);
    assert_true(aws_ini_find(text, "y", "region", &none) || none);
    assert_false(aws_ini_find(text, "z", "region", &none));
}

static void profiles(void **state)
{
    (void)state;
    char path[256];
    struct problem problem = {0};
    struct aws_settings settings = {0};
    snprintf(path, sizeof path, "%s/credentials", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("[default]\naws_access_key_id=k\naws_secret_access_key=s\naws_session_token=t\n[b]\naws_access_key_id=k2\n",
          file);
    assert_int_equal(fclose(file), 0);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    setenv("AWS_SESSION_TOKEN", "of other keys", 1);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    assert_true(aws_settings_find(&settings, &problem));
    assert_string_equal(settings.key, "k");
    assert_string_equal(settings.token, "t");
    assert_string_equal(settings.region, AWS_REGION_USUAL);
    aws_settings_free(&settings);
    setenv("AWS_PROFILE", "b", 1);
    settings = (struct aws_settings){0};
    assert_false(aws_settings_find(&settings, &problem));
    assert_non_null(strstr(problem.text, "go together"));
    aws_settings_free(&settings);
    setenv("AWS_PROFILE", "c", 1);
    problem = (struct problem){0};
    settings = (struct aws_settings){0};
    assert_false(aws_settings_find(&settings, &problem));
    assert_non_null(strstr(problem.text, "no profile 'c'"));
    aws_settings_free(&settings);
    unsetenv("AWS_PROFILE");
}

static void note(void *context, const char *parent, const char *name, const char *text, size_t len)
{
    buffer_add_format(context, "%s>%s=%.*s;", parent, name, (int)len, text);
}

static void expect_xml(const char *text, const char *wanted)
{
    struct buffer got = {0};
    bool good = xml_parse(text, strlen(text), note, &got);
    buffer_add_char(&got, '\0');
    assert_int_equal(good, wanted != NULL);
    if (wanted)
        assert_string_equal(got.data, wanted);
    buffer_free(&got);
}

static void documents(void **state)
{
    (void)state;
    struct buffer deep = {0};
    expect_xml("<?xml version='1.0'?><a><b>1 &lt; 2</b><c/></a>", "a>b=1 < 2;a>c=;>a=;");
    expect_xml("<a><b></a>", NULL);
    expect_xml("", NULL);
    expect_xml("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", NULL);
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        buffer_add_text(&deep, "<a>");
    for (int i = 0; i < XML_DEPTH_MAX; i++)
        buffer_add_text(&deep, "</a>");
    struct buffer ignored = {0};
    assert_true(xml_parse(deep.data, deep.len, note, &ignored));
    expect_xml("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>", NULL); /* one more */
    buffer_free(&deep);
    buffer_free(&ignored);
    struct buffer escaped = {0};
    xml_add_escaped("\"a<b>&\"", &escaped);
    buffer_add_char(&escaped, '\0');
    assert_string_equal(escaped.data, "\"a&lt;b&gt;&amp;\"");
    buffer_free(&escaped);
}

static void addresses_and_times(void **state)
{
    (void)state;
    struct buffer text = {0};
    http_add_escaped("a b/ü+%~", true, &text);
    http_add_escaped("/=", false, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, "a%20b/%C3%BC%2B%25~%2F%3D");
    buffer_free(&text);
    assert_int_equal(s3_time("1970-01-02T00:00:01.000Z"), 86401000);
    assert_int_equal(s3_time("Fri, 02 Jan 1970 00:00:01 GMT"), 86401000);
    assert_true(s3_time("yesterday") == STORE_UNKNOWN_TIME);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct store *store = store_open(folder, 0, &problem);
    enum store_answer answer = store_remove(store, "", &problem);
    store_close(store);
    return answer == STORE_YES ? 0 : -1;
}

#ifdef FOREIGN_UNSEEN
/* libcurl and OpenSSL hand memory to the C library that they have written unseen: nothing of it could be believed. */
static void not_under_this_sanitizer(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
#ifdef FOREIGN_UNSEEN
    const struct CMUnitTest unseen[] = {cmocka_unit_test(not_under_this_sanitizer)};
    return cmocka_run_group_tests(unseen, NULL, NULL);
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls),           cmocka_unit_test(local),
        cmocka_unit_test(abandoned),      cmocka_unit_test(edges_of_files),
        cmocka_unit_test(settings_files), cmocka_unit_test(profiles),
        cmocka_unit_test(documents),      cmocka_unit_test(addresses_and_times),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
