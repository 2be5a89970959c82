# `make` lists the targets. Everything is installed in .venv, and an engine in your cache folder.
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/.ready
PYTHONS := 3.11 3.12 3.13
# The venv comes first: the language host built from Go takes the python3 that it finds on PATH.
ENGINE = engine="$$($(PYTHON) scripts/engine.py)" && PATH="$(CURDIR)/$(VENV)/bin:$$engine:$$PATH"

.DEFAULT_GOAL := help
.PHONY: help setup demo try docs test test-cases test-long lint bench peers soak bounds live engine languages emulator simulate simulate-mutants

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY) ## .venv with everything that development needs

demo: $(READY) ## declare, review and change prices, and fix drift: the real CLI, on loopback
	@$(PYTHON) scripts/demo.py

try: $(READY) ## a shell with a scratch stack on loopback, and the commands to type
	@$(PYTHON) scripts/try_out.py

docs: $(READY) ## the documentation as a site, in build/docs; a dead link fails
	@$(PYTHON) -m sphinx -q -W --keep-going -c docs . build/docs
	@echo build/docs/index.html

# Workers share compiled modules, even if the shell turns bytecode off.
test: export PYTHONDONTWRITEBYTECODE :=
test: engine ## lint beside the tests; the last line is pytest's
	@$(ENGINE) $(PYTHON) scripts/languages.py python
	@$(MAKE) --no-print-directory lint & lint=$$!; $(ENGINE) \
	$(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder && wait $$lint

test-cases: languages ## every case of the tests that `make test` shortens; needs Node and Go; minutes
	@$(ENGINE) WHOLE=1 $(PYTHON) -m pytest -n auto --dist loadfile $$(grep -lr 'from harness.lengths' tests)

test-long: test-cases simulate-mutants soak peers bounds ## all that `make test` has a short form of, and SEEDS worlds, a million; hours
	@$(PYTHON) scripts/simulate.py $(or $(SEEDS),1000000)

lint: $(READY) ## ruff, mypy, and whether generated text is stale
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@$(PYTHON) scripts/field_table.py --check
	@$(PYTHON) scripts/package_schema.py --check
	@$(PYTHON) scripts/schema_page.py --check
	@$(PYTHON) scripts/cli_reference.py --check

bench: engine ## what runs cost, beside a provider that does nothing and OpenTofu; N=500 models; an hour
	@$(PYTHON) scripts/bench.py $(if $(N),--n $(N))

peers: $(READY) ## build OpenTofu and its provider for REST APIs, for `make bench`; minutes
	@$(PYTHON) scripts/peers.py

soak: engine ## 300 models, 30 ups under faults, alone and as one set: nothing lost; minutes
	@$(PYTHON) scripts/soak.py
	@$(PYTHON) scripts/soak.py --together

simulate: $(READY) ## SEEDS=N simulated worlds: every order, every quirk, every crash
	@$(PYTHON) scripts/simulate.py $(or $(SEEDS),3000) $(FIRST)

simulate-mutants: $(READY) ## in how many worlds each missing guard is noticed; minutes
	@$(PYTHON) scripts/simulate.py mutants

bounds: $(READY) ## the wheel, with every Python here and the oldest and newest packages; minutes
	@scripts/bounds.sh $(PYTHONS)

live: $(READY) ## the promises about the real API, with your key; creates models and deletes them
	@$(PYTHON) -m pytest tests/live -q

engine: $(READY) ## find or get a Pulumi engine, and print where it is
	@$(PYTHON) scripts/engine.py

languages: engine ## hosts and packages for programs in TypeScript and Go; needs Node and Go, minutes
	@$(ENGINE) $(PYTHON) scripts/languages.py python typescript go

emulator: $(READY) ## the API on loopback, until Ctrl-C
	@$(VENV)/bin/keywordsai-dynamic emulator

$(READY): pyproject.toml constraints.txt scripts/setup.sh
	@scripts/setup.sh
