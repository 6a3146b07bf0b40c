# Every target sets up what it needs: only Python 3.11+ and make have to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
MINUTES ?= 10

# Without byte code every process compiles what it loads once more, and the tests alone start hundreds of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo run doctor migrate backup test check coverage faults fuzz load soak bench docs reference pictures format lock clean

help: ## Show what can be done here
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# One stamp for each set of locked packages; a larger set also serves the smaller ones.
$(VENV)/%.stamp: requirements/%.txt
	@test -x $(BIN)/python || { echo "Making $(VENV) ..." >&2; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the locked packages of requirements/$*.txt (once) ..." >&2
	@$(BIN)/python scripts/install.py requirements/$*.txt >&2
	@touch $@

demo: $(VENV)/demo.stamp ## Try the bot in a browser, with no account (ARGS="--help" lists what it takes)
	@$(BIN)/python -m bot demo $(ARGS)

run: $(VENV)/run.stamp ## Run the bot for real, with the settings of .env
	@$(BIN)/python -m bot run $(ARGS)

doctor: $(VENV)/run.stamp ## Look at token, key, commands, database, disk and clock (ARGS="--json")
	@$(BIN)/python -m bot check $(ARGS)

migrate: $(VENV)/run.stamp ## Bring the database up to date without starting the bot
	@$(BIN)/python -m bot migrate

backup: $(VENV)/run.stamp ## Copy the database while the bot runs (ARGS=FILE, which must not exist yet)
	@$(BIN)/python -m bot backup $(ARGS)

test: $(VENV)/dev.stamp ## Run the tests (ARGS="-k name" for some of them)
	@scripts/browser-setup
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/dev.stamp ## Everything that must be green: format, lint, types, imports, packages, documents, tests
	@scripts/check

coverage: $(VENV)/dev.stamp ## Run the tests and measure which lines and branches they run: at least 95 %, in twice the time
	@scripts/browser-setup
	@$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

faults: $(VENV)/dev.stamp ## Kill the bot at every boundary of a song's way, and count what is lost, twice or told after an erasure
	@$(BIN)/python -m tests.faults $(ARGS)

fuzz: $(VENV)/dev.stamp ## Make 10,000 interactions up, 10,000 answers of Whisul, and 150 histories of limits
	@FUZZ=whole $(BIN)/python -m pytest -m hypothesis $(ARGS)

load: $(VENV)/dev.stamp ## Have 500 people in 50 servers ask at the same moment, twice
	@$(BIN)/python -m tests.load $(ARGS)

soak: $(VENV)/dev.stamp ## Make songs steadily for MINUTES (default 10) while both sides fail now and then
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(ARGS)

bench: $(VENV)/dev.stamp ## Measure; prints a table and writes bench/results.json (ARGS="ack_ms" for one alone)
	@$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/dev.stamp ## Build the documentation into site/ (ARGS=serve shows it on http://127.0.0.1:8000)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs $(or $(ARGS),build --strict)

reference: $(VENV)/dev.stamp ## Write the pages of docs/reference anew from the code
	@$(BIN)/python -m scripts.reference

pictures: $(VENV)/dev.stamp ## Take the pictures of docs/images anew, in a browser
	@scripts/browser-setup
	@$(BIN)/python -m pytest tests/browser/test_views.py -n0 -q -p no:randomly --pictures
	@$(BIN)/python -m scripts.take_pictures

format: $(VENV)/dev.stamp ## Format and mend what ruff can mend
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: ## Write the lock files anew (ARGS="--upgrade" takes newer versions)
	@scripts/lock $(ARGS)

clean: ## Remove what was installed or made here (not your data)
	@rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis htmlcov site .coverage .coverage.*
