# atools: everything starts here. `make help` lists the targets.

CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BUILD   ?= build
BIN     ?= bin

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Icommon -pthread \
             -Wall -Wextra -Wconversion -Wshadow $(CFLAGS)

# Which tool links which part. A part is one object; only the Kafka tools load librdkafka.
BASE   = diag mem options input output
JSON   = $(BASE) json path frame chunks scan scan_avx2 scan_avx512 walk
SQL    = $(JSON) rows tsv value expr table

aslice_PARTS   = $(SQL)
aflatten_PARTS = $(SQL)
aagg_PARTS     = $(SQL)
ajoin_PARTS    = $(SQL)
aproduce_PARTS = $(JSON)
aconsume_PARTS = $(JSON)
atopic_PARTS   = $(JSON)

TOOLS = $(patsubst cmd/%.c,%,$(wildcard cmd/*.c))
KAFKA = aproduce aconsume atopic

all: $(TOOLS:%=$(BIN)/%)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

.SECONDEXPANSION:
$(TOOLS:%=$(BIN)/%): $(BIN)/%: $(BUILD)/cmd/%.o $$(patsubst %,$(BUILD)/common/%.o,$$($$*_PARTS))
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(if $(filter $(notdir $@),$(KAFKA)),-lrdkafka) -lz -lm

clean:
	rm -rf $(BUILD) $(BIN)

.PHONY: all clean
.DELETE_ON_ERROR:

-include $(wildcard $(BUILD)/*/*.d)
