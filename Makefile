# What hands type. Meson does the building; this installs what is missing, and calls it.
#
#   make                          builds build/ferry
#   make serve DIR=~/pub LISTEN=:6767
#   make test  [ONLY=e2e] [K=pipelin]
#   make fuzz  [FUZZ_SECONDS=60] [ONLY=conn]
#   make soak  [MINUTES=10]
#   make bench [ONLY=small] [ROUNDS=5] [QUICK=1]
#   make install [PREFIX=/usr/local] [DESTDIR=]
#   make format | clean

PREFIX ?= /usr/local
DIR ?= .
LISTEN ?=
# Through the environment, so that no name needs quoting.
export DIR DESTDIR ONLY K FUZZ_SECONDS ROUNDS QUICK PEERS FERRY AGAINST MINUTES SEED

all: build/ferry

# Ninja knows what is out of date; so it is asked every time.
build/ferry: deps FORCE
	@test -f build/build.ninja || meson setup build --buildtype=release -Dtests=disabled --prefix='$(PREFIX)'
	@ninja -C build

serve: build/ferry
	@exec build/ferry serve $(patsubst %,--listen '%',$(LISTEN)) -- "$$DIR"

test: build/ferry
	@scripts/deps test
	@/usr/bin/python3 tests/run

fuzz:
	@scripts/deps build
	@scripts/deps test
	@tests/fuzz/run

# The program that was just built, or FERRY.
soak: build/ferry
	@scripts/deps test
	@tests/soak

bench: build/ferry
	@scripts/deps bench
	@bench/run

# The prefix may be another one than when it was built.
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
	rm -rf build build-release build-asan build-tsan build-clang build-fuzz build-bench

FORCE:
.PHONY: all serve test fuzz soak bench install deps format clean FORCE
