# Everything a developer types. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_READY := $(VENV)/.run-ready
DEV_READY := $(VENV)/.dev-ready

.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format lock pictures wheel bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(RUN_READY) ## Serve the site on http://127.0.0.1:8000, with the demo newsroom the first time
	@$(BIN)/htmxnews migrate
	@$(BIN)/htmxnews demo --if-empty
	@$(BIN)/htmxnews serve

test: $(DEV_READY) ## Run the whole test suite, browser tests included
	@scripts/chromium
	@$(BIN)/pytest -m 'not slow'

test-slow: $(DEV_READY) ## Run the tests that take minutes
	@scripts/chromium
	@$(BIN)/pytest -m slow

bench: $(RUN_READY) ## Measure reading against its bars, on both databases (SCALE=1000000 for a million stories)
	@PYTHONPATH=tests $(BIN)/python benchmarks/run.py

check: $(DEV_READY) ## Format, lint, types, layering, templates
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --quiet --lint templates

format: $(DEV_READY) ## Mend what a formatter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

pictures: $(DEV_READY) ## Take the pictures of the page in docs/pictures anew
	@scripts/chromium
	@$(BIN)/python scripts/pictures.py

wheel: $(DEV_READY) ## Build dist/htmxnews-*.whl
	@$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: $(DEV_READY) ## Write the locked dependencies anew
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --python-version 3.11 --extra build pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --python-version 3.11 --extra build --extra dev pyproject.toml -o requirements-dev.txt

$(RUN_READY): requirements.txt pyproject.toml scripts/venv
	@PYTHON=$(PYTHON) scripts/venv $(VENV) requirements.txt
	@touch $@

$(DEV_READY): requirements-dev.txt pyproject.toml scripts/venv
	@PYTHON=$(PYTHON) scripts/venv $(VENV) requirements-dev.txt
	@touch $@ $(RUN_READY)

clean: ## Remove what was built; the database and its pictures stay
	@rm -rf $(VENV) dist build
