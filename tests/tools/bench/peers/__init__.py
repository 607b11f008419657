"""What a user would pick instead: a model of the seven members, as each library documents it.

Each module offers read, for the bytes of a body, and convert, for the dict that json.loads gives.
"""
