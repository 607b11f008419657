#!/bin/sh
# Make function.zip from the folder function, compiled, for a read-only disk. Run it with
# the Python of the runtime. It stops if a file doesn't compile, and makes no zip.
set -eu
rm -f function.zip
find function -name __pycache__ -exec rm -r {} +
# Zip files round times, so Python would discard bytecode that is checked by its time.
python3 -m compileall -q --invalidation-mode unchecked-hash function
cd function
python3 -m zipfile -c ../function.zip .
