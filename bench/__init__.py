"""The benchmark behind docs/performance.md. Each command measures and prints; with --write it keeps the figures, too.

__main__.py, contest.py   whole nights of Rollbook beside two others (`python -m bench`)
pull.py                   pulls from vendors' APIs (`python -m bench.pull`)
grades.py                 exports of grades (`python -m bench.grades`)
safety.py                 undo, looking back, late nights, checks of the database (`python -m bench.safety`)
pages.py                  pages of the Airflow UI (`python -m bench.pages`)
measure.py, cell.py       what they share: one piece of work in a fresh process, and what it cost
cells/                    the pieces of work, a module each
document.py, sections/    docs/performance.md, from summary.json: the newest figures of each size
"""

DISTRICT = "springfield"
