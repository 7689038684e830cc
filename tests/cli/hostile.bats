# Bytes and surroundings that are not what they seem: other formats, terminal controls, wrong time zones, long names.
load ../helper

# made NAME 'BYTES' WORD: an input that must be called WORD.
made() {
    printf "$2" >"$1"
    printf '%s %s\n' "$1" "$3" >>made
}

# told COMMAND…: each of the inputs is refused with its name, from a file and byte by byte through a pipe.
told() {
    local name word
    while read -r name word; do
        check 1 "$* $name"
        [[ $errors == *"$name: this is "*"$word"* ]] || { echo "$1, $name: $errors" >&2; return 1; }
        check 1 "{ for ((i = 1; i < 20; i++)); do head -c \$i $name | tail -c 1; done; tail -c +20 $name; } | $*"
        [[ $errors == *"stdin: this is "*"$word"* ]] || { echo "$1, $name in a pipe: $errors" >&2; return 1; }
    done <made
}

@test "input of another format is named, with what to do, and is never taken for JSON or TSV" {
    rest='\x10\x00\x00\x7f\x0a\x80\x00 \x01\x02\x03\x04\x05\x06\x07\x08\x09'
    made lz4 "\x02\x21\x4c\x18$rest" 'lz4 -dc'
    made lzma "\x5d\x00\x00$rest" 'xz -dc'
    made zip "PK\x03\x04$rest" 'unzip -p'
    made avro "Obj\x01$rest" avro-tools
    made arrow "ARROW1\x00\x00$rest" Parquet
    made sequence "SEQ\x06$rest" hadoop
    made utf16 '\xff\xfe{\x00}\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00' 'iconv -f UTF-16'
    made utf16le '{\x00}\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00' 'iconv -f UTF-16LE'
    made utf16be '\x00{\x00}\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n' 'iconv -f UTF-16BE'
    made utf32 '\xff\xfe\x00\x00{\x00\x00\x00}\x00\x00\x00\n\x00\x00\x00\n\x00\x00\x00' 'iconv -f UTF-32'
    made utf32be '\x00\x00\x00{\x00\x00\x00}\x00\x00\x00\n\x00\x00\x00\n\x00\x00\x00\n' 'iconv -f UTF-32BE'
    told aslice .
    told aflatten a
    told aagg "'count(*)'"
    told aproduce -b file:log -t t
    check 0 "aconsume -b file:log -t t"
    same "nothing arrived" "$output" ''
    delimiter="'\\x00\\x00\\x00\\x00\\x01'"
    while read -r name _; do
        echo '{"k":1}' >r
        check 1 "ajoin -k k '*' $name r"; check 1 "ajoin -k k '*' r $name"
        check 1 "aland -q -d set-$name $name"
        [ ! -e "set-$name" ]
        check 0 "aproduce -q -b file:log -t raw-$name --raw -D $delimiter $name"
        check 0 "aconsume -b file:log -t raw-$name -D $delimiter | head -c \$(stat -c %s $name) | cmp - $name"
    done <made
}

@test "Parquet is named by the tools that do not read it" {
    echo '{"a":1}' | aflatten -T parquet a >p.parquet
    check 1 "aslice . p.parquet"; [[ $errors == *'p.parquet: this is Parquet: '* ]]
    check 1 "aproduce -b file:log -t t p.parquet"; [[ $errors == *'p.parquet: this is Parquet: '* ]]
    check 0 "aflatten a p.parquet"; same read "$output" $'a\n1'
}

@test "bytes that are no text are no header of TSV or CSV" {
    printf 'name\0\0x\n1\n' >nul
    printf '\x89PNG\r\n\x1a\n1\n' >png
    for form in '' '-i tsv' '-i csv'; do
        for select in "'*'" name; do
            check 1 "aflatten $form $select nul"; [[ $errors == *'nul:1: byte 5: a NUL in the header'* ]]
            check 1 "aflatten $form $select png"; [[ $errors == *'png:1: byte 1: the header is not UTF-8'* ]]
        done
    done
    check 1 "aagg 'count(*)' nul"
    printf 'a\n1\n' >good
    check 1 "aagg 'count(*)' good nul"; [[ $errors == *'nul:1: byte 5: '* ]]
}

@test "--table and --schema show controls of C0 and C1 as what they are, never as such" {
    printf '%s\n' '{"a\u001b[31m":"\u001b]0;x\u0007","b\u009b":{"c\u007f":"\u0000\u0090"}}' >in
    for how in "--table=9,0 '*'" "--vertical '*'" --schema; do
        check 0 "aflatten $how in"
        refuse grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$BATS_TEST_TMPDIR/.out"
        [[ $output == *'a\x1b[31m'* && $output == *'\x7f'* ]]
    done
    check 0 "aflatten --table=9,0 '*' in"
    [[ $output == *'\x1b]0;x\a'* && $output == *'\x00\xc2\x90'* ]]
}

@test "messages show controls of arguments, column names and data as what they are" {
    printf 'a\033[31m\tb\302\233\n1\t2\n' >t.tsv
    for command in "aflatten nosuch t.tsv" "aflatten \$'a\\e[31m +' t.tsv" "aflatten a \$'\\e[31m\\302\\233'" \
        "aslice \$'.a\\e' t.tsv" "aslice --\$'x\\e'" "atopic \$'\\e[2J'" "aagg -g b \$'count(\\302\\233' t.tsv" \
        "ajoin -k \$'\\e' a t.tsv t.tsv" "aland -d x \$'\\e'" "aread \$'\\e'" \
        "aproduce -b file:log -t \$'\\e' t.tsv"; do
        bash -c "$command" >/dev/null 2>errors </dev/null || true
        [ -s errors ]
        refuse grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' errors
    done
}

