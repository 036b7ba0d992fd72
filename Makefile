# The whole pipeline, top to bottom: download, tune, fit, submit. `make` lists the targets.

PRESET ?=
RUN ?= default
COMPETITION ?= digit-recognizer
ARGS ?=
PYTHON ?= python3

VENV := .venv
READY := $(VENV)/.ready
PEERS := $(VENV)-peers
NOTEBOOK ?= notebooks/digit_recognizer.ipynb
# In `make download tune submit ARGS=--dry-run`, the option is only for submit.
OTHERS = $(filter-out --dry-run --no-wait --again --rewrite --sync,$(ARGS))
OPTIONS = --competition $(COMPETITION) --run $(RUN)
KIT = $(VENV)/bin/kaggle-kit

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup quickstart init download tune fit blend submit kernel push leaderboard runs predict report demo bundle export doctor notebook test test-long check check-kaggle bench docs dist lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'variables: PRESET=quick|standard|best RUN=name COMPETITION=slug ARGS="more options"'

setup: $(READY) ## create .venv from the lock file; the other targets do this by themselves

$(READY): requirements.lock pyproject.toml
	@sh scripts/setup $(VENV) $(PYTHON)
	@touch $@

quickstart: $(READY) ## run the whole pipeline on an embedded sample: no account, no internet
	$(KIT) quickstart $(ARGS)

init: $(READY) ## describe another competition: COMPETITION=slug ARGS="--from PATH --metric auc"
	$(KIT) init $(COMPETITION) $(OTHERS)

download: $(READY) ## download the competition's data from Kaggle, or use ARGS="--from PATH"
	$(KIT) download $(OPTIONS) $(OTHERS)

tune: $(READY) ## search for the best network under cross-validation; resumes
	$(KIT) tune $(OPTIONS) $(if $(PRESET),--preset $(PRESET)) $(OTHERS)

fit: $(READY) ## train the ensemble of the best network and score it out of fold; resumes
	$(KIT) fit $(OPTIONS) $(OTHERS)

blend: $(READY) ## make one run of several: RUN=new ARGS="default cnn"
	$(KIT) blend $(OPTIONS) $(ARGS)

submit: $(READY) ## write submission.csv, upload it, wait for the score; fits first if needed
	$(KIT) submit $(OPTIONS) $(ARGS)

kernel: $(READY) ## build the Kaggle notebook that contains the kit
	$(KIT) kernel $(OPTIONS) $(if $(PRESET),--preset $(PRESET)) $(ARGS)

push: $(READY) ## build the notebook, push it to Kaggle, follow it, fetch its output
	$(KIT) push $(OPTIONS) $(if $(PRESET),--preset $(PRESET)) $(ARGS)

leaderboard: $(READY) ## download and review the leaderboard: rank, scores to beat, suspicious scores
	$(KIT) leaderboard $(OPTIONS) $(ARGS)

runs: $(READY) ## list the runs with CV and scores; ARGS="A B" compares two runs
	$(KIT) runs $(OPTIONS) $(ARGS)

predict: $(READY) ## label your own pictures with the run: ARGS="photos --out labels.csv"
	$(KIT) predict $(OPTIONS) $(ARGS)

report: $(READY) ## make the report page of the run, with its plots
	$(KIT) report $(OPTIONS) $(ARGS)

demo: $(READY) ## serve the page that reads a drawn or uploaded digit and shows the reasons
	$(KIT) demo $(OPTIONS) $(ARGS)

bundle: $(READY) ## write this page as a folder and a zip that run without the kit and the data
	$(KIT) bundle $(OPTIONS) $(ARGS)

export: $(READY) ## write the ensemble for other programs: ARGS="--format keras|h5|onnx|tflite"
	$(KIT) export $(OPTIONS) $(ARGS)

doctor: $(READY) ## check credentials, rules, versions, backend, disk and memory
	$(KIT) doctor $(OPTIONS) $(ARGS)

notebook: $(READY) ## execute notebooks/digit_recognizer.ipynb, which explains the method
	$(VENV)/bin/jupyter-execute $(NOTEBOOK) $(or $(ARGS),--output=executed)

test: $(READY) ## run the tests
	$(VENV)/bin/pytest --numprocesses=auto --dist=loadfile $(ARGS)

test-long: $(READY) ## run the tests that take too long for make test: every step of every competition
	$(VENV)/bin/pytest --numprocesses=auto -m long $(ARGS)

check: $(READY) ## lint, format, types, import contracts, and names that Windows lacks
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python scripts/portability

check-kaggle: $(READY) ## run core tests and the notebook with the versions of Kaggle's image
	@sh scripts/check-kaggle $(VENV)-kaggle $(PYTHON)

bench: $(READY) $(PEERS) ## run the benchmarks, minutes to hours; needs make download
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

docs: $(READY) ## build the site of the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet $(ARGS)

dist: $(READY) ## build the wheel and the sdist into dist/
	$(VENV)/bin/python -m build --no-isolation --outdir dist $(ARGS)

lock: ## lock new dependencies of pyproject.toml, or all with ARGS=--upgrade (needs uv)
	uv pip compile pyproject.toml --extra dev --output-file requirements.lock --universal \
	  --fork-strategy fewest --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --quiet $(ARGS)

clean: ## delete .venv, caches, quickstart/, site/ and dist/; keep data and runs
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache quickstart site dist
