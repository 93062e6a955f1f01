"""Canvas: what a roster reads of an account, and the gradebook of each of its courses.

api.py          the server, and what a roster reads of it
grade_api.py    the routes of grades
post_policy.py  whether grades are shown at once, in GraphQL
answers.py      who may come in, a page of records, one record
pages.py        pages, and the Link header that leads from one to the next
refusals.py     what it says when it refuses
throttle.py     the leaky bucket of a token
bodies.py       JSON, or a form whose names nest in brackets
find.py         whom and what a request names

records.py      a district as Canvas's records: terms, courses, sections, users, enrollments
columns.py      assignments and their groups as records
submissions.py  students' marks as records
shapes.py       what a response looks like
contract.py     the same held against recordings of a real Canvas, where those are at hand

gradebook.py    everything Canvas remembers of grades, and each change of it
editing.py      what may be written into a column
marks.py        what a posted grade means
grading.py      how a grade gets into a column
jobs.py         bulk updates and their progress
periods.py      grading periods
class_list.py   which students a grader reaches
control.py      what people do in Canvas behind an export's back
"""
