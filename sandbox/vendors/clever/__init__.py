"""Clever: the Data API and the Events API in versions 3.0 and 3.1, the tokens of districts, and files by SFTP.

records.py    a district as Clever's records
people.py     its users: students, teachers, staff, administrators, contacts
pages.py      lists, their links, and how many a page has
relations.py  records of a record: the sections of a school, the users of a section
events.py     what a night writes into the feed
api.py        the servers: api and tokens
shapes.py     what a response looks like
sftp.py       the files a district uploads to Clever
"""
