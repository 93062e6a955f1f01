"""The required form of rows: pandera models, the catalogue of row rules, and code lists.

This package imports no other package of Rollbook.
"""
