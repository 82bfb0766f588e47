# shoujian: build, demo, check. `make help` lists the targets.
PREFIX ?= /usr/local
BUILD  ?= build
CFLAGS ?= -O2 -g
WARN   := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
VERSION := 0.1
STD    := -std=gnu17 -D_GNU_SOURCE -DSHOUJIAN_VERSION='"$(VERSION)"'
SANITIZE ?=
LIBREOFFICE ?= /usr/lib/libreoffice/program

PKG_main    := glib-2.0 libetpan gnutls gmime-3.0 sqlite3 libconfuse jansson libseccomp
PKG_detect  := libzip
PKG_mime    := gmime-3.0 libxml-2.0 $(PKG_detect)
PKG_archive := libarchive $(PKG_detect)
PKG_docx    := libzip libxml-2.0
PKG_kind    := $(PKG_detect)
PKG_office  := libzip
DEF_office  := -DLIBREOFFICE='"$(LIBREOFFICE)"'
LINK_office := -Wl,--export-dynamic-symbol=realpath,--export-dynamic-symbol=__realpath_chk
PKG_scan    := poppler-glib lept
PKG_tnef    := $(PKG_detect)
FILTERS     := mime archive docx office kind scan tnef
DETECTING   := mime archive kind tnef

pkg_cflags = $(shell pkg-config --cflags $(1))
pkg_libs   = $(shell pkg-config --libs $(1))

