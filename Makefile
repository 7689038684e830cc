# atools: everything starts here. `make help` lists the targets.

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BUILD   ?= build
BIN     ?= bin
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)

# What makes an attacker's work harder; tests/lint/hardened.sh looks that it is in. HARDEN= HARDEN_LINK= turns it off.
HARDEN      ?= -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
HARDEN_LINK ?= -pie -Wl,-z,relro,-z,now

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Icommon -pthread \
             -Wall -Wextra -Wconversion -Wshadow $(HARDEN) $(CFLAGS)

# All parts are in one archive, out of which a tool links what it uses; only the Kafka tools load librdkafka and the
# codecs.
PARTS   = $(wildcard common/*/*.c common/*/*/*.c)
ARCHIVE = $(BUILD)/libatools.a

.DEFAULT_GOAL = all
TOOLS = $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
KAFKA = aproduce aconsume atopic
TLS = -lcrypto
CODECS = -lsnappy -llz4 -lzstd -lbrotlidec
LOG = -lrdkafka $(TLS) $(CODECS)
USE_REGEX = aslice aflatten aagg ajoin aland aread aserve asql
STORES = aland aread
STORE = -lcurl -lexpat $(TLS)
SERVERS = aserve
SERVE = -lmicrohttpd

all: $(TOOLS:%=$(BIN)/%) ## the tools, into bin/ (the default)

# Unit tests: tests/unit/test_PART.c, one program each, cmocka; they link what they use out of an archive of all parts.
UNITS = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
units: $(UNITS:%=$(BUILD)/tests/%) ## the unit test programs
# q, not r: parts in different folders may have the same name.
$(ARCHIVE): $(PARTS:%.c=$(BUILD)/%.o) $(BUILD)/page.o $(if $(LINKED),$(BUILD)/linked.o)
	rm -f $@
	ar qcs $@ $^
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(ARCHIVE)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LOG) $(STORE) -lz -lm -lpcre2-8

# The page that aserve shows, as bytes: its files are in the program.
PAGE = $(addprefix common/serve/,page.html page.css page.js icon.svg)
$(BUILD)/page.c: $(PAGE)
	@mkdir -p $(@D)
	@{ echo '#include <stddef.h>'; for file in $(PAGE); do name=$$(basename $$file | tr . _); \
	    echo "extern const unsigned char asset_bytes_$$name[]; extern const size_t asset_len_$$name;"; \
	    echo "const unsigned char asset_bytes_$$name[] = {"; od -An -v -tu1 $$file | sed 's/[0-9][0-9]*/&,/g'; \
	    echo "}; const size_t asset_len_$$name = sizeof asset_bytes_$$name;"; done; } > $@
$(BUILD)/page.o: $(BUILD)/page.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Drivers of libFuzzer (clang only): tests/fuzz/fuzz_WHAT.c, built like the unit tests in a folder of their own.
FRAMES = -O1 -g -fno-omit-frame-pointer
FUZZ = HARDEN= BUILD=build/fuzz CC=clang \
       CFLAGS='$(FRAMES) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined'
fuzzers:
	+@$(AGAIN) $(FUZZ) $(patsubst tests/fuzz/%.c,build/fuzz/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
$(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(ARCHIVE)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LOG) -lz -lm -lpcre2-8

# The same drivers without libFuzzer, with any compiler: mutate_WHAT COUNT FILE….
MUTATED = $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
mutants: $(MUTATED:%=$(BUILD)/tests/mutate_%)
$(BUILD)/tests/mutate_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/mutate.o $(ARCHIVE)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LOG) -lz -lm -lpcre2-8

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(TOOLS:%=$(BIN)/%): $(BIN)/%: $(BUILD)/cmd/%.o $(ARCHIVE)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HARDEN_LINK) $(LDFLAGS) -o $@ $^ $(if $(filter $(@F),$(KAFKA)),$(LOG)) \
	    $(if $(filter $(@F),$(STORES)),$(STORE)) $(if $(filter $(@F),$(SERVERS)),$(SERVE)) \
	    $(LINKED) -lz -lm $(if $(filter $(@F),$(USE_REGEX)),-lpcre2-8)

# The lists of functions in the manual come from the functions' rows.
LISTING = man/atools-expr.7 man/aagg.1 man/aslice.1
$(BUILD)/manual: $(BUILD)/scripts/manual.o $(ARCHIVE)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lz -lm -lpcre2-8
man-functions: $(BUILD)/manual ## writes the lists of functions into man/, once a function's row has changed
	@set -e; for page in $(LISTING); do \
	    $< $$page > $(BUILD)/page; cmp -s $(BUILD)/page $$page || cp $(BUILD)/page $$page; done

