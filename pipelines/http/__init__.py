"""Call vendors' APIs over HTTP.

client.py        send requests to one host, and retry what may pass
retry_policy.py  time limits, size limits and retries of a request
rate_limit.py    how long a vendor's answer asks the client to wait
addresses.py     scheme, host and port of an address
"""