SRC   := $(wildcard src/*.c)
OBJ   := $(SRC:%.c=$(BUILD)/%.o)
LIBO  := $(filter-out $(BUILD)/src/main.o,$(OBJ))
UNIT  := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/test-*.c))

all: $(BUILD)/shoujian $(FILTERS:%=$(BUILD)/filters/%) $(BUILD)/kill.so  ## build the program and the filters (default)

$(BUILD)/shoujian: $(OBJ)
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(call pkg_libs,$(PKG_main))

MAIN_CFLAGS    = $(call pkg_cflags,$(PKG_main))
$(BUILD)/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -I$(BUILD) -MMD -MP $(MAIN_CFLAGS) -c -o $@ $<

# The schema, as a C string.
$(BUILD)/schema.h: src/schema.sql
	@mkdir -p $(@D)
	sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/"&\\n"/' $< > $@
$(BUILD)/src/store.o: $(BUILD)/schema.h

# A filter is filters/NAME/*.c with the harness and its own libraries; those of DETECTING also tell
# what a file is.
SHARED := $(patsubst filters/%.c,$(BUILD)/shared/%.o,$(wildcard filters/*.c filters/detect/*.c))
$(BUILD)/shared/%.o: filters/%.c $(wildcard filters/*.h filters/detect/*.h)
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -Ifilters $(call pkg_cflags,glib-2.0 jansson $(PKG_detect)) -c -o $@ $<
define filter_rule
$(BUILD)/filters/$(1): $(wildcard filters/$(1)/*.c) $(wildcard filters/*.h filters/detect/*.h filters/$(1)/*.h) \
    $(filter-out $(if $(filter $(1),$(DETECTING)),,$(BUILD)/shared/detect/%),$(SHARED))
	@mkdir -p $$(@D)
	$$(CC) $$(STD) $$(WARN) $$(CFLAGS) $$(SANITIZE) $(DEF_$(1)) -Ifilters $$(call pkg_cflags,glib-2.0 jansson $(PKG_$(1))) \
	    -o $$@ $$(filter %.c %.o,$$^) -Wl,-z,relro,-z,now $(LINK_$(1)) $$(LDFLAGS) \
	    $$(call pkg_libs,glib-2.0 jansson $(PKG_$(1))) $(if $(filter $(1),$(DETECTING)),-lmagic)
endef
$(foreach f,$(FILTERS),$(eval $(call filter_rule,$(f))))

# A unit test is one file, linked with all of the program but its main.
$(BUILD)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(LIBO)
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -Isrc -I$(BUILD) $(MAIN_CFLAGS) $(call pkg_cflags,cmocka) \
	    -o $@ $(filter %.c %.o,$^) $(LDFLAGS) $(call pkg_libs,$(PKG_main) cmocka)

# What the bench runs of the program by itself.
$(BUILD)/bench-%: tests/bench/%.c $(LIBO)
	$(CC) $(STD) $(WARN) $(CFLAGS) $(SANITIZE) -Isrc $(MAIN_CFLAGS) -o $@ $^ $(LDFLAGS) $(call pkg_libs,$(PKG_main))

# For tests/e2e/test_killed.py; without sanitizers, since it is loaded before them.
$(BUILD)/kill.so: tests/lib/kill.c
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<

# What libFuzzer makes up, read by a filter: the same sources, but for where filter_main() is. One target a filter;
# tests/fuzz/NAME.c, if there is one, knows how its files are made.
FUZZ   ?= docx
FUZZ_SECONDS ?= 300
FUZZED := build-fuzz
FUZZ_CC := clang -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
$(FUZZED)/%: tests/fuzz/fuzz.c $(wildcard tests/fuzz/*.[ch] filters/*.[ch] filters/*/*.[ch])
	@mkdir -p $(@D)
	$(FUZZ_CC) $(STD) -Wall -Wextra -Ifilters -Dmain=filter_entry -Wl,--wrap=filter_main -o $@ tests/fuzz/fuzz.c \
	    $(wildcard tests/fuzz/$*.c filters/$*/*.c filters/*.c $(if $(filter $*,$(DETECTING)),filters/detect/*.c)) \
	    $(call pkg_cflags,glib-2.0 jansson $(PKG_$*)) \
	    $(call pkg_libs,glib-2.0 jansson $(PKG_$*)) $(if $(filter $*,$(DETECTING)),-lmagic)
$(FUZZED)/params.json: $(BUILD)/shoujian config/campaign.conf
	@mkdir -p $(@D)
	$< --config config/shoujian.conf campaign --json > $@

SOURCES := $(wildcard src/*.[ch] filters/*.[ch] filters/*/*.[ch] $(addsuffix /*.[ch],tests/unit tests/lib tests/fuzz tests/bench))
ASAN := BUILD=build-asan CFLAGS="-O1 -g -fno-omit-frame-pointer" \
    SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined"

unit: $(UNIT)  ## run the unit tests
	@set -e; for t in $(UNIT); do $$t; done

deps:  ## install what the build and the demo need (apt)
	tests/install-deps

PYTEST := PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider -n $(shell nproc) tests/e2e

check:  ## build, run the unit tests and the end-to-end tests; first installs what they need
	tests/install-deps check
	@clang-format --dry-run -Werror $(SOURCES) || { echo "check: run make format" >&2; exit 1; }
	$(MAKE) -j$(shell nproc) all
	$(MAKE) unit
	SHOUJIAN_BUILD=$(BUILD) $(PYTEST)

check-asan:  ## the same with address and undefined-behaviour sanitizers
	tests/install-deps check
	$(MAKE) -j$(shell nproc) $(ASAN) all
	$(MAKE) $(ASAN) unit
	SHOUJIAN_BUILD=build-asan SHOUJIAN_KILLS=60 $(PYTEST)

demo: deps  ## a real mailbox on loopback, its mails and their answers (KEEP=1: leave the servers running)
	$(MAKE) -j$(shell nproc) all
	SHOUJIAN_BUILD=$(BUILD) /usr/bin/python3 tests/demo.py $(if $(KEEP),--keep)

bench:  ## how fast a poll is, beside mbsync and the usual Python (BENCH=--help: parts, rounds, how many mails)
	tests/install-deps bench
	$(MAKE) -j$(shell nproc) all $(BUILD)/bench-mime
	SHOUJIAN_BUILD=$(BUILD) /usr/bin/python3 tests/bench/bench.py $(BENCH)

fuzz:  ## the filters read what libFuzzer makes up (FUZZ="docx …": which, FUZZ_SECONDS=300: how long each)
	tests/install-deps fuzz
	$(MAKE) -j$(shell nproc) $(FUZZ:%=$(FUZZED)/%) $(FUZZED)/params.json
	/usr/bin/python3 -B tests/fuzz/run.py $(FUZZED) $(FUZZ) --seconds $(FUZZ_SECONDS)

install: all  ## install under $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/shoujian/filters
	install $(BUILD)/shoujian $(DESTDIR)$(PREFIX)/bin/
	install $(FILTERS:%=$(BUILD)/filters/%) $(DESTDIR)$(PREFIX)/lib/shoujian/filters/
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 644 docs/shoujian.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 docs/shoujian-filter.7 $(DESTDIR)$(PREFIX)/share/man/man7/
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/shoujian/,config/replies config/examples)
	install -m 644 config/*.conf config/*.csv $(DESTDIR)$(PREFIX)/share/shoujian/config/
	install -m 644 config/replies/* $(DESTDIR)$(PREFIX)/share/shoujian/config/replies/
	install -m 644 config/examples/* $(DESTDIR)$(PREFIX)/share/shoujian/config/examples/

format:  ## format the sources
	clang-format -i $(SOURCES)

clean:  ## remove what was built
	rm -rf build build-asan build-fuzz
	find tests -name __pycache__ -exec rm -rf {} +

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## +/\1\t/' | expand -t 14

.PHONY: all unit deps check check-asan demo bench fuzz install format clean help
-include $(OBJ:.o=.d)
