#!/bin/bash
# Makes the sample files that the man pages' examples speak of, in the present folder (which holds
# attempts.json and attempts.ndjson already).
set -eu
gzip -kn attempts.ndjson
atopic create -q -b file:log examined # of which atopic(1) asks whether it is whole
