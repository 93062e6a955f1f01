"""Canvas's API, for the roster that is read from it and the grades that are sent to it.

access.py   the token, throttles, the Test button's question
pages.py    lists: opaque links, read until they stand still
courses.py  a course, and its students
columns.py  assignments: the columns of its gradebook
marks.py    scores: read, sent in bulk, sent one by one
"""
