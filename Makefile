# Everything a newcomer needs: `make run`, `make test`, `make check`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PYTHON ?=
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell cat requirements.txt | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

ORDERS ?= 1000
DB ?= sqlite
DESIGN ?= outbox
# Processes that start again and again must find their modules compiled.
unexport PYTHONDONTWRITEBYTECODE
TESTS ?= tests
SOURCES := configurator orders production tests manage.py

.PHONY: help run install test test-sqlite test-postgres check format chaos bench bench-configure-oracles bench-planning-oracles clean

help: ## List the targets
	@{ sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST); \
	  for file in $$(grep -l '__main__' tests/bench/*.py); do \
	    printf 'bench-%s\t%s\n' "$$(basename "$$file" .py)" "$$(sed '1s/^"""//; 1s/"""$$//; 1s/\.$$//; 1q' "$$file")"; \
	  done; } | expand -t 26

$(BIN)/python:
	@found=; for name in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	  if $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; \
	  then found=$$name; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "Python 3.11 to 3.13 is needed; $(or $(PYTHON),python3) is $$(if command -v $(or $(PYTHON),python3) >/dev/null; then $(or $(PYTHON),python3) -V 2>&1 | head -n 1; else echo 'not on PATH'; fi)." >&2; exit 2; fi; \
	$$found -m venv --clear $(VENV) || { rm -rf $(VENV); echo "$$found cannot make a virtual environment; install its venv package." >&2; exit 2; }

$(RUN_STAMP): | $(BIN)/python
	@echo "Installing what the product needs (once) ..."
	@$(PIP) install -r requirements.txt
	@touch $@

$(DEV_STAMP): | $(BIN)/python
	@echo "Installing what tests and checks need (once) ..."
	@$(PIP) install -r requirements-dev.txt
	@$(BIN)/python -m configurator.management.kernels
	@touch $@ $(RUN_STAMP)

install: $(DEV_STAMP) ## Make .venv with everything in it

run: $(RUN_STAMP) ## Start the whole product; the first time with the demo factory
	@STATIC_HASHED=1 exec $(BIN)/python manage.py up --prepare

test: $(DEV_STAMP) ## Run all tests: SQLite first, then what must hold on PostgreSQL
	@$(BIN)/python -m tests.support.browser
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgres

test-sqlite: $(DEV_STAMP)
	@env -u DATABASE_URL $(BIN)/python -m pytest -q -rs -n 3 --dist loadscope -m "not slow" $(TESTS)

test-postgres: $(DEV_STAMP)
	@$(BIN)/python -m tests.support.postgres $(BIN)/python -m pytest -q -rs -n 2 --dist loadscope -m "postgres and not slow" $(TESTS)

check: $(DEV_STAMP) ## Format, lint, types, import contracts, migrations, templates
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/lint-imports
	@env -u DATABASE_URL $(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/djlint templates --lint --quiet

format: $(DEV_STAMP) ## Bring the code into the house's form
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

chaos: $(DEV_STAMP) ## Kill everything while orders come in; ORDERS=, DB=sqlite|postgres, DESIGN=outbox|naive; error 1: something was lost; 2: the run proves nothing
	@$(BIN)/python -m tests.chaos.run --orders $(ORDERS) --db $(DB) --design $(DESIGN)

bench: bench-release ## Measure how fast orders are released; what else is measured stands below

bench-configure-oracles: $(DEV_STAMP) ## Judge the configuration engine on models of industry and on a sales history
	@$(BIN)/python -m pytest -q -n 2 -m slow tests/configurator/engine

bench-planning-oracles: $(DEV_STAMP) ## Judge the planning engines on 200 instances of each problem
	@$(BIN)/python -m pytest -q -n 2 -m slow tests/production/engine

bench-%: $(DEV_STAMP)
	@$(BIN)/python -m tests.bench.$*

clean: ## Remove what tools have left behind; data in var/ stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
