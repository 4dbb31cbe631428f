# ticklake: `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

BIN      := bin/ticklake
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS  := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 30s
DATASET  ?=
ARGS     ?=
DIR      ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: tools-build
tools-build:
	@scripts/need build

.PHONY: build
build: tools-build ## Build bin/ticklake with its page; the first time takes minutes
	@scripts/page
	@scripts/build $(BIN) '$(LDFLAGS)'

.PHONY: run
run: build ## Run everything here; DATASET=FILE feeds a file, ARGS=… are further flags of `up`
	@exec $(BIN) up $(if $(DATASET),--dataset '$(DATASET)') $(ARGS)

.PHONY: test
test: ## Run every test, with all of its set-up
	@scripts/test

.PHONY: lint
lint: ## Run the linters
	@scripts/lint

.PHONY: fmt
fmt: ## Format the code
	@scripts/lint fmt

.PHONY: bench
bench: tools-build ## Run the benchmarks; BENCH=regexp chooses, COUNT=6 repeats
	@go test -run '^$$' -bench '$(or $(BENCH),.)' -benchmem -count $(or $(COUNT),1) ./internal/...

.PHONY: benchstat
benchstat: ## Compare two outputs of make bench: OLD=FILE NEW=FILE
	@go tool -modfile=tools/go.mod benchstat '$(OLD)' '$(NEW)'

.PHONY: fuzz
fuzz: tools-build ## Run each fuzz target for FUZZTIME (30s)
	@scripts/fuzz $(FUZZTIME)

.PHONY: soak
soak: build ## Stop, kill, resume and refuse ROUNDS (20) times at random moments, then verify
	@TICKLAKE_BIN=$(abspath $(BIN)) go test -count=1 -v -timeout 0 ./e2e/soak -rounds $(or $(ROUNDS),20) $(if $(SEED),-seed $(SEED))

.PHONY: picture
picture: build ## Take the README's pictures of the page from a running program; takes minutes
	@scripts/picture

.PHONY: trino-pack
trino-pack: tools-build ## Hold the SQL front-end against a pack of a real Trino's answers in DIR
	@test -n '$(DIR)' || { echo 'make trino-pack: say where the pack is: make trino-pack DIR=path' >&2; exit 2; }
	@go test -count=1 -v -run '^TestTrinoPack$$' ./internal/local/athena/duck -trino-pack-dir '$(abspath $(DIR))'

.PHONY: vuln
vuln: tools-build ## Look for known vulnerabilities (needs the open internet)
	@go run golang.org/x/vuln/cmd/govulncheck@latest ./...

.PHONY: reset
reset: ## Delete all data under ./data, after asking
	@scripts/reset data

.PHONY: clean
clean: ## Remove what was built; data stays
	@rm -rf bin .cache internal/web/ui/{dist,node_modules}
