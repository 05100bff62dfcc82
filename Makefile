# The front door: `make` alone shows what it can do. Works in any folder, as any user, with or without a HOME.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup run test check lint types layers house docs-check offices test-server kills machine mutants fuzz document bench docs fmt lock

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
CODE := api models services cli tests benchmarks
PARTS := lint types layers house docs-check test offices test-server document fuzz machine kills
# Long ones have parts of their own in `make check`, so that `make test` stays a matter of minutes.
# Files, not folders: pytest ignores no folder that testpaths names.
OFFICES := $(addprefix tests/system/test_,demo.py backup.py serve.py database_gone.py full_disk.py)
LONG := tests/machine/test_every_order.py tests/system/test_kills.py $(OFFICES)

# Names in the lock files may be read, and paths written, in UTF-8 only: also under LC_ALL=C. No HOME, no cache.
PIP := PYTHONUTF8=1 $(BIN)/python -m pip --quiet --disable-pip-version-check $(if $(HOME),,--no-cache-dir) \
	install --root-user-action=ignore
LOCKED := --require-hashes --only-binary :all: -r
COMPILE := uv pip compile pyproject.toml --generate-hashes --no-header --no-annotate --universal --python-version 3.11 --quiet

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*##/	/' | sort

setup: .venv/.dev  ## Make .venv with all that running, testing and checking need

run: .venv/.run  ## Serve an office, fill the demo town, play the loop, keep serving (ONCE=1: stop after the loop)
	@$(BIN)/zhicha run $(if $(ONCE),--once)

test: .venv/.dev  ## Run the tests on the embedded PostgreSQL, all but the long ones of check (ARGS=… for pytest)
	@$(BIN)/python -m pytest -n $(WORKERS) $(LONG:%=--ignore=%) $(ARGS)

check: .venv/.dev  ## Run every part in turn and print the minutes of each
	+@MAKE='$(MAKE)' sh .ci/parts $(PARTS)

lint: .venv/.dev  ## Part of check: ruff's rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/.dev  ## Part of check: mypy, strict
	@$(BIN)/mypy --strict $(CODE)

layers: .venv/.dev  ## Part of check: which room may import which
	@PATH="$$PWD/$(BIN):$$PATH" lint-imports

house: .venv/.dev  ## Part of check: lengths, names, locks and other rules of the house
	@$(BIN)/python -m pytest tests/unit/test_house.py

docs-check: .venv/.dev  ## Part of check: links, operations, settings and error codes stand in docs/
	@$(BIN)/python -m pytest tests/unit/test_docs.py

offices: .venv/.dev  ## Part of check: whole offices started, stopped, filled, backed up, and left without disk or database
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(OFFICES)

test-server: .venv/.dev  ## Part of check: the tests that face the database, on a server where there is one
	@sh .ci/test-server $(BIN)/python $(WORKERS)

kills: .venv/.dev  ## Part of check: fifty kills of the whole office at random moments under load
	@KILL_ROUNDS=25 KILL_OFFICES=2 $(BIN)/python -m pytest -n $(WORKERS) --timeout 1500 tests/system/test_kills.py

# The same stories at every push, so that no change waits for luck; with another seed, others.
machine: .venv/.dev  ## Part of check: five hundred stories of thirty steps against the oracle (MACHINE_SEED=… for others)
	@MACHINE_STORIES=500 MACHINE_SEED=$(or $(MACHINE_SEED),5) $(BIN)/python -m pytest -n $(WORKERS) --timeout 1500 tests/machine

mutants: .venv/.dev  ## Seeded faults, each of which a test must catch; not a part of check, it tests the tests
	@$(BIN)/python -m tests.mutants

fuzz: .venv/.dev  ## Part of check: the document's own requests, as every role, for a bounded time
	@$(BIN)/python -m pytest --timeout 1500 tests/fuzz

document: .venv/.dev  ## Part of check: linters of the OpenAPI document and clients generated from it
	@$(BIN)/python -m pytest --timeout 600 tests/document

bench: .venv/.dev  ## Measure what must be fast
	@$(BIN)/python -m benchmarks $(ARGS)

docs: .venv/.dev  ## Write docs/errors.md anew from the code
	@$(BIN)/python -m tests.error_page

fmt: .venv/.dev  ## Put the code into its one format
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .

lock:  ## Work out both lock files anew from pyproject.toml (needs uv)
	$(COMPILE) --extra build --extra dev -o requirements-dev.lock
	$(COMPILE) --extra build --constraint requirements-dev.lock -o requirements.lock  # what runs is what was tested
	$(subst pyproject.toml,tests/document/client.in,$(COMPILE)) -o tests/document/client.lock
	@$(MAKE) --no-print-directory .venv/.dev
	@{ sed "/^| package/,\$$d" THIRD_PARTY_NOTICES.md; $(BIN)/python .ci/notices; } > .venv/notices
	@mv .venv/notices THIRD_PARTY_NOTICES.md

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' || { \
		echo "Zhicha needs Python 3.11 to 3.14: make PYTHON=python3.13  直查需要 Python 3.11 至 3.14。" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing; on Debian: apt-get install python3-venv  缺少 python3-venv，请先安装。" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

# pip forgets nothing that is installed already, so a changed lock costs only its changes.
.venv/.run: requirements.lock pyproject.toml | .venv/.made
	@echo "Installing what running needs, about half a minute ... 正在安装运行所需的软件包……"
	@$(PIP) $(LOCKED) requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q api cli models services
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	@echo "Installing what tests need, about a minute ... 正在安装测试所需的软件包……"
	@$(PIP) $(LOCKED) requirements-dev.lock
	@touch $@
