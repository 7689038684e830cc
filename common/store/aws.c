#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/file.h"
#include "base/text.h"
#include "store/aws_inner.h"

/* One line of an ini file, without the white space around it. */
struct line {
    const char *text;
    size_t len;
    bool indented; /* belongs to the setting above it */
};

static bool next_line(const char **at, struct line *line)
{
    if (!**at)
        return false;
    const char *start = *at;
    size_t len = strcspn(start, "\n");
    *at = start + len + (start[len] == '\n');
    line->indented = len > 0 && (*start == ' ' || *start == '\t');
    while (len > 0 && text_is_space(*start))
        start++, len--;
    while (len > 0 && text_is_space(start[len - 1]))
        len--;
    line->text = start;
    line->len = len;
    return true;
}

static bool is_section(const struct line *line, const char *section)
{
    size_t len = strlen(section);
    return line->len == len + 2 && strncmp(line->text + 1, section, len) == 0;
}

/* The line's value if it sets `name`. */
static char *value_of(const struct line *line, const char *name)
{
    const char *equals = memchr(line->text, '=', line->len), *end = line->text + line->len;
    if (!equals)
        return NULL;
    size_t len = (size_t)(equals - line->text);
    while (len > 0 && text_is_space(line->text[len - 1]))
        len--;
    if (len != strlen(name) || strncasecmp(line->text, name, len) != 0)
        return NULL;
    const char *value = equals + 1;
    while (value < end && text_is_space(*value))
        value++;
    return mem_copy(value, (size_t)(end - value));
}

bool aws_ini_find(const char *text, const char *section, const char *name, char **value)
{
    bool inside = false, found = false;
    for (struct line line; next_line(&text, &line);) {
        if (line.len == 0 || *line.text == '#' || *line.text == ';' || line.indented)
            continue;
        if (*line.text == '[')
            inside = is_section(&line, section);
        else if (inside && !*value)
            *value = value_of(&line, name);
        found = found || inside;
    }
    return found;
}

/* A copy of the first of these variables that is set and not empty. */
static char *variable(const char *name, const char *other)
{
    const char *value = getenv(name);
    if ((!value || !*value) && other)
        value = getenv(other);
    return value && *value ? mem_copy(value, strlen(value)) : NULL;
}

/* The text of a settings file, "" where there is none. */
static bool load(const char *name_variable, const char *usual, struct buffer *text, struct problem *problem)
{
    const char *home = getenv("HOME");
    char *path = variable(name_variable, NULL);
    if (!path) {
        struct buffer made = {0};
        buffer_add_format(&made, "%s/.aws/%s", home ? home : "", usual);
        buffer_add_char(&made, '\0');
        path = made.data;
    }
    bool good = file_load(path, AWS_FILE_MAX, text);
    if (!good && errno != ENOENT && errno != ENOTDIR) {
        problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    } else if (!good) {
        text->len = 0;
        buffer_add_char(text, '\0');
        good = true;
    }
    free(path);
    return good;
}

struct files {
    struct buffer credentials, config;
    const char *profile;
    char *config_section; /* "profile NAME", but "default" */
};

static void set_from_files(const struct files *files, const char *name, char **value)
{
    if (!*value)
        aws_ini_find(files->credentials.data, files->profile, name, value);
    if (!*value)
        aws_ini_find(files->config.data, files->config_section, name, value);
}

static bool profile_is_there(const struct files *files)
{
    char *ignored = NULL;
    bool there = aws_ini_find(files->credentials.data, files->profile, "", &ignored) ||
                 aws_ini_find(files->config.data, files->config_section, "", &ignored);
    free(ignored);
    return there;
}

static bool read_files(struct files *files, struct problem *problem)
{
    const char *profile = getenv("AWS_PROFILE");
    struct buffer section = {0};
    bool named = profile && *profile;
    files->profile = named ? profile : "default";
    if (strcmp(files->profile, "default") != 0)
        buffer_add_text(&section, "profile ");
    buffer_add(&section, files->profile, strlen(files->profile) + 1);
    files->config_section = section.data;
    if (!load("AWS_SHARED_CREDENTIALS_FILE", "credentials", &files->credentials, problem) ||
        !load("AWS_CONFIG_FILE", "config", &files->config, problem))
        return false;
    if (!named || profile_is_there(files))
        return true;
    return problem_set(problem, STATUS_USAGE,
                       "AWS_PROFILE: there is no profile '%s' in ~/.aws/credentials or ~/.aws/config", profile);
}

static bool check_keys(const struct aws_settings *settings, struct problem *problem)
{
    if (settings->key && settings->secret)
        return true;
    if (settings->key || settings->secret)
        return problem_set(problem, STATUS_USAGE,
                           "keys for S3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together");
    return problem_set(problem, STATUS_USAGE,
                       "no keys for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in "
                       "~/.aws/credentials (AWS_PROFILE)");
}

/* Keys and their token are of one place. */
static void set_keys(struct aws_settings *settings, const struct files *files)
{
    if (settings->key || settings->secret)
        return;
    free(settings->token);
    settings->token = NULL;
    set_from_files(files, "aws_access_key_id", &settings->key);
    set_from_files(files, "aws_secret_access_key", &settings->secret);
    set_from_files(files, "aws_session_token", &settings->token);
}

bool aws_settings_find(struct aws_settings *settings, struct problem *problem)
{
    struct files files = {0};
    settings->key = variable("AWS_ACCESS_KEY_ID", NULL);
    settings->secret = variable("AWS_SECRET_ACCESS_KEY", NULL);
    settings->token = variable("AWS_SESSION_TOKEN", NULL);
    settings->region = variable("AWS_REGION", "AWS_DEFAULT_REGION");
    settings->endpoint = variable("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
    bool good = read_files(&files, problem);
    if (good) {
        set_keys(settings, &files);
        set_from_files(&files, "region", &settings->region);
        set_from_files(&files, "endpoint_url", &settings->endpoint);
        if (!settings->region)
            settings->region = mem_copy(AWS_REGION_USUAL, strlen(AWS_REGION_USUAL));
        good = check_keys(settings, problem);
    }
    buffer_free(&files.credentials);
    buffer_free(&files.config);
    free(files.config_section);
    return good;
}

void aws_settings_free(struct aws_settings *settings)
{
    free(settings->key);
    free(settings->secret);
    free(settings->token);
    free(settings->region);
    free(settings->endpoint);
}
