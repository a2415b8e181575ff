# threatresponsed: try it with "make demo", test it with "make check"; "make help" lists the rest.

prefix       ?= /usr
sysconfdir   ?= /etc
bindir       ?= $(prefix)/bin
sbindir      ?= $(prefix)/sbin
libexecdir   ?= $(prefix)/libexec
includedir   ?= $(prefix)/include
libdir       ?= $(prefix)/lib/$(shell $(CC) -print-multiarch 2>/dev/null)
mandir       ?= $(prefix)/share/man
unitdir      ?= $(prefix)/lib/systemd/system
sysusersdir  ?= $(prefix)/lib/sysusers.d
catalogdir   ?= $(prefix)/lib/systemd/catalog
idldir       ?= $(prefix)/share/varlink
completedir  ?= $(prefix)/share/bash-completion/completions
PYTHON       ?= /usr/bin/python3
PKG_CONFIG   ?= pkg-config
BUILD        ?= build
O            := $(BUILD)/obj

DEBIAN_PACKAGES := ca-certificates gcc libc6-dev pkg-config libcurl4-openssl-dev libssl-dev libjson-c-dev libconfig-dev libsystemd-dev \
    libseccomp-dev libmicrohttpd-dev libgnutls28-dev libedit-dev libcmocka-dev mandoc python3 python3-pytest python3-pytest-xdist \
    openssl strace systemd

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings \
    -Wformat=2 -Wundef -Wno-missing-field-initializers $(if $(WERROR),-Werror)
HARDEN   := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2) -fstack-protector-strong
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -fPIE $(WARNINGS) $(HARDEN) -fvisibility=hidden -MMD -MP \
    -Iinclude -Isrc -Itests $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

# What each folder of src needs of others, and of the system; agreement: tests of two programs together.
PACKAGES.common    := json-c
PACKAGES.confine   := json-c libseccomp
PACKAGES.daemon    := json-c libconfig libsystemd libseccomp
PACKAGES.worker    := json-c libcurl openssl libseccomp
PACKAGES.client    := json-c
PACKAGES.ctl       := json-c
PACKAGES.sandbox   := json-c libmicrohttpd gnutls
PACKAGES.agreement := $(PACKAGES.daemon) $(PACKAGES.worker)
PACKAGES.bench     := $(PACKAGES.daemon) $(PACKAGES.worker)
# In the tests of the sandbox OpenSSL reads what GnuTLS has written, and the other way round.
TEST_PACKAGES.sandbox := openssl
ARCHIVES.common    := common
ARCHIVES.confine   := confine common
ARCHIVES.daemon    := daemon confine common
ARCHIVES.worker    := worker confine common
ARCHIVES.client    := threatresponse common
ARCHIVES.ctl       := ctl threatresponse common
ARCHIVES.sandbox   := sandbox common
ARCHIVES.agreement := daemon worker confine common

# Both are asked once, of each package by itself; a missing one shows where its header is included.
$(foreach package,$(sort $(foreach folder,daemon worker sandbox,$(PACKAGES.$(folder))) cmocka),\
    $(eval CFLAGS.$(package) := $(shell $(PKG_CONFIG) --cflags $(package) 2>/dev/null))\
    $(eval LIBS.$(package) := $(shell $(PKG_CONFIG) --libs $(package) 2>/dev/null)))

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)')
objects  = $(patsubst %.c,$(O)/%.o,$(shell find src/$(1) -name "*.c" | sort))
archives = $(patsubst %,$(BUILD)/lib%.a,$(ARCHIVES.$(1)))
cflags   = $(sort $(foreach package,$(PACKAGES.$(1)),$(CFLAGS.$(package))))
libs     = $(foreach package,$(PACKAGES.$(1)),$(LIBS.$(package)))
# The folder below src, tests/unit, tests/fuzz or tests that a source lies in.
folder   = $(firstword $(filter-out src tests unit fuzz,$(subst /, ,$(1))))

PROGRAMS     := threatresponsed threatresponse-worker trctl trsandbox
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(shell find tests/unit -name "test-*.c" | sort))
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*/fuzz-*.c))
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
SOURCES      := $(shell find src include tests -name "*.[ch]" | sort)

