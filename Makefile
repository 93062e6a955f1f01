# Every command of the project. `make` alone lists them.
# Needs Python 3.11, 3.12 or 3.13 and nothing else; `make PYTHON=python3.12 demo` names another than python3.

PYTHON ?= python3
# One more than the two cores of a small machine, since tests wait for servers; with four they took longer again.
WORKERS ?= 3
CONTRACTS ?= ../shared/contracts
VENV := .venv
BIN := $(VENV)/bin
# What is installed is known by the lock's content: a second run installs nothing, a new lock installs what changed.
STAMP := $(VENV)/.installed-$(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)
# uv installs in a quarter of the time that pip takes. If the machine has no uv, pip puts the locked one into .venv.
UV := $(or $(shell command -v uv),$(BIN)/uv)
# Modules are compiled once, also where containers say otherwise: tests start many processes that import the same.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help install demo stop test test-slow check types lint-sql contracts bench pictures lock clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

# uv reads none of pip's settings, so an index that pip is set to use is handed on.
$(STAMP) lock: export UV_DEFAULT_INDEX ?= $(or $(PIP_INDEX_URL),$(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null))

install: $(STAMP) ## create .venv with the locked packages and Rollbook itself

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || { \
	  echo 'Rollbook needs Python 3.11, 3.12 or 3.13, and $(PYTHON) is not one: name one with `make PYTHON=python3.12 ...`.' >&2; \
	  exit 1; }
	@test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) $(VENV) 2>/dev/null || $(PYTHON) -m venv $(VENV) || { \
	  echo 'Python has no venv module; on Debian: apt-get install python3-venv' >&2; \
	  exit 1; }
	test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check $$(grep '^uv==' requirements.lock)
	$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	@rm -f $(VENV)/.installed-*
	@touch $@

demo: install ## sync invented districts, one per kind of source, in a running Airflow; leave the UI open
	$(BIN)/python -m sandbox.demo start

stop: ## end what `make demo` left running
	@if test -x $(BIN)/python && test -d .rollbook/demo; then $(BIN)/python -m sandbox.demo stop; fi

test: install ## the tests to run before every commit
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow and not postgresql_15"

test-slow: install ## the long ones: a real scheduler, fault injection, PostgreSQL 15, a browser (Debian: apt-get install postgresql chromium)
	$(BIN)/python -m pytest -n $(WORKERS) -m "slow or postgresql_15"

check: install ## formatting, lint, types, architecture and SQL
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	PYTHONPATH=plugins $(BIN)/lint-imports
	@$(MAKE) --no-print-directory --jobs 2 types lint-sql # each takes one core for half a minute

types: install
	$(BIN)/mypy

lint-sql: install
	$(BIN)/sqlfluff lint sql

contracts: install ## hold what the sandbox answers against the vendors' own schemas, where those are at hand
	$(BIN)/python -m sandbox.vendors.contract $(CONTRACTS)

bench: install ## the benchmark behind docs/performance.md
	$(BIN)/python -m bench

pictures: install ## look at the pages in a browser, and renew the pictures of them in docs/images
	ROLLBOOK_PICTURES=docs/images $(BIN)/python -m pytest tests/scenarios/pages/test_airflow_page_holds.py tests/scenarios/pages/test_airflow_pages.py

lock: install ## resolve requirements.txt into requirements.lock, one set for every supported Python
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	  --output-file requirements.lock requirements.txt

clean: stop ## remove .venv, the demo's world and every cache
	rm -rf $(VENV) .rollbook/demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info sandbox/build sandbox/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
