# Each target sets up what it needs, from a bare checkout: its own .venv, and Debian packages where
# the lab needs them (tests/lab installs those itself).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := requirements/dev.lock
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
TOOLS := bash zsh fish mandoc man-db tmux less nginx-light rpm

# Seven pytests and hundreds of runs of the program would compile all of it anew, each of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: check style everywhere site audit lock clients tools test test-lab faults faults-table differential parity manual races fuzz mutants bench lab lab-build lab-down record demo docs names pictures dist packages clean help
.DEFAULT_GOAL := help

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# What is installed is what is locked, to the byte. --no-deps: nothing comes along that is not.
$(READY): pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(VENV)
	@echo "Installing $$(grep -c '==' $(LOCK)) packages into $(VENV), once; this takes a minute."
	$(if $(CI),$(PIP),$(filter-out --quiet,$(PIP))) --require-hashes --requirement $(LOCK)
	$(PIP) --no-build-isolation --editable .
	@touch $@

# Beside each other: mypy and the site leave a processor idle.
check: $(READY)  ## Style, types, import contract, the site, and the tests that run everywhere
	$(MAKE) --no-print-directory --jobs=2 style everywhere

style: site
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive slurmctl_rest
	$(BIN)/mypy
	$(BIN)/lint-imports

everywhere: $(READY)
	$(BIN)/python -m pytest --quiet --numprocesses auto -m 'not lab' --ignore tests/lab

# Nothing but a broken link or a page that the navigation lacks is of interest in what it prints.
site: $(READY)  ## Build the documents as a site, strictly: build/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

audit: $(READY)  ## Ask for known vulnerabilities of what is locked; the network's absence fails nothing
	$(BIN)/python -m tests.audit_lock $(LOCK)

# Where no release is asked for by name (UPGRADE="--upgrade-package httpx", or --upgrade for all),
# those that are locked stay.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'
CLIENTS := $(wildcard requirements/clients-*.in)

lock: $(READY)  ## Write requirements/*.lock anew, after a change to pyproject.toml or requirements/*.in
	$(COMPILE) $(UPGRADE) pyproject.toml --extra dev --extra demo --output-file $(LOCK)
	$(COMPILE) $(UPGRADE) pyproject.toml --constraint $(LOCK) --output-file requirements/run.lock
	for one in $(CLIENTS:.in=); do $(COMPILE) $(UPGRADE) --no-deps $$one.in --output-file $$one.lock || exit; done

clients: $(READY)  ## Install the clients of sacctmgr that the lab's tests drive, into .venv-clients
	$(BIN)/python -m tests.clients

tools:  ## The Debian packages of shells, manuals and terminals that tests drive (needs root)
	apt-get -q update
	apt-get -q install -y --no-install-recommends $(TOOLS)

# Where the clients cannot be installed, their tests say why, and are skipped: a failure with LAB_REQUIRED=1.
test: $(READY)  ## Everything: the tests that run everywhere, and the lab's (real Slurm; needs root)
	-$(BIN)/python -m tests.clients
	$(BIN)/python -m tests

test-lab: $(READY)  ## The lab's tests alone
	-$(BIN)/python -m tests.clients
	$(BIN)/python -m tests lab

faults: $(READY)  ## Break daemons, connections and files on both releases, and print what came of each
	LAB_REQUIRED=1 $(BIN)/python -m tests lab/faults

faults-table: $(READY)  ## Write the table of faults into docs/faults.md anew
	$(BIN)/python -m tests.lab.faults

differential: $(READY)  ## Random operations over both executors side by side, for long (DIFFERENTIAL_STEPS)
	DIFFERENTIAL_STEPS=$${DIFFERENTIAL_STEPS:-5000} LAB_REQUIRED=1 \
	  $(BIN)/python -m pytest --quiet tests/lab/test_differential.py

parity: $(READY)  ## Random lines of sacctmgr's through it and through this program, for long (PARITY_LINES)
	PARITY_LINES=$${PARITY_LINES:-5000} LAB_REQUIRED=1 \
	  $(BIN)/python -m pytest --quiet -s tests/lab/test_parity_random.py

manual: $(READY)  ## Run each row of sacctmgr's manual on the lab, and write docs/sacctmgr-manual.md anew
	$(BIN)/python -m tests.manual $(WAYS)

races: $(READY)  ## Two writers at once, ROUNDS of each kind, and what became of their changes (tests/lab/races.py)
	$(BIN)/python -m tests.lab.races

fuzz: $(READY)  ## Hostile answers, records and words, for long (FUZZ_EXAMPLES of each)
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-2000} \
	  $(BIN)/python -m pytest --quiet --numprocesses auto tests/fuzz

# Goes on where the last run ended; MUTANTS='slurmctl_rest.planning.tree.*' tries these again.
mutants: $(READY)  ## Mutation testing of planners, builders and kinds, and its figures: tests/mutants.md
	HYPOTHESIS_PROFILE=mutants $(BIN)/mutmut run $(MUTANTS)
	$(BIN)/python -m tests.mutants

bench: $(READY)  ## Measure on the lab's Slurm, and write BENCHMARKS.md; half an hour
	$(BIN)/python -m tests.bench

lab: $(READY)  ## Bring two real Slurm clusters up, and say how to use them
	$(BIN)/python -m tests.lab up

lab-build: $(READY)  ## Build all that the lab's tests need, and start nothing
	$(BIN)/python -m tests.lab build

lab-down:  ## Stop them; no process and no mount stays
	$(PYTHON) -m tests.lab down

record: $(READY)  ## Record slurmrestd's answers anew, which tests without the lab replay
	$(BIN)/python -m tests.record

demo: $(READY)  ## The main tasks on an emulator of Slurm, without a cluster
	$(BIN)/slurmctl-rest demo

docs: $(READY)  ## Write man pages, completions and schemas anew
	$(BIN)/python -m tools.docgen

names: $(READY)  ## List names that have two meanings in the package
	$(BIN)/python -m tools.names

pictures: $(READY)  ## Draw docs/pictures/ anew, of what slurmrestd answered to the tapes
	$(BIN)/python -m tests.docs.pictures

# The wheel's name has no blank, and the folder is new: there is one. What runs the file must be of the
# same release as what made it, since pydantic's core is compiled.
dist: $(READY)  ## Build sdist, wheel, and one file for login nodes: dist/slurmctl-rest.pyz
	rm -rf dist
	$(BIN)/python -m hatchling build
	$(PIP) --require-hashes --requirement requirements/run.lock --target dist/packages
	$(BIN)/shiv --reproducible --compressed --console-script slurmctl-rest \
	  --site-packages dist/packages --no-deps \
	  --python "/usr/bin/env python$$($(BIN)/python -c 'import sys; print(*sys.version_info[:2], sep=".")')" \
	  --output-file dist/slurmctl-rest.pyz --quiet dist/*.whl
	$(BIN)/python tools/guard_pyz.py dist/slurmctl-rest.pyz
	rm -r dist/packages

# Of the same locked packages as the one file. Python's release and the machine are those of the maker.
packages: dist  ## Build a .deb and an .rpm of the wheel: dist/ (needs dpkg-deb and rpmbuild)
	rm -rf build/packages
	$(PIP) --require-hashes --requirement requirements/run.lock --target build/packages
	$(BIN)/python -m tools.packages dist/*.whl build/packages dist

clean:  ## Remove what was made here
	rm -rf $(VENV) .venv-clients .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants dist build
