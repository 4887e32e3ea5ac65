# Chowk's commands. A fresh clone needs Python 3.11+ and make, nothing else.
#
#   make demo     a sample store: built, judged, and served on http://127.0.0.1:8000
#   make test     every test
#   make setup    .venv with every extra and the tools of a contributor
#   make check    format, lint, types, layers, the docs' examples (under a minute)
#   make lint     format, lint and types alone
#   make docs     the documentation site, links checked, into site/
#   make pages    write again the pages of docs/ that are made from the code
#   make wheel    wheel and sdist, into dist/
#   make bench    the benches, and how to run one
#   make clean    remove what the commands above made

VENV ?= .venv
# Processes that share the tests, each a file at a time.
TEST_PROCESSES ?= 2
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SOURCES := src tests bench scripts conftest.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint check docs pages wheel bench clean

help:
	@sed -n 's/^#   //p' Makefile

# The stamps say which installation the environment holds; they are older than what they depend on
# when it has to be done again.
$(BIN)/python:
	@python=$$(PYTHON="$(PYTHON)" scripts/find_python) && echo "Making $(VENV) with $$python" \
		&& "$$python" -m venv $(VENV)

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/.all: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e '.[all,dev]'
	@touch $(VENV)/.base $@

setup: $(VENV)/.all
	@echo "Ready. Try: $(BIN)/chowk --help"

demo: $(VENV)/.base
	$(BIN)/chowk demo

test: $(VENV)/.all
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile

lint: $(VENV)/.all
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile tests/project -m "not console"

docs: $(VENV)/.all
	$(BIN)/python -m mkdocs build --strict --quiet
	$(BIN)/python -m pytest tests/project/test_links.py
	@echo "The site is in site/; look at it with: $(BIN)/mkdocs serve"

pages: $(VENV)/.all
	$(BIN)/python scripts/make_pages.py

wheel: $(VENV)/.all
	rm -rf dist
	$(BIN)/python -m build --no-isolation

bench: $(VENV)/.all
	@$(BIN)/python scripts/list_benches.py

clean:
	rm -rf $(VENV) dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .bench
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
