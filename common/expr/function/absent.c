/* Functions of Spark that are not here, each with what to do instead: so that none is just unknown. */
#include <string.h>
#include <strings.h>

#include "expr/function/function.h"

static const struct {
    const char *names; /* with a blank between */
    const char *instead;
} absent[] = {
    {"explode explode_outer posexplode posexplode_outer",
     "it makes rows, which is no expression: aflatten -e 'ARRAY as NAME' (NAME_pos is the position); asql has it in "
     "the list and in lateral view"},
    {"inline inline_outer",
     "it makes rows, which is no expression: aflatten -e 'ARRAY as NAME' 'NAME.x'; asql has it in the list and in "
     "lateral view"},
    {"range", "it makes rows: aflatten -e 'sequence(0, 9) as n' n"},
    {"variant_explode variant_explode_outer", "it makes rows: aflatten -e 'from_json(s) as NAME'"},
    {"parse_json try_parse_json to_variant_object schema_of_variant schema_of_variant_agg is_variant_null",
     "there is no type variant: from_json(s) without a schema gives what the JSON text is, typeof its type"},
    {"variant_get try_variant_get", "there is no type variant: from_json(s).a.b[0], with ::type behind"},
    {"from_avro to_avro schema_of_avro from_protobuf to_protobuf",
     "a codec of its own: aconsume reads Avro with a schema registry"},
    {"from_xml to_xml schema_of_xml xpath xpath_boolean xpath_double xpath_float xpath_int xpath_long xpath_number "
     "xpath_short xpath_string",
     "XML is not read: convert it to JSON before; regexp_extract finds single values"},
    {"aes_encrypt aes_decrypt try_aes_decrypt", "nothing is encrypted here: pipe through openssl or age; sha2 hashes"},
    {"hll_sketch_agg hll_sketch_estimate hll_union hll_union_agg",
     "sketches of DataSketches are not read or written: approx_count_distinct(x), whose states --partial writes and "
     "--merge unites"},
    {"count_min_sketch", "sketches are not written: count(*) by key is exact, and --memory bounds it"},
    {"collate collation collations", "strings are compared by their bytes (UTF8_BINARY): compare lower(x)"},
    {"current_catalog current_database current_schema", "there is no catalog"},
    {"current_user session_user user", "there is no session: give it as a literal, '$USER' in double quotes"},
    {"version", "each tool tells its own: --version"},
    {"sql_keywords", "atools-expr(7) has the grammar"},
    {"input_file_name input_file_block_start input_file_block_length",
     "--file-column NAME gives each record its file"},
    {"spark_partition_id", "there are no partitions; aconsume -J tells those of Kafka"},
    {"java_method reflect try_reflect", "there is no Java"},
};

const char *function_absent(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        for (const char *at = absent[i].names; *at; at += strspn(at, " ")) {
            size_t size = strcspn(at, " ");
            if (size == len && strncasecmp(at, name, len) == 0)
                return absent[i].instead;
            at += size;
        }
    return NULL;
}