@test "what functions make of bytes that are no UTF-8 is U+FFFD in every form" {
    echo '{}' >one
    for made in "cast(unhex('ff') as string)" "cast(unbase64('/w==') as string)" "url_decode('%ff')" \
        "concat('', unhex('ff'))" "translate('a','a',unhex('ff'))"; do
        for form in tsv csv table json; do
            check 0 "aflatten --no-header -T $form \"$made as r\" one | iconv -t UTF-8 | grep -c $'\xef\xbf\xbd'"
            same "$made as $form" "$output" 1
        done
    done
    check 0 "aagg --no-header -g \"unhex('ff') as k\" 'max(unhex(\"ff\")) as m' one"
    same aagg "$output" $'\xef\xbf\xbd\t\xef\xbf\xbd'
}

@test "a TZ that names no zone is an error, not UTC, wherever times are local" {
    echo '{"a":1}' >one
    aland -q -d set one
    for zone in Nowhere/X :Nowhere/X /nonexistent ../etc/passwd a Europe/Berlin/x EST5EDT4,M3.2 \
        CET-1CEST,M13.5.0,M10.5.0; do
        for command in "aflatten a one" "aagg 'count(*)' one" "ajoin -k a '*' one one" "aland -d s one" "aread set"; do
            check 2 "TZ=$zone $command"
            [[ $errors == *"TZ=$zone: there is no such time zone"* ]] || { echo "$errors" >&2; return 1; }
        done
        check 1 "TZ=$zone aslice 'localtime' <<<0"; [[ $errors == *"TZ=$zone: there is no such time zone"* ]]
        check 1 "TZ=$zone aslice 'strflocaltime(\"%H\")' <<<0"
        check 0 "TZ=$zone aslice 'gmtime | mktime' <<<0"
    done
    for zone in '' UTC :UTC UTC0 CET-1CEST '<+01>-1' Etc/GMT-1; do
        check 0 "TZ='$zone' aflatten --no-header \"date_format(timestamp_seconds(0), 'H')\" one"
        hour=0; case $zone in *-1*) hour=1 ;; esac
        same "$zone" "$output" $hour
        check 0 "TZ='$zone' aslice 'strflocaltime(\"%H\") | ltrimstr(\"0\") | tonumber' <<<0"
        same "$zone of jq" "$output" $hour
    done
}

@test "a name of 120 kB or none under which a tool is started is no matter" {
    long=$(head -c 120000 /dev/zero | tr '\0' x)
    for tool in aslice aflatten aagg ajoin aproduce aconsume atopic aland aread; do
        for name in "$long" '' $'\e[31m'; do
            (exec -a "$name" "$(command -v $tool)" --help) >/dev/null
            (exec -a "$name" "$(command -v $tool)" --nonsense) 2>errors && return 1 || [ $? = 2 ]
            refuse grep -q $'\e' errors
        done
    done
}

@test "thirty thousand open parentheses are refused at once" {
    printf '(%.0s' {1..30000} >many
    for tool in "aflatten -w" "aflatten" "aagg" "asql"; do
        check 2 "timeout 20 $tool \"\$(cat many)\" <<<'{}'"
    done
}

@test "maps of a hundred thousand keys are zipped at once" {
    seq 100000 | awk '{ printf "%s\"k%d\":1", NR == 1 ? "{\"m\":{" : ",", $1 } END { print "}}" }' >many
    check 0 "timeout 20 aflatten --no-header \"size(map_zip_with(cast(m as map<string, int>),
        map_concat(cast(m as map<string, int>), map('x', 1)), (k, x, y) -> x + y))\" many"
    same keys "$output" 100001
}

@test "what is in arrays of a hundred thousand elements is found at once, and as it is among few" {
    local some='sequence(1, 100000)' more='sequence(50001, 150000)'
    check 0 "timeout 20 aflatten --no-header 'size(array_distinct(concat($some, $more))),
        size(array_union($some, $more)), size(array_intersect($some, $more)), size(array_except($some, $more)),
        arrays_overlap($some, sequence(100001, 200000))' <<<'{}'"
    same sizes "$output" $'150000\t150000\t50000\t50000\tfalse'
    for few in "array(0.0D, -0.0D, double('NaN'), null, 1.5D, double('NaN'))" "array(1.0, 1.00, 2, null, 1)" \
        "array('b', 'a', null, 'b', 'B')" "array(struct(1 as a, 'x'), null, struct(2 as a, 'x'), struct(1 as a, 'x'))" \
        "array(date '2020-01-02', date '2020-01-01', null)" "array(array(1), array(1, 2), array(1))" \
        "array(true, false, true)" "array(interval '1' day, interval '24' hour, null)" 'array(1, true, 2.5D)'; do
        check 0 "aflatten --no-header \"array_distinct(a) <=> array_distinct(flatten(array_repeat(a, 9))),
            array_intersect(a, flatten(array_repeat(a, 9))) <=> array_distinct(a),
            size(array_except(a, flatten(array_repeat(a, 9))))\" <<<'{}' -e \"array($few) as a\""
        same "$few" "$output" $'true\ttrue\t0'
    done
}
