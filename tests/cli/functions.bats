# Functions and aggregates beside the usual ones: what is refused and how, random numbers, several columns of one call.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    printf '%s\n' '{"g":"a","v":1,"w":2,"t":"2020-02-01 10:00:00","s":"{\"a\":1,\"b\":[2]}"}' \
        '{"g":"b","v":7,"w":1,"t":"2020-01-05 00:00:00","s":"x"}' \
        '{"g":"a","v":4,"w":5,"t":"2021-01-01 00:00:00","s":null}' '{"g":"a","v":null,"w":1}' >in
}

@test "functions of Spark that are not here are refused by name, with what to do instead" {
    local name
    for name in explode posexplode_outer inline range parse_json variant_get from_avro to_xml xpath_string \
        aes_encrypt hll_sketch_agg count_min_sketch collate current_catalog current_user version sql_keywords \
        input_file_name spark_partition_id java_method; do
        check 2 "aflatten '$name(v)' in"
        [[ $errors == *"$name is not supported: "?????*$'\n  ^' ]]
        check 2 "aagg '$name(v)' in";                                [[ $errors == *"$name is not supported: "* ]]
    done
    check 2 "asql 'select xpath_int(s, v) from t' t=in";             [[ $errors == *'is not supported: XML'* ]]
    check 2 "aflatten 'uuidd()' in";                                 [[ $errors == *'did you mean uuid?'* ]]
}

@test "what to do instead does it" {
    check 0 "aflatten --no-header -n 2 -e 'sequence(0, 9) as n' n in";                 same range "$output" $'0\n1'
    check 0 "aflatten --no-header -n 2 -e 'array(struct(v as x), struct(w as x)) as r' r.x in"
    same inline "$output" $'1\n2'
    check 0 "aflatten --no-header -n 1 'from_json(s).b[0]::double' in";                same variant "$output" 2.0
    check 0 "aflatten --no-header -n 1 \"'\$USER'\" in";                               same user "$output" "$USER"
}

@test "random numbers are the same for any number of threads and any input, others in each run" {
    seq 0 99999 | sed 's/.*/{"n":&}/' >many
    local list='rand(5), randn(5), uniform(0, 9, 5), randstr(4, 5), uuid(5), shuffle(array(1, n), 5)'
    list+=', monotonically_increasing_id() as i'
    check 0 "aflatten -j 1 '$list' many | sha256sum";                                  local want=$output
    for how in "aflatten -j 7 '$list' many" "cat many | aflatten -j 3 '$list'" "gzip <many | aflatten '$list'"; do
        check 0 "$how | sha256sum";                                                    same "$how" "$output" "$want"
    done
    check 0 "aflatten --no-header 'monotonically_increasing_id() = n as i' many | sort -u";    same ids "$output" true
    check 0 "aagg -j 7 -g 'n % 3' 'sum(rand(5)) as r' many";                           want=$output
    check 0 "aagg -j 1 -g 'n % 3' 'sum(rand(5)) as r' many";                           same sums "$output" "$want"
    check 0 "asql 'select r = r + 0 as e, count(*) n from (select rand(5) r from t) where r < 0.5 group by e' t=many"
    [[ $output == $'e\tn\ntrue\t'4[89]??? || $output == $'e\tn\ntrue\t'50??? ]]
    check 0 "{ aflatten --no-header -n 5 'uuid(), rand()' many; aflatten --no-header -n 5 'uuid(), rand()' many; } |
        tr '\t' '\n' | sort -u | wc -l"
    same different "$output" 20
    check 0 "aflatten --no-header 'rand() < 0 or rand() >= 1 as r' many | sort -u";    same 'in 0 to 1' "$output" false
    check 2 "aflatten 'rand(n)' many";                                [[ $errors == *'the seed is a literal'* ]]
    check 2 "aflatten 'uniform(n, 9)' many";                          [[ $errors == *'the bounds are literals'* ]]
}

