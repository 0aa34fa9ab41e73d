# The commands that people type. They install missing packages (scripts/deps), then call Meson and the test programs.
#
#   make                          builds build/ferry
#   make serve DIR=~/pub LISTEN=:6767
#   make test  [ONLY=e2e] [K=pipelin]
#   make fuzz  [FUZZ_SECONDS=60] [ONLY=conn]
#   make soak  [MINUTES=10]
#   make bench [ONLY=small] [ROUNDS=5] [QUICK=1]
#   make install [PREFIX=/usr/local] [DESTDIR=]
#   make format | clean

# Only some shells expand the ~ in PREFIX=~/.local; `override` lets make change what stands on its command line.
PREFIX ?= /usr/local
override PREFIX := $(patsubst ~/%,$(HOME)/%,$(PREFIX))
DIR ?= .
LISTEN ?=
# Recipes read these from the environment, so that a name with spaces or quotes needs no quoting here.
export DIR DESTDIR ONLY K FUZZ_SECONDS ROUNDS QUICK PEERS FERRY AGAINST TCP MINUTES SEED

all: build/ferry

# FORCE: ninja runs every time, since only it knows what is out of date.
build/ferry: deps FORCE
	@test -f build/build.ninja || meson setup build --buildtype=release -Dtests=disabled --prefix='$(PREFIX)'
	@ninja -C build

# DIR=~/pub arrives with its ~ from dash, fish and zsh.
serve: build/ferry
	@case "$$DIR" in '~' | '~/'*) DIR=$$HOME$${DIR#'~'} ;; esac; \
	exec build/ferry serve $(patsubst %,--listen '%',$(LISTEN)) -- "$$DIR"

test:
	@scripts/deps build
	@scripts/deps test
	@/usr/bin/python3 tests/run

fuzz:
	@scripts/deps build
	@scripts/deps test
	@tests/fuzz/run

# Tests build/ferry, or the program that FERRY names.
soak: build/ferry
	@scripts/deps test
	@tests/soak

bench: build/ferry
	@scripts/deps bench
	@bench/run

# PREFIX may differ from the one of the build, so it is set again.
install: build/ferry
	@meson configure build -Dprefix='$(PREFIX)'
	@meson install -C build --quiet
	@echo "ferry: installed under $(DESTDIR)$(PREFIX)"

deps:
	@scripts/deps build

format:
	@scripts/deps format
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

clean:
	rm -rf build build-release build-asan build-tsan build-fuzz build-bench

FORCE:
.PHONY: all serve test fuzz soak bench install deps format clean FORCE
