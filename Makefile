# Every target is one line of intent; `make help` prints them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
UV := .local/bootstrap/bin/uv
# Processes here are started by the hundred: compiling the same files each time would be most of their start.
unexport PYTHONDONTWRITEBYTECODE
RUN := $(UV) run --no-sync
CODE := shared services gateway deploy tests

help: ## print the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2}'

setup: .local/setup.stamp ## install what is missing: uv, packages, page assets

.local/setup.stamp: uv.lock pyproject.toml deploy/local/bootstrap.sh gateway/web/package-lock.json $(wildcard services/*/pyproject.toml shared/*/pyproject.toml deploy/*/pyproject.toml gateway/pyproject.toml)
	@bash deploy/local/bootstrap.sh
	@touch $@

demo: setup ## start everything and drive one whole journey, step by step
	@$(RUN) python -m nmo_local demo

up: setup ## start everything with demo data
	@$(RUN) python -m nmo_local up

down: ## stop everything, keep the data
	@$(RUN) python -m nmo_local down

status: ## what runs
	@$(RUN) python -m nmo_local status

logs: ## follow one process: make logs S=cycles
	@$(RUN) python -m nmo_local logs $(S)

restart: ## restart one process: make restart S=cycles
	@$(RUN) python -m nmo_local restart $(S)

test: setup ## every check and every test
	@$(RUN) python -m nmo_local browser
	@rm -f .local/reports/requirements.json
	@$(MAKE) --no-print-directory check
	@bash tests/run.sh

chaos: setup ## strike a system while a crowd uses it, then check it: make chaos MINUTES=15 SEED=1
	@$(RUN) python -m tests.chaos --minutes $(or $(MINUTES),15) $(if $(SEED),--seed $(SEED))

bench: setup ## figures as ratios in one run, against their goals: make bench NAMES="relay search"
	@$(RUN) python -m tests.bench $(NAMES)

size: setup ## plans of hot queries at 200 000 elements and 300 000 people: make size NAMES=catalogue
	@$(RUN) python -m tests.size $(NAMES)

sync: setup ## compare the whole mirror with the register, going on where a run stopped; REMOVE=1 lets many leave at once
	@$(RUN) python -m nmo_local.launch .local/env/registry.json $(CURDIR)/.venv/bin/python -m nmo_registry reconcile $(if $(REMOVE),--allow-removals)

N ?= 3000000
KILLS ?= 20
sync-proof: setup ## load N people, killed KILLS times, and compare: make sync-proof N=100000 KILLS=20 SEED=1
	@$(RUN) python -m tests.sync_proof --cards $(N) --kills $(KILLS) $(if $(SEED),--seed $(SEED))

check: setup ## lint, format, types, import contracts, own rules
	@$(RUN) pre-commit run --all-files --show-diff-on-failure

lint: setup ## ruff: rules and format
	@$(RUN) ruff check $(CODE)
	@$(RUN) ruff format --check $(CODE)

types: setup ## strict type check
	@$(RUN) mypy $(wildcard shared/*/src services/*/src gateway/src deploy/*/src)

imports: setup ## boundaries between packages and slices
	@$(RUN) lint-imports

generated: setup ## generated cases against the running system: make generated MINUTES=30 SEED=1
	@$(RUN) python -m tests.generated $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

esia-foreign: setup ## foreign ЕСИА clients sign a person in at the stand-in: make esia-foreign VERSION=v2 PERSON=match
	@$(RUN) python -m tests.foreign $(if $(VERSION),--version $(VERSION)) $(if $(PERSON),--person $(PERSON))

verify-journals: setup ## compare every journal of the running system with its seal
	@$(RUN) python -m nmo_local verify-journals

requirements: ## rows of the requirements table with their proving tests
	@$(RUN) python -m nmo_testkit.requirements

.PHONY: help verify-journals setup demo up down status logs restart test chaos bench size sync sync-proof check lint types imports requirements generated esia-foreign