all: ## Builds everything into build/ (WERROR=1, V=1, CC=clang, SANITIZE=address,undefined)
all: $(addprefix $(BUILD)/,$(PROGRAMS)) $(BUILD)/libthreatresponse.so.0 $(BUILD)/threatresponse.pc

$(BUILD)/threatresponsed: $(call objects,daemon) $(call objects,confine) $(O)/varlink/org.threatresponse.agent.o $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,daemon)

$(BUILD)/threatresponse-worker: $(call objects,worker) $(call objects,confine) $(O)/varlink/org.threatresponse.worker.o $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,worker)

$(BUILD)/trctl: $(call objects,ctl) $(BUILD)/libthreatresponse.a $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,ctl)

$(BUILD)/trsandbox: $(call objects,sandbox) $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,sandbox) -pthread

# Each program's modules for its tests: all but main.o, and its IDL. "ar q": two modules may have the same base name.
$(BUILD)/libdaemon.a: $(O)/varlink/org.threatresponse.agent.o
$(BUILD)/libworker.a: $(O)/varlink/org.threatresponse.worker.o
$(BUILD)/libthreatresponse.a: $(call objects,client)
$(foreach folder,common confine daemon worker ctl sandbox,\
    $(eval $(BUILD)/lib$(folder).a: $(filter-out %/main.o,$(call objects,$(folder)))))
$(BUILD)/lib%.a:
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/libthreatresponse.so.0: $(patsubst $(O)/%.o,$(O)/pic/%.o,$(call objects,client) $(call objects,common)) src/client/libthreatresponse.map
	$(call say,LINK)
	$(Q)$(CC) -shared -Wl,-soname,libthreatresponse.so.0 -Wl,--version-script,src/client/libthreatresponse.map \
	    $(filter-out -pie,$(ALL_LDFLAGS)) -o $@ $(filter %.o,$^) $(call libs,client)

$(BUILD)/threatresponse.pc: src/client/threatresponse.pc.in src/common/version.h
	$(call say,GEN)
	$(Q)sed -e 's|@prefix@|$(prefix)|; s|@includedir@|$(includedir)|; s|@libdir@|$(libdir)|' \
	    -e "s|@version@|$$(sed -n 's/#define TR_VERSION "\(.*\)"/\1/p' src/common/version.h)|" $< > $@

# The IDL files are the documentation and the source: embedded as text, returned verbatim.
$(O)/varlink/%.c: src/varlink/%.varlink
	$(call say,EMBED)
	$(Q)mkdir -p $(@D) && { printf '#include "common/idl.h"\nconst char idl_%s[] =\n' $(lastword $(subst ., ,$*)); \
	    sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; echo ';'; } > $@

$(O)/varlink/%.o: $(O)/varlink/%.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(O)/%.o: %.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(call cflags,$(call folder,$<)) -c -o $@ $<

$(O)/pic/%.o: %.c $(BUILD)/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIE,$(ALL_CFLAGS)) -fPIC $(call cflags,client) -c -o $@ $<

# A change of the compiler or of its flags rebuilds everything.
$(BUILD)/flags: FORCE
	$(Q)mkdir -p $(BUILD)
	$(Q)echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@

# A test links the archives of the program that its folder names, and of what that is built on.
.SECONDEXPANSION:
$(BUILD)/tests/%: $(O)/tests/unit/%.o $$(call archives,$$(call folder,$$*))
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(call folder,$*)) \
	    $(foreach package,cmocka $(TEST_PACKAGES.$(call folder,$*)),$(LIBS.$(package))) -pthread

# Under a fuzzing engine (FUZZER=fuzzer, with clang) the target searches; else it replays the files that it is given.
$(BUILD)/fuzz/%: $(O)/tests/fuzz/%.o $(if $(FUZZER),,$(O)/tests/fuzz/replay.o) $$(call archives,$$(call folder,$$*))
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(if $(FUZZER),-fsanitize=$(FUZZER)) -o $@ $^ $(call libs,$(call folder,$*)) -pthread

$(BUILD)/bench/%: $(O)/tests/bench/%.o $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,bench) -pthread

$(BUILD)/bench/herd: $(O)/src/daemon/registration/retry.o

