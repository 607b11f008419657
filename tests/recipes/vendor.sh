# Copy the module that is installed into the package acme: the first time, and to update it.
mkdir -p acme/_vendor
touch acme/_vendor/__init__.py
cp "$(python -c 'import connectly_errors; print(connectly_errors.__file__)')" \
  acme/_vendor/connectly_errors.py

# Which version is the copy?
python -c 'from acme._vendor import connectly_errors; print(connectly_errors.__version__)'
