# `make run` starts a city on this machine; `make test` runs every check. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
export CIVITAS_BIN := $(abspath $(TARGET))/release/civitas
CIVITAS_SIM := $(abspath $(TARGET))/release/civitas-sim
# Cities whose validators stay, and as many whose validators change.
SIM_SEEDS ?= 1000
# Where `scripts/setup` puts Node if the machine has none that is new enough.
export PATH := $(or $(CIVITAS_CACHE),$(HOME)/.cache/civitas)/node/bin:$(PATH)
# What the pages of the console are made of: they are built again when one of these is newer.
PAGES := $(shell find console -type f -not -path '*/node_modules/*' -not -path 'console/dist/*')

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

.PHONY: run
run: build compilers ## build, and start a city of four validators with a console and a sample of a city's life in ./city
	$(CIVITAS_BIN) up --dir city --sample

.PHONY: build
build: setup-build console ## build the program with its console
	$(CARGO) build --release --locked --workspace --bin civitas

.PHONY: setup-build
setup-build:
	scripts/setup build

.PHONY: console
console: setup-build ## build the pages of the console, if one of their sources is newer
	@$(MAKE) --no-print-directory console/dist/index.html

# The lock file that npm writes last says what is installed.
console/node_modules/.package-lock.json: console/package.json console/package-lock.json
	cd console && npm ci --no-audit --no-fund --loglevel=error
	touch $@

console/dist/index.html: console/node_modules/.package-lock.json $(PAGES)
	cd console && npm run build
	touch $@

.PHONY: compilers
compilers: setup-build ## Solidity compilers, with which the console verifies sources of contracts
	scripts/compilers

.PHONY: pages
pages: console ## types, style and tests of the pages of the console
	scripts/light-wasm --stale
	cd console && npm run check

.PHONY: test
test: setup-test format pages lint tidy unit sim judges e2e ## every check
	@echo "all checks passed"

.PHONY: setup-test
setup-test:
	scripts/setup test

.PHONY: format
format: ## formatting
	$(CARGO) fmt --all --check

.PHONY: lint
lint: ## clippy, warnings are errors
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings

.PHONY: tidy
tidy: ## layers, sizes, documentation
	$(CARGO) xtask tidy

.PHONY: verifier
verifier: ## compile the verifier of the pages anew, and compare every byte (minutes)
	scripts/light-wasm --check

.PHONY: unit
unit: compilers ## unit and integration tests of every crate
	$(CARGO) test --release --locked --workspace --lib --bins --tests

.PHONY: sim
sim: ## whole cities under seeds, with faults; two bugs built in on purpose must be found
	$(CARGO) build --release --locked --workspace --bin civitas-sim
	$(CIVITAS_SIM) --seeds $(SIM_SEEDS)
	$(CIVITAS_SIM) --seeds $(SIM_SEEDS) --epochs
	$(CIVITAS_SIM) --seeds 40 --bug double-vote
	$(CIVITAS_SIM) --seeds 40 --bug missing-fsync

.PHONY: judges
judges: build ## Ethereum's JSON-RPC fixtures on an imported chain
	testing/judges/run

.PHONY: e2e
e2e: build compilers ## real binaries, real clients
	testing/e2e/run

.PHONY: long
long: sim build ## runs that take hours: 10,000 seeds, 100 rounds of kills, half an hour of certificates of a minute
	$(CIVITAS_SIM) --seeds 10000
	$(CIVITAS_SIM) --seeds 10000 --epochs
	testing/e2e/run faults --rounds 100
	testing/e2e/run certificates --minutes 30
	testing/e2e/run partitions --judge-times

.PHONY: bench
bench: build ## the canonical workload on a city of four validators
	$(CIVITAS_BIN) bench --validators 4 --workload erc20 --seconds 30

.PHONY: deny
deny: ## licences and advisories of dependencies (needs cargo-deny)
	$(CARGO) deny check