# Preloaded into programs under test.
PRELOADED := $(addprefix $(BUILD)/,crash/short-writes.so system/support/stepped-clock.so)
$(BUILD)/%.so: tests/%.c
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 $(WARNINGS) -shared -fPIC -o $@ $<

# The programs, taken over once they have done their work: what they still can is tried.
TAKEN_OVER := $(addprefix $(BUILD)/confine/,threatresponsed threatresponse-worker)
$(BUILD)/confine/threatresponsed: $(O)/src/daemon/main.o $(call archives,daemon)
$(BUILD)/confine/threatresponsed: private OF := daemon -Wl,--wrap=manager_run
$(BUILD)/confine/threatresponse-worker: $(O)/src/worker/main.o $(call archives,worker)
$(BUILD)/confine/threatresponse-worker: private OF := worker -Wl,--wrap=serve
$(TAKEN_OVER): $(BUILD)/confine/%: $(O)/tests/confine/%.o $(O)/tests/confine/attempts.o
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(wordlist 2,2,$(OF)) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
	    $(call libs,$(firstword $(OF)))

PARALLEL := $(MAKE) --no-print-directory -j$(shell nproc)

check: ## Runs all tests
check: deps-ensure
	$(Q)$(PARALLEL) all unit-tests
	$(Q)$(MAKE) --no-print-directory check-structure check-unit check-system

unit-tests: $(UNIT_TESTS) $(FUZZ_TARGETS)

check-structure: ## Checks who includes and calls whom: folders in layers, no circles
check-structure: all
	$(Q)tests/layers
	$(Q)tests/circles $(BUILD)

check-unit: ## Runs the unit tests and replays the fuzzing corpora
check-unit: unit-tests
	$(Q)tests/unit/run $(BUILD)

# The tests wait for a third of their time: one more at once than there are processors.
check-system: ## Runs the system tests on the real programs
check-system: all $(PRELOADED) $(TAKEN_OVER)
	$(Q)BUILD=$(abspath $(BUILD)) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -p no:cacheprovider \
	    -n $$(($$(nproc) + 1)) tests/system

check-crash: ## Breaks a whole life of an appliance at every system call that counts
check-crash: deps-ensure
	$(Q)$(PARALLEL) all $(BUILD)/crash/short-writes.so
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/crash/campaign.py $(abspath $(BUILD))

check-model: ## Checks the model of the registration, and that its mutations are found
	$(Q)$(MAKE) --no-print-directory deps-ensure DEBIAN_PACKAGES="gcc libc6-dev spin"
	$(Q)tests/model/check

check-soak: ## Lets two appliances live through random faults, restarts and clients (MINUTES=5, SEED of an earlier run)
check-soak: deps-ensure
	$(Q)$(PARALLEL) all $(BUILD)/soak/live-memory.so
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/soak/soak.py $(abspath $(BUILD)) --minutes $(or $(MINUTES),5) \
	    $(if $(SEED),--seed $(SEED))

check-interop: ## Checks the local interface with programs of others: varlink for Go, promtool
	$(Q)$(MAKE) --no-print-directory deps-ensure DEBIAN_PACKAGES="$(DEBIAN_PACKAGES) golang-go \
	    golang-github-varlink-go-dev varlink-go python3-prometheus-client"
	$(Q)$(PARALLEL) all
	$(Q)tests/interop/run $(BUILD)

check-boot: ## Boots a Debian 12 tree, installs the packages in it and lives the life of an appliance (as root; BY=nspawn, qemu)
check-boot: deb
	$(Q)$(MAKE) --no-print-directory boot-by-$(or $(BY),nspawn)

# 75: such a machine can't be booted here.
boot-by-%:
	$(Q)$(MAKE) --no-print-directory deps-ensure DEBIAN_PACKAGES="debootstrap $(if $(filter qemu,$*),qemu-system-x86 e2fsprogs,systemd-container)"
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/boot/boot.py $(abspath $(BUILD)) $* || { status=$$?; \
	    [ $$status$(BY)$* = 75nspawn ] && $(MAKE) --no-print-directory boot-by-qemu || exit $$status; }

demo: ## Shows the main job against the sandbox cloud: enable, register, deregister
demo: deps-ensure
	$(Q)$(PARALLEL) all
	$(Q)tests/demo.sh $(BUILD)

