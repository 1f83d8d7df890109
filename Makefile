# Everything a newcomer needs: `make run` and `make test`. Both create .venv themselves and work twice in a row.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
REPORT := ssedrill-report

.PHONY: run readme test test-all bench same-records lint install clean help

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(VENV)/installed ## set up .venv with the command, the SDK clients and the test tools

$(VENV)/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "ssedrill needs Python 3.11 or newer with venv; set PYTHON=/path/to/python" >&2; exit 2; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version) (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[sdks,test,bench,lint]'
	@touch $@

run: install ## drill the built-in clients with the built-in scenarios; writes ssedrill-report/
	@$(BIN)/ssedrill run --seed 1 --report $(REPORT) || [ $$? -eq 1 ] # 1: a client failed a drill, which is what this is for

test: install lint ## lint, type check and every test that is quick
	$(BIN)/python -m pytest -q -m "not slow and not bench"

test-all: install lint ## the slow tests too
	$(BIN)/python -m pytest -q -m "not bench" --timeout 1800

bench: install ## measurements; prints the tables of the README
	$(BIN)/python -m pytest -q -m bench --timeout 1800 -s --benchmark-columns=min,median,max,rounds

same-records: install ## prove that this work tree judges every run as the commit BASE did: make same-records BASE=main
	@test -n "$(BASE)" || { echo "name the commit to compare with: make same-records BASE=main" >&2; exit 2; }
	@$(BIN)/python tests/same_records.py $(BASE)

lint: install ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

clean: ## remove what the targets above made
	rm -rf $(VENV) $(REPORT) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks

readme: run bench ## put the figures of `make run` and `make bench` into README.md
	$(BIN)/python reports/readme.py $(REPORT)/record.json .benchmarks/bench.md
	cp $(REPORT)/summary.md reports/real-clients.md
