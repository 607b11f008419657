#!/bin/sh
# Copy the module from a checkout into the package acme: the first time, and to update it.
#   sh vendor.sh PATH/TO/CHECKOUT
set -eu
mkdir -p acme/_vendor
touch acme/_vendor/__init__.py
cp "$1/connectly_errors.py" acme/_vendor/connectly_errors.py

# Which version is the copy?
python3 -c 'from acme._vendor import connectly_errors; print(connectly_errors.__version__)'