@test "json_tuple is as many columns as names" {
    check 0 "aflatten \"json_tuple(s, 'a', 'b'), json_tuple(s, 'a') as x, v\" in"
    same columns "$output" $'c0\tc1\tx\tv\n1\t[2]\t1\t1\n\\N\t\\N\t\\N\t7\n\\N\t\\N\t\\N\t4\n\\N\t\\N\t\\N\t\\N'
    check 0 "aflatten -w 'x = 1' \"json_tuple(s, 'a', 'b') as (x, y)\" in | sed -n 1,1p"
    same names "$output" $'x\ty'
    check 2 "aflatten \"json_tuple(s, 'a', 'b') as x\" in";           [[ $errors == *'gives 2 columns: as (x, y'* ]]
    check 2 "aflatten \"json_tuple(s, 'a', 'b') as (x)\" in";         [[ $errors == *'gives 2 columns: that many'* ]]
    check 2 "aflatten \"1 + json_tuple(s, 'a', 'b')\" in";            [[ $errors == *'one call a name'* ]]
    check 2 "aflatten \"json_tuple(s, 'a', 'b'), 1 as c0\" in";       [[ $errors == *'c0'* ]]
}

@test "named arguments, where a function has them" {
    check 0 "aflatten --no-header -n 1 \"mask('Ab-1', otherChar => '#'), mask(lowerChar => null, str => 'Ab')\" in"
    same masked "$output" $'Xx#n\tXb'
    check 2 "aflatten \"mask(str => 'a', 'b')\" in";                  [[ $errors == *'stands before those with one'* ]]
    check 2 "aflatten \"mask('a', what => 'b')\" in";                 [[ $errors == *'mask has no argument what'* ]]
    check 2 "aflatten \"mask('a', str => 'b')\" in";                  [[ $errors == *'mask has str twice'* ]]
    check 2 "aflatten \"mask(upperChar => 'b')\" in";                 [[ $errors == *'mask lacks its argument str'* ]]
    check 2 "aflatten \"upper(s => 'b')\" in";                        [[ $errors == *'have no names'* ]]
}

@test "formats, schemas and options that are wrong are refused before anything is read" {
    local call
    for call in "to_char(v, '9S9')" "to_char(1, 'abc')" "to_number(s, '9,')" "to_number(s, g)" \
        "from_csv(s, 'a array<int>')" "from_csv(s, 'int')" "from_csv(s, 'a int', map('sep', ';;'))" \
        "from_csv(s, 'a int', map('mode', 'DROPMALFORMED'))" \
        "to_csv(struct(v), map('lineSep', 'x'))" "schema_of_csv(s)" "schema_of_json(s)" "from_csv(s, g)"; do
        if [ "$call" = "to_char(v, '9S9')" ]; then # it might be a pattern of a time: the first number tells
            check 1 "aflatten \"$call\" in";                          [[ $errors == *'in:1:'*'expected [MI|S]'* ]]
        else
            check 2 "aflatten \"$call\" in";                          [[ $errors == *$'\n  ^'* ]]
        fi
    done
    check 1 "aflatten \"to_number(s, '99')\" in";                     [[ $errors == *'in:1:'*'try_to_number'* ]]
    check 1 "aflatten \"from_csv(g, 'a int', map('mode', 'FAILFAST'))\" in"
    [[ $errors == *'not of the schema'* ]]
    check 1 "aflatten 'assert_true(v < 5, g)' in";                    [[ $errors == *"in:2:"*"assert_true: 'b'"* ]]
    check 0 "aflatten --bad skip 'assert_true(v < 5, g) as a, v' in";   [[ $errors == *'2 bad records'* ]]
}

@test "an option that is null is refused, as in Spark: there is no text to go by" {
    local call
    for call in "from_csv(s, 'a int', map('sep', null))" "to_csv(struct(v), map('sep', null))" \
        "schema_of_csv('1', map('sep', null))" "from_json(s, 'a int', map('sep', null))" \
        "to_json(struct(v), map('sep', null))" "schema_of_json('[1]', map('sep', null))"; do
        check 2 "aflatten \"$call\" in";                              [[ $errors == *'the option sep is null'* ]]
    done
    check 2 "aflatten \"from_json(s, 'a int', map('mode', null))\" in"
    [[ $errors == *'the option mode is null'* ]]
}

