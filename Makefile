# Everything a newcomer needs: `make run` and `make test`. Both create .venv themselves and work twice in a row.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
REPORT := ssedrill-report
SEED := 0

# Each source is compiled once, whatever the shell says: the tests start the command a thousand times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: libraries run run-all findings compare-openai readme pages reference docs test test-busy test-all mutants bench same-records lint install clean help

help: ## say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

install: $(VENV)/installed ## set up .venv with the command, the SDK clients and the test tools

$(VENV)/installed: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "ssedrill needs Python 3.11 or newer with venv; set PYTHON=/path/to/python" >&2; exit 2; }
	@echo "setting up $(VENV) with $$($(PYTHON) --version) (a minute or two, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[sdks,test,bench,lint,docs]'
	@touch $@

# Each of the two environments has ssedrill in it: libraries that pin what others pin otherwise can't be together.
LIBRARIES := .libraries
libraries: $(LIBRARIES)/installed ## set up the libraries that make test-all drills

$(LIBRARIES)/installed: pyproject.toml constraints.txt tests/libraries/older.txt tests/libraries/package.json
	@echo "setting up $(LIBRARIES) (some minutes, once)"
	@$(PYTHON) -m venv $(LIBRARIES)/today
	@$(LIBRARIES)/today/bin/python -m pip install --quiet -c constraints.txt -e '.[sdks,libraries]'
	@$(PYTHON) -m venv $(LIBRARIES)/older
	@$(LIBRARIES)/older/bin/python -m pip install --quiet -r tests/libraries/older.txt -e .
	@mkdir -p $(LIBRARIES)/node && cp tests/libraries/package.json $(LIBRARIES)/node/
	@! command -v npm >/dev/null || npm install --prefix $(LIBRARIES)/node --no-package-lock --no-audit --no-fund --silent
	@touch $@

run: install ## drill the built-in clients with the basic scenarios; writes ssedrill-report/
	@$(BIN)/ssedrill run --tag basic --seed 1 --report $(REPORT) || [ $$? -eq 1 ] # 1: a client failed a drill, which is what this is for

run-all: install ## the same with every built-in scenario
	@$(BIN)/ssedrill run --seed 1 --report $(REPORT) || [ $$? -eq 1 ]

findings: run-all ## what real clients do wrong, as a table: reports/findings.md
	@PYTHONPATH=tests $(BIN)/python -m libraries.node_calls $(REPORT)/node.json
	@$(BIN)/python reports/findings.py $(REPORT)/record.json $(REPORT)/node.json | tee reports/findings.md

# In any order, on every core and a half; then the few that mind what the others do to the machine.
PYTEST := $(BIN)/python -m pytest
EVERY_CORE := -n auto --dist worksteal
COVERAGE := --cov --cov-report=
ALONE = $(shell grep -rl --include='test_*.py' 'mark\.alone' tests) # the others need not be collected once more

test: install lint ## lint, type check and every test that is quick
	$(PYTEST) $(EVERY_CORE) -m "not slow and not bench and not alone"
	$(PYTEST) -m "alone and not slow and not bench" $(ALONE)

test-busy: install ## make test beside four busy processes: it must pass all the same
	@trap 'kill $$busy' EXIT INT TERM; for i in 1 2 3 4; do while :; do :; done & busy="$$busy $$!"; done; \
	$(MAKE) --no-print-directory test

test-all: install libraries lint ## the slow tests too, and which lines no test runs
	$(PYTEST) $(EVERY_CORE) $(COVERAGE) -m "not bench and not alone"
	$(PYTEST) $(COVERAGE) --cov-append -m "alone and not bench" $(ALONE)
	$(BIN)/python -m coverage report

OPENAI_OLD := 1.109.1
OPENAI_NEW := $(shell sed -n 's/^openai==//p' constraints.txt)
compare-openai: install ## what got better from one version of the openai SDK to another: make compare-openai OPENAI_OLD=1.109.1
	@for version in $(OPENAI_OLD) $(OPENAI_NEW); do \
		$(PYTHON) -m venv $(LIBRARIES)/openai-$$version && \
		$(LIBRARIES)/openai-$$version/bin/python -m pip install --quiet --disable-pip-version-check openai==$$version || exit 2; \
	done
	@mkdir -p $(REPORT)
	@$(BIN)/ssedrill run --quiet --dialect openai-chat --seed 1 --json $(REPORT)/openai.json \
		-c openai-old=venv:$(LIBRARIES)/openai-$(OPENAI_OLD):openai \
		-c openai-new=venv:$(LIBRARIES)/openai-$(OPENAI_NEW):openai >/dev/null || [ $$? -eq 1 ]
	@$(BIN)/ssedrill compare $(REPORT)/openai.json -c openai-old=openai-new --report $(REPORT)/openai

mutants: install ## break the judging and planning code in seeded ways, and see that tests notice: make mutants SEED=7
	@PYTHONPATH=tests $(BIN)/python -m mutants --seed $(SEED) $(MUTANTS)

bench: install ## measurements; prints the tables of docs/benchmarks.md
	$(PYTEST) -p no:randomly -m bench -s

same-records: install ## prove that this work tree judges every run as the commit BASE did: make same-records BASE=main
	@test -n "$(BASE)" || { echo "name the commit to compare with: make same-records BASE=main" >&2; exit 2; }
	@$(BIN)/python tests/same_records.py $(BASE)

lint: install ## ruff and mypy, which looks at the tests too, less strictly
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini tests

clean: ## remove what the targets above made
	rm -rf $(VENV) $(LIBRARIES) $(REPORT) dist build site .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .coverage

reference: install ## write docs/reference.md from the code
	$(BIN)/python reports/reference.py

pages: install reference ## put examples and what commands print into README.md and docs/
	$(BIN)/python reports/readme.py

readme: run bench ## the same, with the figures of `make run` and `make bench`
	$(BIN)/python reports/readme.py $(REPORT)/record.json .benchmarks/bench.md
	cp $(REPORT)/summary.md reports/real-clients.md

docs: install ## make a site of docs/ in site/, which can be read without a server
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet
	@echo "site/index.html"
