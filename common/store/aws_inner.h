/* aws: keys, region and endpoint, from where Amazon's own tools take them: the environment (AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN; AWS_REGION or AWS_DEFAULT_REGION; AWS_ENDPOINT_URL_S3 or
 * AWS_ENDPOINT_URL), then the profile AWS_PROFILE ("default") in ~/.aws/credentials and ~/.aws/config
 * (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE). */
#ifndef ATOOLS_STORE_AWS_INNER_H
#define ATOOLS_STORE_AWS_INNER_H

#include "base/mem.h"
#include "base/problem.h"

/* A file of settings longer than this is refused. */
enum { AWS_FILE_MAX = 1 << 20 };

#define AWS_REGION_USUAL "us-east-1"

/* Strings are the settings' own; NULL: not set. */
struct aws_settings {
    char *key, *secret, *token, *region, *endpoint;
};

/* False: no keys, half of them, a profile that is not there, or a file that cannot be read. region is always set. */
bool aws_settings_find(struct aws_settings *settings, struct problem *problem);
void aws_settings_free(struct aws_settings *settings);

/* Whether there is the section in an ini file's text; *value, if it was NULL, becomes what `name` is set to in it
 * (freed with free()), or stays NULL. */
bool aws_ini_find(const char *text, const char *section, const char *name, char **value);

#endif
