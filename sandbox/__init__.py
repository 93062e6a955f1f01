"""An offline world to try Rollbook in: invented districts, their nights, and the mistakes real exports make.

names.py     what people are called
district.py  a district: schools, terms, courses, classes, staff, students, who sits where
nights.py    the district a night later, and exactly what a correct plan must say about it
layouts.py   the district as the tables a student information system exports
defects.py   those tables spoiled, with a list of every mistake made
mistakes.py  the mistakes themselves
write.py     the tables as files: CSV, TSV, XLS, XLSX
grades.py    a gradebook: activities of its classes, scores of its students
demo/        what `make demo` shows
"""
