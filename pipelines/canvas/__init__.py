"""Canvas's API, for the roster that is read from it and the grades that are sent to it.

access.py  the token, throttles, the Test button's question
pages.py   lists: opaque links, read until they stand still
"""
