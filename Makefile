# Everything a newcomer needs: `make serve` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= ./var
FUZZ_SECONDS ?= 600
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TEST_INSTALLED := $(VENV)/.test-installed

.PHONY: install serve test check bench rebuild crash fuzz corpus bundle bundle-test clean

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(TEST_INSTALLED): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@touch $@

serve: $(INSTALLED)
	$(BIN)/shiori ingest corpus/ --data-dir $(DATA_DIR) --if-stale
	$(BIN)/shiori serve --host 127.0.0.1 --port $(PORT) --data-dir $(DATA_DIR)

# Two at a time: many tests wait for processes of their own. A file stays in one worker; the order
# is that of tests/running_order.py, and not by the number of tests.
test: $(TEST_INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(TEST_INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(TEST_INSTALLED)
	$(BIN)/python -m eval.bench

# How long 50,000 chunks take to open, to rebuild and to search.
rebuild: $(TEST_INSTALLED)
	$(BIN)/python tests/rebuild_campaign.py

# Kill, cut, flip and fill for half an hour; the last result is in docs/reliability.md.
crash: $(TEST_INSTALLED)
	nice -n 10 $(BIN)/python tests/crash_campaign.py

# Made-up files, texts, sequences of operations and requests for FUZZ_SECONDS.
fuzz: $(TEST_INSTALLED)
	nice -n 10 $(BIN)/python tests/fuzz_campaign.py --seconds $(FUZZ_SECONDS)

corpus: $(TEST_INSTALLED)
	$(BIN)/python corpus/build.py

# One archive in dist/ that installs on a machine without network: docs/設置の手引き.md
bundle: $(INSTALLED)
	$(BIN)/python -m api.bundle

# Installs that archive where there is no network, and asks the installed server.
bundle-test: $(TEST_INSTALLED) bundle
	SHIORI_BUNDLES=dist $(BIN)/python -m pytest tests/test_bundle_installation.py

clean:
	rm -rf $(VENV) $(DATA_DIR) dist