# For machines that have no more than a C library: the tools linked once more, so that they look for libraries beside
# themselves (RPATH, which counts for what the libraries need as well).
BUNDLE = $(BUILD)/bundle
bundle: $(ARCHIVE) ## build/bundle/atools.tar.gz: the tools with the libraries they need, to be unpacked anywhere
	+@$(AGAIN) BIN=$(BUNDLE)/atools/bin LDFLAGS="-s -Wl,--disable-new-dtags,-rpath,'\$$\$$ORIGIN/../lib'" all
	scripts/bundle $(BUNDLE)/atools $(BUNDLE)/atools.tar.gz

# For machines of which nothing is known: tools in one file each, with the codecs that others load when they are needed.
# Those that talk to HDFS and S3, and aserve, need libraries that distributions do not have so. That names of hosts are
# looked up by libraries, of which the linker warns, is long past with glibc for files and DNS.
STATIC = aslice aflatten aagg ajoin asql $(KAFKA)
LOADED = common/base/expand.c common/base/shrink.c common/parquet/codec.c
static: ## build/static/bin: tools without stores and aserve, that need no library at all
	+@$(AGAIN) BUILD=$(BUILD)/static BIN=$(BUILD)/static/bin CFLAGS='$(CFLAGS) -DLIBRARY_LINKED' \
	    HARDEN_LINK='-static-pie -Wl,-z,relro,-z,now' TLS='-lssl -lcrypto' \
	    LDFLAGS="-s $$(! ld --help | grep -q no-warnings || echo -Wl,--no-warnings)" \
	    LINKED='-lsnappy -llz4 -lzstd -lbrotlidec -lbrotlicommon -lbz2 -llzma -lstdc++' \
	    $(STATIC:%=$(BUILD)/static/bin/%)
$(BUILD)/linked.c: $(LOADED)
	@mkdir -p $(@D)
	@{ echo '#include "base/library.h"'; \
	names=$$(grep -ohE '\{"[A-Za-z0-9_]+", &' $(LOADED) | tr -d '{", &' | sort -u); \
	for name in $$names; do echo "extern const char $$name[];"; done; \
	echo 'const struct library_linked library_linked[] = {'; \
	for name in $$names; do echo "{\"$$name\", $$name},"; done; echo '{0}};'; } > $@
$(BUILD)/linked.o: $(BUILD)/linked.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Sample data, never in the repository: data/attempts.json, and replicas as data/attempts-100.json or .ndjson.
GENERATE = @mkdir -p $(@D) && echo 'scripts/gen-attempts > $@' && scripts/gen-attempts
GENERATOR = scripts/gen-attempts scripts/exams.tsv
data/attempts.json: $(GENERATOR)
	$(GENERATE) > $@
data/attempts.ndjson: $(GENERATOR)
	$(GENERATE) --ndjson > $@
data/attempts-%.json: $(GENERATOR)
	$(GENERATE) --replicas $* > $@
data/attempts-%.ndjson: $(GENERATOR)
	$(GENERATE) --replicas $* --ndjson > $@

# The same rules again in a folder of their own, for the sanitizers; -j unless it was given.
AGAIN = $(MAKE) $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS)) --no-print-directory -s
ASAN = HARDEN= BUILD=build/asan BIN=build/asan/bin \
       CFLAGS='$(FRAMES) -fsanitize=address,undefined -fno-sanitize-recover=undefined'
MSAN = HARDEN= BUILD=build/msan BIN=build/msan/bin CC=clang \
       CFLAGS='$(FRAMES) -fsanitize=memory -fsanitize-memory-track-origins'
TSAN = HARDEN= BUILD=build/tsan BIN=build/tsan/bin CFLAGS='-O1 -g -fsanitize=thread'

# Checks are made with -Werror, unless CFLAGS say otherwise.
STRICT = $(if $(filter file,$(origin CFLAGS)),CFLAGS='$(CFLAGS) -Werror')

demo: ## the workflow's tables from generated data (installs what is missing)
	@scripts/setup build demo
	+@$(AGAIN) all data/attempts.json
	@scripts/demo

