# What tests the programs, measures them, and looks at the sources; included by ../Makefile.

PYTHON   ?= /usr/bin/python3
PARALLEL := -j$(shell nproc)
RUN      := PYTHONDONTWRITEBYTECODE=1 $(PYTHON)
SOURCES  := $(sort $(shell find src include tests -name '*.[ch]'))

DEBIAN_PACKAGES := ca-certificates gcc libc6-dev pkg-config libcurl4-openssl-dev libssl-dev libjson-c-dev libconfig-dev libsystemd-dev \
    libseccomp-dev libpsl-dev libidn2-dev publicsuffix libmicrohttpd-dev libgnutls28-dev libedit-dev libcmocka-dev mandoc python3 \
    python3-pytest python3-pytest-xdist e2fsprogs openssl strace systemd
NEED     := $(Q)tests/need-packages

UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(shell find tests/unit -name 'test-*.c')))
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*/fuzz-*.c))
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

# A test links the modules of the program that its folder names, all but main.o, and of what that program is built on. The agreement
# is that of the IDL, the daemon and the worker. In the tests of the sandbox OpenSSL reads what GnuTLS has written. What
# several tests of the daemon or the sandbox use lies in tests/unit/helpers.
PACKAGES.agreement := $(sort $(PACKAGES.daemon) $(PACKAGES.worker))
PACKAGES.bench     := $(PACKAGES.agreement)
ARCHIVES.common    := common
ARCHIVES.confine   := confine common
ARCHIVES.client    := threatresponse common
ARCHIVES.ctl       := ctl threatresponse common
ARCHIVES.daemon    := daemon-helpers daemon confine common
ARCHIVES.worker    := worker confine common
ARCHIVES.agreement := daemon-helpers daemon worker confine common
ARCHIVES.sandbox   := sandbox-helpers sandbox common
TEST_LIBS.sandbox  := $(LIBS.openssl)
archives = $(patsubst %,$(BUILD)/lib%.a,$(ARCHIVES.$(call folder,$(1))))

$(foreach program,confine daemon worker ctl sandbox,$(eval \
    $(BUILD)/lib$(program).a: $(filter-out %/main.o,$(OBJECTS.$(program)))))
