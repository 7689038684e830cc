# atools: everything starts here. `make help` lists the targets.

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BUILD   ?= build
BIN     ?= bin

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Icommon -pthread \
             -Wall -Wextra -Wconversion -Wshadow $(CFLAGS)

# Which tool links which part. A part is one object; only the Kafka tools load librdkafka.
# A part that is not written yet is left out by `have`, so the tree builds from its first day.
have   = $(patsubst common/%.c,%,$(wildcard $(patsubst %,common/%.c,$1)))
BASE   = diag mem options input output
JSON   = $(BASE) json json_tree json_text path frame chunks scan scan_avx2 scan_avx512 walk
BROKER = broker broker_kafka broker_kafka_admin broker_kafka_group broker_kafka_writer broker_kafka_reader \
         broker_local
SQL    = $(JSON) rows tsv value expr function datetime regex table $(SORT)
SORT   = pool pack spill sort sort_external
GROUP  = group group_key group_spill exact hyperloglog tally aggregate aggregate_number aggregate_value aggregate_list \
         partial

aslice_PARTS   = $(SQL) filter filter_parse filter_run
aflatten_PARTS = $(SQL)
aagg_PARTS     = $(SQL) $(GROUP)
ajoin_PARTS    = $(SQL)
aproduce_PARTS = $(JSON) $(BROKER) properties envelope
aconsume_PARTS = $(JSON) $(BROKER) properties envelope moment
atopic_PARTS   = $(JSON) $(BROKER) properties moment

.DEFAULT_GOAL = all
TOOLS = $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
KAFKA = aproduce aconsume atopic
USE_REGEX = aslice aflatten aagg ajoin

all: $(TOOLS:%=$(BIN)/%)

# Unit tests: tests/unit/test_PART.c, one program each, cmocka; they link what they use out of an archive of all parts.
UNITS = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
units: $(UNITS:%=$(BUILD)/tests/%)
$(BUILD)/libatools.a: $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c))
	rm -f $@
	ar rcs $@ $^
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libatools.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka -lrdkafka -lz -lm -lpcre2-8


$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

.SECONDEXPANSION:
$(TOOLS:%=$(BIN)/%): $(BIN)/%: $(BUILD)/cmd/%.o $$(patsubst %,$(BUILD)/common/%.o,$$(call have,$$($$*_PARTS)))
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(if $(filter $(notdir $@),$(KAFKA)),-lrdkafka) -lz -lm $(if $(filter $(notdir $@),$(USE_REGEX)),-lpcre2-8)

# Sample data, never in the repository: data/attempts.json, and replicas as data/attempts-100.json or .ndjson.
GENERATE = @mkdir -p $(@D) && echo 'scripts/gen-attempts > $@' && scripts/gen-attempts
data/attempts.json: scripts/gen-attempts
	$(GENERATE) > $@
data/attempts.ndjson: scripts/gen-attempts
	$(GENERATE) --ndjson > $@
data/attempts-%.json: scripts/gen-attempts
	$(GENERATE) --replicas $* > $@
data/attempts-%.ndjson: scripts/gen-attempts
	$(GENERATE) --replicas $* --ndjson > $@

clean:
	rm -rf $(BUILD) $(BIN)

.PHONY: all clean units
.DELETE_ON_ERROR:

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
