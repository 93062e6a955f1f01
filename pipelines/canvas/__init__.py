"""Call Canvas's API: the pipelines read rosters from it and send grades to it.

access.py       open the API with a token, detect throttles, answer the Test button
pages.py        read lists: follow opaque links until two readings agree
courses.py      find a course and read its students
assignments.py  read, create and change Canvas assignments
grades.py       read scores, send scores in bulk or one by one
"""
