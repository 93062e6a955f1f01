"""Vendors over HTTP.

client.py     one host, asked patiently
patience.py   how patiently
windows.py    how long a vendor asks us to wait
addresses.py  what an address leads to
"""