demo-kafka: ## the same through a real Kafka broker, started for it
	@scripts/setup build demo test
	+@$(AGAIN) all data/attempts.json
	@folder=$$(mktemp -d) && trap 'scripts/kafka stop --wipe $$folder/kafka' EXIT && \
	scripts/kafka start $$folder/kafka && \
	scripts/demo "$$(cat $$folder/kafka/bootstrap)"

demo-hdfs: ## the same with its tables in a real HDFS, started for it
	@scripts/setup build demo test
	+@$(AGAIN) all data/attempts.json
	@folder=$$(mktemp -d) && trap 'scripts/hdfs stop --wipe $$folder/hdfs' EXIT && \
	scripts/hdfs start $$folder/hdfs && \
	scripts/demo file:log "$$(cat $$folder/hdfs/webhdfs)/tmp"

LIVE ?= -r 20
demo-live: ## answers as they come, batch and speed layer, a page; LIVE='-b BROKERS -r RATE' (scripts/lambda -h)
	@scripts/setup build demo test
	+@$(AGAIN) all
	@scripts/lambda $(LIVE)

demo-live-kafka: ## the same through a real Kafka broker, started for it
	@scripts/setup build demo test
	+@$(AGAIN) all
	@folder=$$(mktemp -d) && trap 'scripts/kafka stop --wipe $$folder/kafka' EXIT && \
	scripts/kafka start $$folder/kafka && \
	scripts/lambda -b "$$(cat $$folder/kafka/bootstrap)" $(LIVE)

check: ## all tests that take no more than ten minutes together (installs what is missing)
	@scripts/setup build demo test
	+@$(AGAIN) $(STRICT) all units data/attempts.json data/attempts.ndjson
	+@$(AGAIN) $(ASAN) all units mutants
	@tests/run -j $(JOBS) unit cli interop asan kafka log lint

test: ## only the unit and command line tests, without sanitizers and brokers
	+@$(AGAIN) all units data/attempts.json data/attempts.ndjson
	@tests/run -j $(JOBS) unit cli

lint: ## gcc and clang without warnings, shellcheck, man pages, and (minutes) clang-tidy and cppcheck
	@scripts/setup build test
	+@$(AGAIN) $(STRICT) all data/attempts.json
	@tests/run -j $(JOBS) lint analyse

analyse: ## clang-tidy and cppcheck alone: what make lint does beyond make check
	@scripts/setup build test
	+@$(AGAIN) $(STRICT) all data/attempts.json
	@tests/run -j $(JOBS) analyse

check-long: ## large files: memory and time bounds
	@scripts/setup build demo test
	+@$(AGAIN) all data/attempts-100.json data/attempts-100.ndjson
	@tests/run long

check-kafka-long: ## crashes, fencing and restarts against a real broker
	@scripts/setup build demo test
	+@$(AGAIN) all data/attempts.json data/attempts.ndjson
	@tests/run kafka-long

check-faults: ## lets calls of the tools fail, some thirty of each kind (tests/faults/faults.tap.py --all: each)
	@scripts/setup build demo test
	+@$(AGAIN) all
	@tests/run faults

check-interop: ## Parquet beside pyarrow, DuckDB, polars, fastparquet: all that make check does a part of
	@scripts/setup build demo test
	+@$(AGAIN) all units data/attempts.json data/attempts.ndjson
	@tests/run interop-long

check-hdfs: ## stores in a real HDFS, which Maven brings
	@scripts/setup build test
	+@$(AGAIN) all units data/attempts.ndjson
	@tests/run hdfs

check-s3: ## stores in a real S3 server, which go brings
	@scripts/setup build test
	+@$(AGAIN) all units data/attempts.ndjson
	@tests/run s3

check-page: ## the page of aserve in Chromium, aserve under hostile load, its view in PostgreSQL, Redis, Prometheus
	@scripts/setup build test page
	+@$(AGAIN) all
	@tests/run page

check-sanitizers: ## command line tests under ASan, UBSan, and threads under TSan: what make check does a part of
	@scripts/setup build demo test
	+@$(AGAIN) $(ASAN) all units data/attempts.json data/attempts.ndjson
	+@$(AGAIN) $(TSAN) all
	@tests/run -j $(JOBS) asan-cli tsan

check-msan: ## unit and command line tests without a read of memory that nobody wrote (clang's MemorySanitizer)
	@scripts/setup build test
	+@$(AGAIN) $(MSAN) $(TOOLS:%=build/msan/bin/%) units
	@tests/run -j $(JOBS) msan

