"""Vendors over HTTP.

client.py      one host, asked patiently
impatience.py  the same while a person waits
windows.py     how long a vendor asks us to wait
addresses.py   what an address leads to
"""
