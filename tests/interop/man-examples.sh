#!/bin/bash
# Makes the sample files that the man pages' examples speak of, in the present folder (which holds
# attempts.json and attempts.ndjson already).
set -eu
gzip -kn attempts.ndjson
atopic create -q -b file:log examined # of which atopic(1) asks whether it is whole
aflatten 'user_exam_id, exam_name, sequences.counts.*' attempts.ndjson > attempts.tsv
printf '{"user_id":%d,"ts":"2024-05-01T10:%d:00Z"}\n' 1 10 2 12 1 35 1 58 > clicks.json
