# The whole job, top to bottom: download, tune, fit, submit. `make` lists the targets.

PRESET ?=
RUN ?= default
COMPETITION ?= digit-recognizer
ARGS ?=
PYTHON ?= python3

VENV := .venv
READY := $(VENV)/.ready
PEERS := $(VENV)-peers
# `make download tune submit ARGS=--dry-run` means the submit.
OTHERS = $(filter-out --dry-run --no-wait --again --sync,$(ARGS))
OPTIONS = --competition $(COMPETITION) --run $(RUN)
KIT = $(VENV)/bin/kaggle-kit
SAMPLE = --home quickstart

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup quickstart download tune fit submit kernel push leaderboard runs report demo bundle export doctor notebook test check check-kaggle bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'variables: PRESET=quick|standard|best RUN=name COMPETITION=slug ARGS="more options"'

setup: $(READY) ## create .venv from the lock; the other targets do it by themselves

$(READY): requirements.lock pyproject.toml
	@sh scripts/setup $(VENV) $(PYTHON)
	@touch $@

quickstart: $(READY) ## the whole job on an embedded sample: no account, no network
	$(KIT) download $(SAMPLE) --from sample
	$(KIT) tune $(SAMPLE) $(ARGS)
	$(KIT) fit $(SAMPLE)
	$(KIT) report $(SAMPLE)
	$(KIT) submit $(SAMPLE)

download: $(READY) ## get the competition's data from Kaggle, or ARGS="--from PATH"
	$(KIT) download $(OPTIONS) $(OTHERS)

tune: $(READY) ## search the best network under cross-validation; resumes
	$(KIT) tune $(OPTIONS) $(if $(PRESET),--preset $(PRESET)) $(OTHERS)

fit: $(READY) ## train the ensemble of the best network and judge it out of fold; resumes
	$(KIT) fit $(OPTIONS) $(OTHERS)

submit: $(READY) ## write submission.csv, upload it, wait for the score; fits first if need be
	$(KIT) submit $(OPTIONS) $(ARGS)

kernel: $(READY) ## build the Kaggle notebook that carries the kit
	$(KIT) kernel build $(OPTIONS) $(if $(PRESET),--preset $(PRESET)) $(ARGS)

push: $(READY) ## build the notebook, push it to Kaggle, follow it, fetch its output
	$(KIT) kernel push $(OPTIONS) $(if $(PRESET),--preset $(PRESET)) $(ARGS)

leaderboard: $(READY) ## download and review the leaderboard: your rank, lines, suspicious scores
	$(KIT) leaderboard $(OPTIONS) $(ARGS)

runs: $(READY) ## list the runs with CV and scores; ARGS="A B" compares two
	$(KIT) runs $(OPTIONS) $(ARGS)

report: $(READY) ## make the page of the run, with its plots
	$(KIT) report $(OPTIONS) $(ARGS)

demo: $(READY) ## serve the page that reads a drawn or sent digit and shows why
	$(KIT) demo $(OPTIONS) $(ARGS)

bundle: $(READY) ## put that page into a folder and a zip that need neither kit nor data
	$(KIT) bundle $(OPTIONS) $(ARGS)

export: $(READY) ## write the ensemble for other programs: ARGS="--format keras|h5|onnx|tflite"
	$(KIT) export $(OPTIONS) $(ARGS)

doctor: $(READY) ## check credentials, rules, versions, backend, disk and memory
	$(KIT) doctor $(OPTIONS) $(ARGS)

notebook: $(READY) ## execute the method as a story, notebooks/digit_recognizer.ipynb
	$(VENV)/bin/jupyter-execute notebooks/digit_recognizer.ipynb $(or $(ARGS),--output=executed)

test: $(READY) ## run the tests
	$(VENV)/bin/pytest --numprocesses=auto --dist=loadfile $(ARGS)

check: $(READY) ## lint, format, types, and the direction of the imports
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

check-kaggle: $(READY) ## run core tests and the notebook on the versions of Kaggle's image
	@sh scripts/check-kaggle $(VENV)-kaggle $(PYTHON)

bench: $(READY) $(PEERS) ## the benchmarks, minutes to hours; make download first
	$(VENV)/bin/python -m benchmarks.speed.load
	$(VENV)/bin/python -m benchmarks.speed.leaderboard
	$(VENV)/bin/python -m benchmarks.speed.augmentation
	$(VENV)/bin/python -m benchmarks.speed.training
	$(VENV)/bin/python -m benchmarks.speed.growth
	$(VENV)/bin/python -m benchmarks.speed.oracle
	$(VENV)/bin/python -m benchmarks.speed.workers
	$(VENV)/bin/python -m benchmarks.peers.search
	$(VENV)/bin/python -m benchmarks.peers.peers --python $(PEERS)/bin/python $(ARGS)

$(PEERS): benchmarks/peers/requirements.txt
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --requirement benchmarks/peers/requirements.txt
	@touch $@

lock: ## lock what pyproject.toml newly asks for, or ARGS=--upgrade (needs uv)
	uv pip compile pyproject.toml --extra dev --output-file requirements.lock --universal \
	  --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --quiet $(ARGS)

clean: ## delete .venv and the caches of the tools; data and runs stay
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache quickstart
