# Bandeja. `make help` lists what there is; every target sets up what it needs, once.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
N ?= 200
SEED ?= 1
ARGS ?=
TEST_STACK := .bandeja/test-stack

.DEFAULT_GOAL := help
.PHONY: help setup demo unit test test-stack-down up down format lint bench bench-search bench-embedding bench-references bench-metadata chaos chaos-short clean browser

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml uv.lock infra/bootstrap.py infra/page_modules.py
	@$(PYTHON) infra/bootstrap.py
	@touch $(READY)

setup: $(READY) ## install everything: Python packages, Redis, Tesseract, MinIO, PostgreSQL
	@$(BIN)/bandeja setup

demo: setup ## start the stack, take documents in through both doors, search them
	@$(BIN)/bandeja demo

unit: $(READY) ## the tests that need no service and start no process: seconds
	@$(BIN)/python -m pytest -m "not processes" tests/unit $(ARGS)

browser: $(READY) ## setup, and Chromium for the tests of the page
	@$(BIN)/bandeja setup --browser

test: browser ## all tests but the slow ones, on a throw-away stack; ARGS='-k search', BANDEJA_TEST_STACK=keep for one that stays
	@$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-stack-down: $(READY) ## stop and remove the stack that BANDEJA_TEST_STACK=keep left up
	@$(BIN)/bandeja down --data $(TEST_STACK) --destroy

up: setup ## start the embedded stack; a no-op when it is up
	@$(BIN)/bandeja up

down: $(READY) ## stop it; data stays
	@$(BIN)/bandeja down

format: $(READY) ## ruff's formatter, and what it can mend by itself
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint: $(READY) ## ruff, mypy --strict, import rules, the Compose file
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@PYTHONWARNINGS=ignore $(BIN)/lint-imports --no-logo
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench-search: setup ## time of a question among 25,000 passages (PASSAGES=250000 for more)
	@$(BIN)/python -m tests.bench.search_speed --passages $(or $(PASSAGES),25000)

bench-embedding: setup ## passages and questions a CPU second, by both engines of the local model
	@$(BIN)/python -m tests.bench.embedding

bench-references: setup ## links between labelled letters (F1), near duplicates by threshold
	@$(BIN)/python -m tests.bench.references

bench-metadata: setup ## fields read of labelled letters in fifteen layouts, clean and as OCR leaves them
	@$(BIN)/python -m tests.bench.metadata

bench: setup ## seconds from PUT to found and to completed; reading beside others; search quality
	@$(BIN)/python -m uv sync --python $(BIN)/python --frozen --inexact --quiet --extra bench
	@$(BIN)/python -m tests.bench

chaos: setup ## 200 documents while everything is killed, frozen, filled, shuffled: N=200 SEED=1 repeat a run
	@$(BIN)/python -m tests.chaos --documents $(N) --seed $(SEED) --out chaos.json

chaos-short: setup ## the same in about 3 minutes, with two dozen documents
	@$(BIN)/python -m tests.chaos --documents 24 --seed $(SEED) --out chaos-short.json

clean: ## stop the stacks and remove .venv, .bandeja and all caches
	@if [ -x $(BIN)/bandeja ]; then $(BIN)/bandeja down --data $(TEST_STACK) --destroy; $(BIN)/bandeja down --destroy; fi
	@rm -rf .venv .bandeja .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
