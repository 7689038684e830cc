# The lint of the C sources (tests/lint/source.py) passes, and fails on each kind of planted fault.
load ../helper

setup() {
    cd "$BATS_TEST_TMPDIR" || exit
    mkdir -p tree/tests/unit tree/build/common/base tree/common tree/cmd
    cp -r "$ROOT/common/base" tree/common/
    cp -r "$ROOT/tests/unit" tree/tests/
}

# plant FILE LINE…: the file of tree/ with these lines, compiled where it is a .c.
plant() {
    printf '%s\n' "${@:2}" >"tree/$1"
    case $1 in *.c) cc -c -o "tree/build/${1%c}o" "tree/$1" ;; esac
}

# refused FILE NUMBER WORDS: the lint's check of that number fails, for these words about the file alone; without the
# file it passes.
refused() {
    check 1 "'$ROOT/tests/lint/source.py' tree"
    [[ $output == *"not ok $2 - "* ]]
    same refused "$(grep '^#' <<<"$output")" "# $1$3"
    rm -f "tree/$1" "tree/build/${1%c}o"
    check 0 "'$ROOT/tests/lint/source.py' tree"
}

@test "source: a part that ends the program; words in comments and texts, and a call through a table, are fine" {
    for call in 'exit(1);' '_exit(1);' 'abort();' 'diag_die(STATUS_IO, "x");' 'problem_die(&problem);'; do
        printf '%s\n' "$call" >tree/common/base/planted.c
        refused common/base/planted.c 1 ":1: only cmd/ ends the program: $call"
    done
    printf '%s\n' '/* exit(1); */' 'a = "abort()";' 'writer->side->abort(writer); x.exit(1);' \
        >tree/common/base/planted.c
    check 0 "'$ROOT/tests/lint/source.py' tree"
}

@test "source: state without a reason; with one above it, on its line, above its neighbours, or constant, it is fine" {
    for line in 'static int planted; void *g(void) { return &planted; }' 'int planted = 1;' \
        'const char *planted = "x";' 'int g(void) { static int planted; return planted++; }'; do
        plant common/base/planted.c "$line"
        refused common/base/planted.c 2 ': planted outlives a call, and no comment there says why'
    done
    plant common/base/planted.c '/* Counted for all. */' 'static int first;' 'static int second;' '' \
        'static int third; /* and so on */' 'static const int none = 3;' '/* One. */' 'static struct {' \
        '    int a;' '} planted;' 'void *g(int n) { first = second = third = n; planted.a = n; return (void *)&none; }'
    check 0 "'$ROOT/tests/lint/source.py' tree"
}

@test "source: a comment that cites a document which is not in the repository" {
    name=$(tr a-z A-Z <<<design)
    plant common/base/planted.c "/* As $name says. */"
    refused common/base/planted.c 3 ":1: cites what is not here: /* As $name says. */"
}

@test "source: a header without a test of its name, that no README.md names" {
    plant common/base/planted.h '#define PLANTED 1'
    refused common/base/planted.h 4 ': no tests/unit/test_planted.c, and no README.md says which test is its own'
    plant common/base/planted.h '#define PLANTED 1'
    touch tree/tests/unit/test_planted.c
    check 0 "'$ROOT/tests/lint/source.py' tree"
}

@test "source: a function without its part's name in front; that of a type of the folder, or of the folder, will do" {
    touch tree/tests/unit/test_planted.c
    plant common/base/planted.h '/* Does it. */' 'int stray(int a);'
    refused common/base/planted.h 5 ": stray has not the name of its part, its folder or a type of it in front"
    plant common/base/planted.h 'struct bucket { int a; };' 'int planted_run(int a);' \
        'void bucket_free(struct bucket *b);' 'void base_start(void);'
    check 0 "'$ROOT/tests/lint/source.py' tree"
}
