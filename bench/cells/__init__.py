"""Pieces of work, each done and measured by `bench.cell` in a process of its own.

A module has `prepare(order)`, which is not measured, and `work(order)`, which is and returns what else is to be told.
"""