$(BUILD)/libdaemon.a: $(O)/varlink/org.threatresponse.agent.o $(O)/varlink/org.threatresponse.casebook.o
$(foreach program,daemon sandbox,$(eval \
    $(BUILD)/lib$(program)-helpers.a: $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/unit/helpers/$(program)/*.c)))))
$(BUILD)/libworker.a: $(O)/varlink/org.threatresponse.worker.o

.SECONDEXPANSION:
$(BUILD)/tests/%: $(O)/tests/unit/%.o $$(call archives,$$*)
	$(call begin,LINK)
	$(Q)$(LINK) $(LIBS.cmocka) $(TEST_LIBS.$(call folder,$*))

# Under a fuzzing engine (FUZZ_ENGINE=-fsanitize=fuzzer, with clang) the target searches; else it replays the files that it is
# given. FUZZ_LINKER: an engine may need a C++ compiler.
$(BUILD)/fuzz/%: private CC := $(or $(FUZZ_LINKER),$(CC))
$(BUILD)/fuzz/%: $(O)/tests/fuzz/%.o $(if $(FUZZ_ENGINE),,$(O)/tests/fuzz/replay.o) $$(call archives,$$*)
	$(call begin,LINK)
	$(Q)$(LINK) $(FUZZ_ENGINE)

$(BUILD)/bench/herd: $(O)/src/daemon/core/retry.o
$(BUILD)/bench/%: $(O)/tests/bench/%.o $(BUILD)/libcommon.a
	$(call begin,LINK)
	$(Q)$(LINK)

# Preloaded into programs under test.
PRELOADED := $(addprefix $(BUILD)/,crash/short-writes.so system/support/stepped-clock.so)
$(BUILD)/%.so: tests/%.c
	$(call begin,LINK)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -O2 $(WARNINGS) -shared -fPIC -o $@ $<

# The programs, taken over once they have done their work: what they still can is tried.
ATTEMPTS   := $(addprefix $(O)/tests/confine/,attempts.o attempts-code.o attempts-sockets.o)
TAKEN_OVER := $(addprefix $(BUILD)/confine/,threatresponsed threatresponse-worker)
$(BUILD)/confine/threatresponsed: private ALL_LDFLAGS += -Wl,--wrap=manager_run
$(BUILD)/confine/threatresponsed: $(O)/src/daemon/main.o $(O)/tests/confine/threatresponsed.o \
    $(ATTEMPTS) $(call archives,daemon)
$(BUILD)/confine/threatresponse-worker: private ALL_LDFLAGS += -Wl,--wrap=serve
$(BUILD)/confine/threatresponse-worker: $(O)/src/worker/main.o $(O)/tests/confine/threatresponse-worker.o \
    $(ATTEMPTS) $(call archives,worker)
$(TAKEN_OVER):
	$(call begin,LINK)
	$(Q)$(LINK)
taken-over: $(TAKEN_OVER)

check: ## Runs all tests
	$(NEED) $(DEBIAN_PACKAGES)
	$(Q)$(MAKE) $(PARALLEL) all unit-tests
	$(Q)$(MAKE) check-structure check-unit check-system

unit-tests: $(UNIT_TESTS) $(FUZZ_TARGETS)

check-structure: ## Checks who includes and calls whom: folders in layers, no circles
check-structure: all
	$(Q)tests/layers
	$(Q)tests/circles $(BUILD)

check-unit: ## Runs the unit tests and replays the fuzzing corpora
check-unit: unit-tests
	$(Q)tests/unit/run $(BUILD)

system-tests: all $(PRELOADED) $(TAKEN_OVER)

# The tests wait for a third of their time: one more at once than there are processors. A test that hangs ends with its stack.
check-system: ## Runs the system tests on the real programs
check-system: system-tests
	$(Q)BUILD=$(abspath $(BUILD)) $(RUN) -m pytest -q -p no:cacheprovider -n $$(($$(nproc) + 1)) \
	    --timeout 600 tests/system

check-crash: ## Breaks a whole life of an appliance at every system call that counts
	$(NEED) $(DEBIAN_PACKAGES)
	$(Q)$(MAKE) $(PARALLEL) all $(BUILD)/crash/short-writes.so
	$(Q)$(RUN) tests/crash/campaign.py $(abspath $(BUILD))

check-model: ## Checks the model of the registration, and that its mutations are found
	$(NEED) gcc libc6-dev spin
	$(Q)tests/model/check

check-soak: ## Lets two appliances live through random faults, restarts and clients (MINUTES=5, SEED of an earlier run)
	$(NEED) $(DEBIAN_PACKAGES)
	$(Q)$(MAKE) $(PARALLEL) all $(BUILD)/soak/live-memory.so
	$(Q)$(RUN) tests/soak/soak.py $(abspath $(BUILD)) --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

check-mutation: ## Changes the sources here and there, and prints what no test notices (SAMPLE=120 SEED=1 FOLDERS=common,client)
	$(NEED) $(DEBIAN_PACKAGES)
	$(Q)$(RUN) tests/mutation/mutation.py $(abspath $(BUILD)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(FOLDERS),--folders $(FOLDERS))

check-interop: ## Checks the local interface with programs of others: varlink for Go, promtool
	$(NEED) $(DEBIAN_PACKAGES) golang-go golang-github-varlink-go-dev varlink-go python3-prometheus-client
	$(Q)$(MAKE) $(PARALLEL) all
	$(Q)tests/interop/run $(BUILD)

# The servers are unpacked into the build folder: an installed package would start its service. Most of the time is waiting.
check-field: ## Checks the way to the cloud with the servers of the field: nginx, Apache, HAProxy, stunnel, squid, dnsmasq
	$(NEED) $(DEBIAN_PACKAGES) iproute2
	$(NEED) --unpack $(BUILD)/field/root nginx apache2-bin haproxy squid-openssl dnsmasq-base stunnel4
	$(Q)$(MAKE) $(PARALLEL) all $(PRELOADED)
	$(Q)BUILD=$(abspath $(BUILD)) PYTHONPATH=tests/system $(RUN) -m pytest -q -p no:cacheprovider -n $$(($$(nproc) + 1)) tests/field

check-boot: ## Boots Debian with the packages and lives the life of an appliance (as root; RELEASE=bookworm, trixie; BY=nspawn, qemu)
check-boot: deb
	$(Q)$(MAKE) $(PARALLEL) taken-over
	$(Q)$(MAKE) boot-by-$(or $(BY),nspawn)

# 75: such a machine can't be booted here.
boot-by-%:
	$(NEED) $(DEBIAN_PACKAGES) debootstrap $(if $(filter qemu,$*),qemu-system-x86 e2fsprogs,systemd-container)
	$(Q)$(RUN) tests/boot/boot.py $(abspath $(BUILD)) $* $(or $(RELEASE),bookworm) || { status=$$?; \
	    [ $$status$(BY)$* = 75nspawn ] && $(MAKE) boot-by-qemu || exit $$status; }

demo: ## Shows the main job against the sandbox cloud: enable, register, deregister
	$(NEED) $(DEBIAN_PACKAGES)
	$(Q)$(MAKE) $(PARALLEL) all
	$(Q)tests/demo.sh $(BUILD)

bench: ## Measures speed and size, each figure beside its floor
	$(NEED) $(DEBIAN_PACKAGES)
	$(Q)$(MAKE) $(PARALLEL) all $(BENCHES)
	$(Q)$(RUN) tests/bench/bench.py $(BUILD)

asan: ## Runs all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	$(Q)ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1 $(MAKE) BUILD=$(BUILD)-asan SANITIZE=address,undefined check

fuzz: ## Searches with each fuzz target (SECONDS=60, needs clang), as many at a time as there are processors
	$(Q)$(MAKE) $(PARALLEL) CC='$(if $(findstring ccache,$(CC)),ccache )clang' BUILD=$(BUILD)-fuzz SANITIZE=address,undefined,fuzzer-no-link \
	    FUZZ_ENGINE=-fsanitize=fuzzer unit-fuzz
	$(Q)printf '%s\n' $(patsubst $(BUILD)/%,%,$(FUZZ_TARGETS)) | xargs -P $$(nproc) -n 1 tests/fuzz/search $(BUILD)-fuzz $(or $(SECONDS),60)

unit-fuzz: $(FUZZ_TARGETS)

coverage: ## Runs all tests and prints what lines they reach
	$(NEED) $(DEBIAN_PACKAGES) lcov
	$(Q)$(MAKE) BUILD=$(BUILD)-coverage LDFLAGS=--coverage \
	    CFLAGS='-O0 -g --coverage -DCOVERAGE_FOLDER=\"$(abspath $(BUILD)-coverage)\"' check
	$(Q)lcov -q -c -d $(BUILD)-coverage -o $(BUILD)-coverage/all.info
	$(Q)lcov -q -e $(BUILD)-coverage/all.info '*/src/*' -o $(BUILD)-coverage/src.info
	$(Q)lcov --list $(BUILD)-coverage/src.info

deps: ## Installs the Debian packages that are missing (as root; else says how)
	$(NEED) $(DEBIAN_PACKAGES)
	@echo 'All needed packages are installed.'

deb: ## Builds the Debian packages into build/deb/
	$(NEED) $(DEBIAN_PACKAGES) build-essential debhelper dh-apparmor dpkg-dev
	$(Q)rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/source
	$(Q)git ls-files -z | xargs -0 cp -P --parents -t $(BUILD)/deb/source
	$(Q)cd $(BUILD)/deb/source && env -u BUILD -u MAKEFLAGS -u WERROR dpkg-buildpackage -us -uc -b 2>&1 | tee ../log
	$(Q)ls $(BUILD)/deb/*.changes >/dev/null

check-package: ## Builds the Debian packages and looks at them: lintian, contents, dependencies
check-package: deb
	$(NEED) lintian dpkg-dev
	$(Q)tests/package.sh $(BUILD)

check-reproducible: ## Builds the Debian packages twice, under other conditions, and compares them
	$(NEED) $(DEBIAN_PACKAGES) build-essential debhelper dpkg-dev
	$(Q)tests/reproducible $(abspath $(BUILD))/reproducible

complaints: ## Writes docs/complaints.md from the marks at the tests
	$(Q)tests/complaints > docs/complaints.md

format: ## Lays the sources out with clang-format
	$(Q)clang-format -i $(SOURCES)

format-check: ## Fails if clang-format would change something
	$(Q)clang-format --dry-run -Werror $(SOURCES)

tidy: ## Looks for faults with clang-tidy
tidy: compile_commands.json
	$(NEED) clang-tidy
	$(Q)printf '%s\n' $(filter src/%.c,$(SOURCES)) | xargs -P $$(nproc) -n 4 clang-tidy -quiet -p . 2>$(BUILD)/tidy.log || \
	    { grep -v 'warnings\? generated' $(BUILD)/tidy.log; exit 1; }

comma := ,
compile_commands.json: ## Writes the compilation database for editors and clang-tidy
compile_commands.json: $(HEADERS) FORCE
	$(call begin,GEN)
	$(file >$@,[)$(foreach source,$(filter %.c,$(SOURCES)),$(file >>$@,{"directory": "$(CURDIR)"$(comma) "file": "$(source)"$(comma) "command": \
	    "$(filter-out ccache,$(CC)) $(filter-out -MMD -MP $(HARDEN),$(ALL_CFLAGS)) $(call cflags,$(source)) -c $(source)"}$(if \
	    $(filter $(source),$(lastword $(filter %.c,$(SOURCES)))),,$(comma))))$(file >>$@,])

.PHONY: check check-reproducible unit-tests taken-over system-tests check-structure check-unit check-system check-crash check-model check-soak check-mutation check-interop \
    check-field check-boot check-package \
    demo bench asan fuzz unit-fuzz coverage complaints deps deb format format-check tidy
