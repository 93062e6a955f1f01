"""Export grades to Canvas.

collect/         activities and scores of the gradebook's sources: landed, validated, stored
select.py        what a run sends: classes, their Canvas courses, columns
matching.py      which person in Canvas a student is
score_change.py  the decision about one student's score in one column
compare.py       a Canvas course as it is, compared with what it should be
assignments.py   Canvas assignments: created once, found again, renamed
push.py          scores sent in bulk; a bulk update that broke off is resumed
verify.py        scores read back from Canvas
undo.py          an export reverted
ledger.py        states of scores, and the append-only ledger
exports.py       the results of a run's courses
decisions.py     what people decide
report.py        the completion summary
"""
