"""An offline world to try Rollbook in: invented districts, their nights, and the mistakes real exports make.

README.md says how to run it and what each file is.
"""
