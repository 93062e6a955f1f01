"""Grades on their way to Canvas.

selection.py  what is to be sent: classes, their Canvas courses, columns
matching.py   who a student is in Canvas
deciding.py   what becomes of one student's score in one column
comparing.py  a course as it is in Canvas, beside what it should be
columns.py    columns made once, and renamed
pushing.py    scores sent in bulk, and what broke off taken up again
verifying.py  scores read back
undoing.py    an export taken back
ledger.py     states, and the ledger that only grows
exports.py    how the courses of a run are going
decisions.py  what people decide
summary.py    what is told of it
"""
