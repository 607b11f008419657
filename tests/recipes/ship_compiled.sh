# With the Python of the runtime. Zip files round the time of a file, and Python would discard
# bytecode whose source has another time than it was made from: this bytecode is never checked.
python -m compileall -q --invalidation-mode unchecked-hash function
cd function && python -m zipfile -c ../function.zip .
