"""Canvas: what a roster reads of an account: terms, courses, sections, users, enrollments.

records.py   a district as Canvas's records
pages.py     pages, and the Link header that leads from one to the next
refusals.py  what it says when it refuses
throttle.py  the leaky bucket of a token
api.py       the server
shapes.py    what a response looks like
"""
