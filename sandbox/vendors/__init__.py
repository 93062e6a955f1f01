"""The vendors' servers, on this machine only: one invented district behind Clever, ClassLink, OneRoster and Canvas.

account.py     a district as the vendors hold it, and its nights
view.py        which part of a district is shared, and when each row of it last changed
changes.py     what differs between two nights
people.py      what vendors know besides the roster: guardians, birth dates, home addresses
ids.py         the ids that vendors give
behaviour.py   how a vendor behaves where vendors differ
collection.py  rows as rendered JSON, cut into pages
faults.py      what goes wrong, by name, at which request
accidents.py   the faults that strike any response: silence, slowness, cut bodies, pages of HTML
control.py     turn the night, switch faults, change behaviour
serving.py     all servers of one sandbox, in a thread or in a process of their own
contract.py    every response held against the vendors' published schemas
clever/  oneroster/ (ClassLink too)  canvas/
"""
