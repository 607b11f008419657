"""What a user would pick instead: the seven members, as each library documents it.

Each module has two functions: read takes the bytes of a body, and convert takes what
json.loads returned.
"""
