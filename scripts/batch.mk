# A batch job as a Makefile: files come in, tables come out, each step is done once.
#
#     make -f batch.mk -j4 IN=incoming OUT=tables
#
# What make gives for nothing: only new files are read (a re-run does what is left), files are worked on
# in parallel with -j, a step that fails leaves no half-written table (.DELETE_ON_ERROR) and stops what
# depends on it, -k goes on with the rest, -n shows what would be done. Copy this file and change the
# steps. A file should appear in IN by `mv` from the same file system, so that it is never seen half
# written. With BROKERS set (host:port, or file:DIR) each new file is published as well, exactly once:
# `--once` keeps count on the broker's side, also if the stamps under OUT are lost.

IN      ?= incoming
OUT     ?= tables
TOPIC   ?= exams
BROKERS ?=

SHELL       = bash
.SHELLFLAGS = -o pipefail -ec

JSON    = $(wildcard $(IN)/*.json)
GZIPPED = $(wildcard $(IN)/*.json.gz)
NAMES   = $(sort $(JSON:$(IN)/%.json=%) $(GZIPPED:$(IN)/%.json.gz=%))
FLAT    = $(NAMES:%=$(OUT)/attempts/%.tsv)

all: $(OUT)/exams.tsv $(OUT)/proficiency.tsv $(if $(BROKERS),$(NAMES:%=$(OUT)/published/%))

# One flat table a file: the records of an array, of NDJSON or of concatenated JSON, gzip or not.
flatten = @mkdir -p $(@D) && echo 'aflatten $< > $@' && \
          aflatten 'user_exam_id, exam_name, sequences.counts.*' $< > $@
$(OUT)/attempts/%.tsv: $(IN)/%.json
	$(flatten)
$(OUT)/attempts/%.tsv: $(IN)/%.json.gz
	$(flatten)

# Tables over all files.
$(OUT)/exams.tsv: $(FLAT)
	@[ -n '$(FLAT)' ] || { echo 'nothing in $(IN)' >&2; exit 1; }
	aagg -g exam_name -o 'exam_count desc' 'count(exam_name) as exam_count' $(FLAT) > $@

PROFICIENCY = count_if(all_correct) as All_True, count_if(not all_correct) as Not_All_True, \
              round(All_True / (All_True + Not_All_True), 2) as Proficiency
$(OUT)/proficiency.tsv: $(FLAT)
	@[ -n '$(FLAT)' ] || { echo 'nothing in $(IN)' >&2; exit 1; }
	aagg -g exam_name -o 'Proficiency desc' '$(PROFICIENCY)' $(FLAT) > $@

# One message a record.
publish = @mkdir -p $(@D) && echo 'aproduce $<' && \
          aslice -c '.[]' $< | aproduce -q -b '$(BROKERS)' -t '$(TOPIC)' --once '$(TOPIC).$*' && touch $@
$(OUT)/published/%: $(IN)/%.json
	$(publish)
$(OUT)/published/%: $(IN)/%.json.gz
	$(publish)

.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:
