# Everything here runs on a bare machine with Python 3.11 or newer and make.
PYTHON ?= python3
PORT ?= 8000
QUICK ?=
BIN := .venv/bin

.PHONY: run install test check bench lock browser clean

# Compiled here, since an environment may forbid Python to do it by itself.
run: .venv/installed
	$(BIN)/python -m compileall -q blog
	$(BIN)/blog serve --port $(PORT) --sample

install: .venv/installed

# The environment for running: only what requirements.txt locks, checked by digest.
.venv/installed: requirements.txt pyproject.toml
	@.ci/python $(PYTHON)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q blog
	touch $@

# The same, with what the tests need besides.
.venv/installed-tests: .venv/installed requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-test.txt
	touch $@

check: .venv/installed-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

browser:
	.ci/browser

# One process more than there are cores: tests wait for servers, browsers and the disk.
test: check browser
	$(BIN)/python -m pytest --numprocesses $$(( $$(nproc) + 1 )) --dist worksteal

# QUICK=1 measures less, for trying.
bench: .venv/installed-tests
	.ci/bench-tools
	$(BIN)/python -m compileall -q blog
	QUICK=$(QUICK) $(BIN)/python -m tests.benchmarks

# After a change of pyproject.toml: locks with digests, and without the addresses of any registry.
lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group build pyproject.toml --output-file requirements.txt
	.venv-lock/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group build --group test --constraint requirements.txt pyproject.toml --output-file requirements-test.txt
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock .mypy_cache .ruff_cache .pytest_cache build dist bench.json
