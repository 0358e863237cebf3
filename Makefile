# What there is to do here. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

TOOLS := tests/tools
# The projects that conformance and the corpus' tests take; without it they use the cases in tests/.
export CORPUS
# Faults of compose-examples/cable-lab that `make demo` breaks its copy with.
DEMO_FAULTS ?= tunnel-target-port token-mismatch tftp-mount-missing

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Build gonogo and run it on a broken example; needs no Docker
	@$(TOOLS)/install-packages build
	@$(TOOLS)/overlay cable-lab target/demo $(DEMO_FAULTS)
	@echo 'Building gonogo (a minute or two, the first time) ...'
	@cargo build --quiet --locked
	@echo '$$ gonogo --stage build        # in target/demo, a copy of compose-examples/cable-lab with faults in it'
	@status=0; cargo run --quiet --locked -- --stage build -C target/demo || status=$$?; \
	case $$status in \
	  1) echo; echo 'gonogo exited with 1, NO-GO, as it should: the copy is broken. The healthy one:'; \
	     echo '  cargo run -q -- --stage build -C compose-examples/cable-lab' ;; \
	  *) echo "gonogo exited with $$status; 1 was expected" >&2; exit 1 ;; \
	esac

.PHONY: setup
setup: ## Install what the tests need, start their own engine, make their images
	@$(TOOLS)/install-packages
	@$(TOOLS)/engine start
	@$(TOOLS)/images
	@$(TOOLS)/compose-oracle --install

# Everything is built before the tests run in the engine's network, where there is nothing to download from.
.PHONY: test
test: setup ## Run all tests, those with a real engine too
	@cargo test --locked --lib --bins --tests --no-run
	@eval "$$($(TOOLS)/engine env)"; cargo test --locked --lib --bins --tests --no-fail-fast

.PHONY: faults
faults: setup ## Inject every fault and its healthy twin; prints what was found, missed, falsely alarmed
	@eval "$$($(TOOLS)/engine env)"; cargo test --quiet --locked --test faults -- --nocapture

.PHONY: conformance
conformance: ## Compare what gonogo resolves with what Compose resolves (CORPUS=… adds a corpus)
	@$(TOOLS)/install-packages
	@$(TOOLS)/compose-oracle --install
	@cargo test --quiet --locked --test conformance -- --nocapture

.PHONY: fuzz-compose
fuzz-compose: ## Feed the resolver random projects and compare it with Compose
	@$(TOOLS)/install-packages
	@$(TOOLS)/compose-oracle --install
	@cargo test --quiet --locked --test fuzz_compose -- --ignored --nocapture

.PHONY: bench
bench: ## Measure whole processes, in medians, on a release build
	@cargo bench --quiet --locked

.PHONY: lint
lint: ## Check format, lints and documentation
	cargo fmt --check
	cargo clippy --quiet --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --lib
	RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --bin gonogo --document-private-items
	@if command -v shellcheck >/dev/null; then shellcheck -x .ci/run $(TOOLS)/*; else echo 'no shellcheck here: scripts not checked'; fi

.PHONY: licences
licences: ## Check the licence of every crate that gonogo is built from
	@$(TOOLS)/licences

.PHONY: schema
schema: ## Write the generated files anew (schemas, the index of checks)
	@GONOGO_BLESS=1 cargo test --quiet --locked generated

.PHONY: new-check
new-check: ## Lay out a new check: make new-check NAME=… [FAULT=…]
	@$(TOOLS)/new-check "$(NAME)" "$(FAULT)"

.PHONY: clean-engine
clean-engine: ## Stop the tests' engine and remove its data
	@$(TOOLS)/engine clean
