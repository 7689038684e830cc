#!/bin/bash
# TAP: all of tests/interop/parquet.tap.py.
exec "$(dirname "${BASH_SOURCE[0]}")/../interop/parquet.tap.py" --all