bench: ## Measures speed and size, each figure beside its floor
bench: deps-ensure
	$(Q)$(PARALLEL) all $(BENCHES)
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/bench/bench.py $(BUILD)

asan: ## Runs all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)-asan SANITIZE=address,undefined check

fuzz: ## Searches with each fuzz target (SECONDS=60, needs clang)
	$(Q)$(PARALLEL) CC=clang BUILD=$(BUILD)-fuzz SANITIZE=address,undefined,fuzzer-no-link FUZZER=fuzzer unit-fuzz
	$(Q)for path in $(patsubst $(BUILD)/%,%,$(FUZZ_TARGETS)); do target=$${path##*/}; echo "== $$target"; mkdir -p $(BUILD)-fuzz/found/$$target; \
	    (cd $(BUILD)-fuzz && $$path -max_total_time=$(or $(SECONDS),60) -print_final_stats=1 -timeout=10 \
	    found/$$target ../tests/fuzz/corpus/$${target#fuzz-}) || exit 1; done

unit-fuzz: $(FUZZ_TARGETS)

coverage: ## Runs all tests and prints what lines they reach
	$(Q)$(MAKE) --no-print-directory deps-ensure DEBIAN_PACKAGES="$(DEBIAN_PACKAGES) lcov"
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)-coverage LDFLAGS=--coverage \
	    CFLAGS='-O0 -g --coverage -DCOVERAGE_FOLDER=\"$(abspath $(BUILD)-coverage)\"' check
	$(Q)lcov -q -c -d $(BUILD)-coverage -o $(BUILD)-coverage/all.info
	$(Q)lcov -q -e $(BUILD)-coverage/all.info '*/src/*' -o $(BUILD)-coverage/src.info
	$(Q)lcov --list $(BUILD)-coverage/src.info

deps: ## Installs the Debian packages that are missing (as root; else says how)
deps: deps-ensure
	@echo 'All needed packages are installed.'

deps-ensure:
	$(Q)missing=$$(for p in $(DEBIAN_PACKAGES); do \
	    dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	    if [ "$$(id -u)" = 0 ]; then apt-get update -q && DEBIAN_FRONTEND=noninteractive \
	        apt-get install -q -y --no-install-recommends $$missing; \
	    else echo 'Packages are missing. Run:' >&2; echo "  sudo apt-get install" $$missing >&2; exit 1; fi; fi

deb: ## Builds the Debian packages into build/deb/
	$(Q)$(MAKE) --no-print-directory deps-ensure DEBIAN_PACKAGES="$(DEBIAN_PACKAGES) build-essential debhelper dpkg-dev"
	$(Q)rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/source
	$(Q)git ls-files -z | xargs -0 cp -P --parents -t $(BUILD)/deb/source
	$(Q)cd $(BUILD)/deb/source && env -u BUILD -u MAKEFLAGS -u WERROR dpkg-buildpackage -us -uc -b 2>&1 | tee ../log
	$(Q)ls $(BUILD)/deb/*.changes >/dev/null

check-package: ## Builds the Debian packages and looks at them: lintian, contents, dependencies
check-package: deb
	$(Q)$(MAKE) --no-print-directory deps-ensure DEBIAN_PACKAGES="lintian dpkg-dev"
	$(Q)tests/package.sh $(BUILD)

complaints: ## Writes docs/complaints.md from the marks at the tests
	$(Q)tests/complaints > docs/complaints.md

format: ## Lays the sources out with clang-format
	$(Q)clang-format -i $(SOURCES)

format-check: ## Fails if clang-format would change something
	$(Q)clang-format --dry-run -Werror $(SOURCES)

tidy: ## Looks for faults with clang-tidy
tidy: compile_commands.json
	$(Q)clang-tidy -quiet -p . $(filter src/%.c,$(SOURCES))

compile_commands.json: ## Writes the compilation database for editors and clang-tidy
compile_commands.json: Makefile
	$(call say,GEN)
	$(file >$@,[)$(foreach source,$(filter %.c,$(SOURCES)),$(file >>$@,{"directory": "$(CURDIR)", "file": "$(source)", "command": \
	    "$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(call cflags,$(call folder,$(source))) -c $(source)"}$(if \
	    $(filter $(source),$(lastword $(filter %.c,$(SOURCES)))),,$(comma))))$(file >>$@,])

comma := ,

# Commands of the console that are programs, too.
CONSOLE_LINKS := threatresponseconfig cloudserviceconfig

MANUALS := $(wildcard docs/man/*.[1-8])
UNITS := $(wildcard systemd/*.service systemd/*.socket)

install: ## Installs into $(DESTDIR)$(prefix)
install: all
	install -D -m 755 -t $(DESTDIR)$(sbindir) $(BUILD)/threatresponsed
	install -D -m 755 -t $(DESTDIR)$(libexecdir) $(BUILD)/threatresponse-worker
	install -D -m 755 -t $(DESTDIR)$(bindir) $(BUILD)/trctl $(BUILD)/trsandbox
	for name in $(CONSOLE_LINKS); do ln -sf trctl $(DESTDIR)$(bindir)/$$name; done
	install -D -m 644 -t $(DESTDIR)$(completedir) src/ctl/bash-completion/trctl
	for name in $(CONSOLE_LINKS); do ln -sf trctl $(DESTDIR)$(completedir)/$$name; done
	install -D -m 644 -t $(DESTDIR)$(libdir) $(BUILD)/libthreatresponse.so.0
	ln -sf libthreatresponse.so.0 $(DESTDIR)$(libdir)/libthreatresponse.so
	install -D -m 644 -t $(DESTDIR)$(libdir)/pkgconfig $(BUILD)/threatresponse.pc
	install -D -m 644 -t $(DESTDIR)$(includedir) include/threatresponse.h
	install -D -m 644 -t $(DESTDIR)$(idldir) $(wildcard src/varlink/*.varlink)
	[ -e $(DESTDIR)$(sysconfdir)/threatresponsed.conf ] || \
	    install -D -m 644 -t $(DESTDIR)$(sysconfdir) etc/threatresponsed.conf
	install -D -m 644 -t $(DESTDIR)$(unitdir) $(UNITS)
	install -D -m 644 -t $(DESTDIR)$(catalogdir) systemd/threatresponse.catalog
	install -D -m 644 systemd/threatresponsed.sysusers $(DESTDIR)$(sysusersdir)/threatresponsed.conf
	for page in $(MANUALS); do install -D -m 644 -t $(DESTDIR)$(mandir)/man$${page##*.} $$page; done
	for name in $(CONSOLE_LINKS); do ln -sf trctl.1 $(DESTDIR)$(mandir)/man1/$$name.1; done

uninstall: ## Removes what install made, but for the configuration and the state
	rm -f $(DESTDIR)$(sbindir)/threatresponsed $(DESTDIR)$(libexecdir)/threatresponse-worker \
	    $(addprefix $(DESTDIR)$(bindir)/,trctl trsandbox $(CONSOLE_LINKS)) \
	    $(addprefix $(DESTDIR)$(completedir)/,trctl $(CONSOLE_LINKS)) \
	    $(addprefix $(DESTDIR)$(libdir)/,libthreatresponse.so.0 libthreatresponse.so pkgconfig/threatresponse.pc) \
	    $(DESTDIR)$(includedir)/threatresponse.h $(DESTDIR)$(catalogdir)/threatresponse.catalog \
	    $(DESTDIR)$(sysusersdir)/threatresponsed.conf \
	    $(patsubst src/varlink/%,$(DESTDIR)$(idldir)/%,$(wildcard src/varlink/*.varlink)) \
	    $(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(UNITS))) \
	    $(foreach page,$(notdir $(MANUALS)) $(addsuffix .1,$(CONSOLE_LINKS)),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(page))

clean: ## Removes what was built
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz $(BUILD)-coverage compile_commands.json

help: ## Prints this list
	@sed -n 's/^\([a-z_.-]*\):.*## \(.*\)/\1@\2/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "  %-22s %s\n", $$1, $$2 }'

-include $(shell find $(O) -name '*.d' 2>/dev/null)

FORCE:
.PHONY: FORCE all check check-package check-boot check-interop check-structure check-unit check-system check-crash check-model check-soak unit-tests unit-fuzz demo bench asan fuzz \
    coverage complaints deb deps deps-ensure format format-check tidy install uninstall clean help
.SECONDARY:
.DELETE_ON_ERROR:
