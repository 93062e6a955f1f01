"""OneRoster 1.1 and 1.2: what SIS servers and ClassLink give by REST, and packages of CSV files.

rows.py       a district as OneRoster's rows, without a form
gradebook.py  its line items and results, where it shares them
tombstones.py what a night withdrew, and what it gave back
rest.py       a row as JSON, in the shape of a version
query.py      limit, offset, sort, filter, fields
collections.py every collection and every relation, as rendered rows
access.py     who asks: OAuth 1.0a signatures, bearers, client credentials with scopes
api.py        the REST servers
classlink.py  ClassLink's proxy before the same data
package.py    CSV packages, bulk and delta
shapes.py     what a response looks like
"""
