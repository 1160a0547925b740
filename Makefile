# Thin: make demo, make up, make test, make bench. Everything real is in the packages.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo up test bench check clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   演示全流程 the story, step by step"
	@echo "make up     启动服务 serve until ^C"
	@echo "make test   全部测试 all tests"
	@echo "make check  ruff, mypy --strict"
	@echo "make bench  测速 measurements (BENCH='--certificates 2000000')"

# One virtual environment; made again when the dependencies change.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "× 需要 Python 3.11+（PYTHON=python3.11 make …） / needs Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "× 缺少 venv：Debian/Ubuntu 请安装 python3-venv / venv is missing: apt-get install python3-venv"; exit 1; }
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "… 安装依赖 installing dependencies"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

demo: $(VENV)/installed
	@$(RUN) -m exchange demo

up: $(VENV)/installed
	@exec $(RUN) -m exchange up

test: $(VENV)/installed
	@$(RUN) -m pytest

check: $(VENV)/installed
	@$(RUN) -m ruff check . && $(RUN) -m mypy

bench: $(VENV)/installed
	@$(RUN) -m tests.bench $(BENCH)

clean:
	rm -rf $(VENV) build dist *.egg-info
