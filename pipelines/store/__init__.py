"""The warehouse: where it is, how to speak to it, and how rows get there. SQL itself lives in `sql/`."""
