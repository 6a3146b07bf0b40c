# Every target installs what it needs; only Python 3.11+ and make are required. PYTHON= names the Python of a new environment.
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
SCHEMA ?=
MINUTES ?= 10

# Without bytecode files every process compiles all modules again, and the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo run doctor migrate backup test pythons check coverage faults fuzz load soak bench contract clients witness schema rehearse docs reference translations pictures format lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# One stamp for each set of locked packages; a larger set also serves the smaller ones.
$(VENV)/%.stamp: requirements/%.txt
	@test -x $(BIN)/python || { python=$$(scripts/python) && echo "Making $(VENV) with $$python ..." >&2 && "$$python" -m venv $(VENV); }
	@echo "Installing the locked packages of requirements/$*.txt (once) ..." >&2
	@$(BIN)/python scripts/install.py requirements/$*.txt >&2
	@touch $@

demo: $(VENV)/demo.stamp ## Try the bot in a browser, without an account (ARGS="--help" lists the options)
	@$(BIN)/python -m bot demo $(ARGS)

run: $(VENV)/run.stamp ## Run the bot with the settings in .env
	@$(BIN)/python -m bot run $(ARGS)

doctor: $(VENV)/run.stamp ## Check token, key, commands, database, disk and clock (ARGS="--json")
	@$(BIN)/python -m bot check $(ARGS)

migrate: $(VENV)/run.stamp ## Migrate the database without starting the bot
	@$(BIN)/python -m bot migrate

backup: $(VENV)/run.stamp ## Copy the database while the bot runs (ARGS=FILE, which must not exist yet)
	@$(BIN)/python -m bot backup $(ARGS)

test: $(VENV)/dev.stamp ## Run the tests (ARGS="-k name" for some of them)
	@scripts/browser-setup
	@$(BIN)/python -m pytest $(ARGS)

pythons: ## Run the tests with each proven Python that is found, in environments of their own (PYTHONS="python3.12 ...")
	@scripts/browser-setup
	@scripts/pythons $(ARGS)

check: $(VENV)/dev.stamp ## Run all checks: format, lint, imports, types, documentation, deployment files, vulnerabilities, tests
	@scripts/check

coverage: $(VENV)/dev.stamp ## Run the tests and measure line and branch coverage (at least 95 %; takes twice as long)
	@scripts/browser-setup
	@$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

faults: $(VENV)/dev.stamp ## Kill the bot at every request of a song's path; count losses, duplicates and posts after an erasure
	@$(BIN)/python -m tests.faults $(ARGS)

fuzz: $(VENV)/dev.stamp ## Test with 10,000 generated interactions, 10,000 answers of Whisul and 150 histories of limits
	@FUZZ=whole $(BIN)/python -m pytest -m hypothesis $(ARGS)

load: $(VENV)/dev.stamp ## Have 500 people in 50 servers use /compose at the same moment, twice
	@$(BIN)/python -m tests.load $(ARGS)

soak: $(VENV)/dev.stamp ## Request songs for MINUTES (default 10) while 5 % of all requests fail on both sides
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(ARGS)

bench: $(VENV)/dev.stamp ## Run the benchmarks; writes bench/results.json (ARGS="ack_ms" runs one and writes nothing)
	@$(BIN)/python -m bench $(ARGS)

contract: $(VENV)/dev.stamp ## Test the Whisul simulator with requests generated from its OpenAPI description
	@$(BIN)/python -m tests.contract $(ARGS)

clients: $(VENV)/dev.stamp ## Test the Discord stand-in with two other libraries, discord.js and hikari
	@scripts/clients-setup
	@$(BIN)/python -m tests.clients $(ARGS)

witness: $(VENV)/dev.stamp ## Run the bot in simcord, a Discord simulator by another author
	@$(BIN)/python -m tests.witness $(ARGS)

schema: $(VENV)/dev.stamp ## Compare requests, answers and events with Discord's OpenAPI file (SCHEMA=openapi.json)
	@$(BIN)/python -m tests.schema "$(SCHEMA)" $(ARGS)

rehearse: $(VENV)/demo.stamp ## Try the bot with real accounts, step by step, and compare its traffic (ARGS=--sandbox: alone)
	@$(BIN)/python -m tests.rehearse $(ARGS)

docs: $(VENV)/dev.stamp ## Build the documentation into site/ (ARGS=serve serves it on http://127.0.0.1:8000)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs $(or $(ARGS),build --strict)

reference: $(VENV)/dev.stamp ## Regenerate the pages of docs/reference from the code
	@$(BIN)/python -m scripts.reference

translations: $(VENV)/dev.stamp ## Extract the texts, update and compile every language (ARGS="fr pt-BR" adds languages)
	@$(BIN)/python -m scripts.translations $(ARGS)

pictures: $(VENV)/dev.stamp ## Retake the pictures of docs/images in a browser
	@scripts/browser-setup
	@$(BIN)/python -m pytest tests/browser/test_views.py -n0 -q -p no:randomly --pictures
	@$(BIN)/python -m scripts.take_pictures

format: $(VENV)/dev.stamp ## Format, and apply the fixes that ruff knows
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## Rewrite the lock files (ARGS="--upgrade" takes newer versions)
	@scripts/lock $(ARGS)

clean: ## Remove installed packages and generated files (not your data)
	@rm -rf $(VENV) .pythons tests/clients/hikari_client/.venv tests/clients/discord_js/node_modules .pytest_cache .ruff_cache .hypothesis htmlcov site .coverage .coverage.*