check-spark: ## our answers against real Spark's, which pip brings
	@scripts/setup build demo test
	+@$(AGAIN) all units data/attempts.json data/attempts.ndjson
	@tests/run spark

check-spark-streams: ## asks Spark's streams again, minutes; make check compares ours with the answers that are kept
	@scripts/setup build demo test
	+@$(AGAIN) all
	@tests/run spark-long

check-scale: ## pipes over parts of an input, under a Spark of several processes, which pip brings
	@scripts/setup build demo test
	+@$(AGAIN) all bundle static data/attempts.json data/attempts.ndjson
	@tests/run scale

fuzz: ## FUZZ_SECONDS (60) of libFuzzer on each driver of tests/fuzz
	@scripts/setup build test
	@scripts/fuzz $(or $(FUZZ_SECONDS),60)

fuzz-million: ## a million mutated inputs, the same each time, through the drivers of tests/fuzz under ASan and UBSan
	@scripts/setup build test
	+@$(AGAIN) $(ASAN) mutants
	@MUTATED=1000000 tests/run -j $(JOBS) mutated

bench: ## speed and memory beside jq, jaq, DuckDB, ClickHouse, simdjson, kcat: BENCHMARKS.md
	@scripts/setup build demo
	+@$(AGAIN) all
	@scripts/bench

deps: ## what atools is built and tested with, through apt where possible
	@scripts/setup build demo test

MAN         = $(wildcard man/*.[1-8])
BESIDE      = atools-spark atools-hadoop
# What those two have in common.
MODULES     = $(notdir $(wildcard scripts/atools_*.py))
INSTALLED   = $(TOOLS:%=bin/%) $(BESIDE:%=bin/%) $(MODULES:%=share/atools/%) \
              $(foreach page,$(MAN),share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
              $(TOOLS:%=share/bash-completion/completions/%) $(TOOLS:%=share/zsh/site-functions/_%)

# Completions are made by the tools, out of their tables of options; RUN is what starts them where they are foreign.
$(BUILD)/completions/%.bash: $(BIN)/%
	@mkdir -p $(@D)
	$(RUN) $< --completion bash >$@
$(BUILD)/completions/_%: $(BIN)/%
	@mkdir -p $(@D)
	$(RUN) $< --completion zsh >$@
COMPLETIONS = $(TOOLS:%=$(BUILD)/completions/%.bash) $(TOOLS:%=$(BUILD)/completions/_%)
completions: $(COMPLETIONS) ## for bash and zsh, into build/completions

install: all completions ## binaries, man pages, completions below $(DESTDIR)$(PREFIX)
	@set -e; to='$(DESTDIR)$(PREFIX)'; put() { mkdir -p "$$to/$${3%/*}"; install -m "$$1" "$$2" "$$to/$$3"; }; \
	for tool in $(TOOLS); do put 755 "$(BIN)/$$tool" "bin/$$tool"; done; \
	for script in $(BESIDE); do put 755 "scripts/$$script" "bin/$$script"; done; \
	for module in $(MODULES); do put 644 "scripts/$$module" "share/atools/$$module"; done; \
	for page in $(MAN); do put 644 "$$page" "share/man/man$${page##*.}/$${page##*/}"; done; \
	for tool in $(TOOLS); do put 644 "$(BUILD)/completions/$$tool.bash" "share/bash-completion/completions/$$tool"; \
	put 644 "$(BUILD)/completions/_$$tool" "share/zsh/site-functions/_$$tool"; done; \
	echo "installed $(words $(INSTALLED)) files below $$to"

uninstall: ## takes away what install brought
	rm -f $(INSTALLED:%='$(DESTDIR)$(PREFIX)'/%)

print-flags: # for the analysers
	@echo '$(filter-out -g -O%,$(ALL_CFLAGS))'

clean: ## removes what was built; data/ stays
	rm -rf $(BUILD) $(BIN)

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | expand -t 18

.PHONY: all units bundle static man-functions demo demo-kafka demo-live demo-live-kafka demo-hdfs \
        check test lint analyse \
        check-long check-faults check-kafka-long check-interop check-hdfs \
        check-s3 check-page check-scale \
        check-sanitizers check-msan check-spark check-spark-streams fuzz fuzz-million fuzzers mutants bench deps \
        completions install uninstall print-flags clean help
.DELETE_ON_ERROR:

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d $(BUILD)/*/*/*/*.d)