@test "a pattern of hundreds of zones, whose name is as long as it may be" {
    local slashes pattern
    printf -v slashes '/%.0s' {1..52}
    printf -v pattern 'z %.0s' {1..300}
    check 0 "TZ=Europe${slashes}Berlin aflatten -n 1 --no-header \"date_format(timestamp '2024-01-01', '$pattern')\" in"
    same zones "${#output}" $((300 * 65))
}

@test "aggregates: partial states, windows, filters, distinct, next to no memory: the same" {
    awk 'BEGIN { srand(3); for (i = 0; i < 60000; i++)
        printf "{\"g\":%d,\"v\":%d,\"f\":%s,\"w\":%d,\"t\":\"20%02d-%02d-11 10:00:00\"}\n", rand() * 500, rand() * 100,
            rand() < .1 ? "null" : rand() * 1000 - 500, rand() * 4, 1 + rand() * 29, 1 + rand() * 12 }' >many
    local list="skewness(f), kurtosis(f), kurtosis(distinct v), percentile(f, array(0.1, 0.5), w) filter (where v > 3),
        median(to_date(t)), median(make_dt_interval(v)), approx_percentile(to_timestamp(t), 0.2),
        histogram_numeric(f, 4), histogram_numeric(to_date(t), 3), bitmap_count(bitmap_construct_agg(v)), mode(w, true),
        collect_set(to_date(t)), collect_set(make_ym_interval(w))"
    list=${list//$'\n'/ }
    check 0 "aagg -j 1 -T json -g g -o g \"$list\" many";                              local want=$output
    check 0 "aagg -j 3 --memory 1M -T json -g g -o g \"$list\" many"
    same 'little memory' "$output" "$want"
    check 0 "split -n l/5 many part.; for p in part.*; do aagg --partial -g g \"$list\" \$p; done |
        aagg --merge -T json -g g -o g \"$list\""
    same merged "$output" "$want"
    check 0 "aflatten -T json -o g \"g, skewness(f) over (partition by g) as s,
        median(to_date(t)) over (partition by g) as m, row_number() over (partition by g order by v) as n\" many |
        jq -c 'select(.n == 1) | [.s, .m]'"
    local windows=$output
    check 0 "aagg -T json -g g -o g 'skewness(f) as s, median(to_date(t)) as m' many | jq -c '[.s, .m]'"
    same windows "$windows" "$output"
}

@test "aggregates that cannot be: what does not go together, weights, bins" {
    check 1 "aagg 'percentile(v, 0.5, w - 2)' in";                    [[ $errors == *'in:2:'*'less than 0 times'* ]]
    check 2 "aagg 'percentile(v, w, 0.5)' in";                        [[ $errors == *'argument 3 must be a constant'* ]]
    check 1 "aagg 'median(if(v > 2, v, make_dt_interval(v)))' in";    [[ $errors == *'no common order'* ]]
    check 2 "aagg 'histogram_numeric(v, 1)' in";                      [[ $errors == *'how many bins'* ]]
    check 2 "aagg 'mode(v, 1)' in";                                   [[ $errors == *'true or false'* ]]
    check 1 "aagg 'bitmap_construct_agg(v * 10000)' in";              [[ $errors == *'bits 0 to 32767'* ]]
    check 1 "aagg 'bitmap_or_agg(v)' in";                             [[ $errors == *'no binary'* ]]
}

@test "what collect_list and collect_set gather keeps its type" {
    check 0 "aagg --no-header 'typeof(collect_list(to_date(t))),
        array_max(collect_set(to_timestamp(t))) + interval 1 hour' in"
    same typed "$output" $'array<date>\t2021-01-01 01:00:00'
    check 0 "aagg --no-header 'typeof(collect_list(struct(to_date(t) as d, v)))' in"
    same 'within structs, with nulls' "$output" 'array<struct<d:date,v:bigint>>'
}

@test "a length of months and days is written as what it is" {
    check 0 "aflatten --no-header -n 1 'make_interval(1, 2, 0, 3), typeof(make_interval(1)),
        array(make_interval(0, 1, 1))[0]' in"
    same text "$output" $'1 years 2 months 3 days\tinterval\t1 months 7 days'
}
