# threatresponsed: try it with "make demo", test it with "make check"; "make help" lists the rest.

prefix       ?= /usr
sysconfdir   ?= /etc
bindir       ?= $(prefix)/bin
sbindir      ?= $(prefix)/sbin
libexecdir   ?= $(prefix)/libexec
includedir   ?= $(prefix)/include
libdir       ?= $(prefix)/lib/$(shell $(CC) -print-multiarch 2>/dev/null)
unitdir      ?= $(prefix)/lib/systemd/system
PYTHON       ?= /usr/bin/python3
PKG_CONFIG   ?= pkg-config
BUILD        ?= build
O            := $(BUILD)/obj

DEBIAN_PACKAGES := gcc libc6-dev pkg-config libcurl4-openssl-dev libssl-dev libjson-c-dev libconfig-dev libsystemd-dev \
    libmicrohttpd-dev libgnutls28-dev libcmocka-dev python3 python3-pytest openssl strace

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings \
    -Wformat=2 -Wundef -Wno-missing-field-initializers $(if $(WERROR),-Werror)
HARDEN   := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2) -fstack-protector-strong
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE -fPIE $(WARNINGS) $(HARDEN) -fvisibility=hidden -MMD -MP \
    -Iinclude -Isrc/common $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

JSON    := json-c
DAEMON  := json-c libconfig libsystemd
WORKER  := json-c libcurl openssl
SANDBOX := json-c libmicrohttpd gnutls

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)')
cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
libs   = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)
objects = $(patsubst %.c,$(O)/%.o,$(wildcard src/$(1)/*.c))

IDL_OBJECTS  := $(patsubst src/varlink/%.varlink,$(O)/varlink/%.o,$(wildcard src/varlink/*.varlink))
PROGRAMS     := threatresponsed threatresponse-worker trctl trsandbox
UNIT_TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test-*.c))
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/fuzz-*.c))
BENCHES      := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
SOURCES      := $(wildcard src/*/*.[ch] include/*.h tests/*/*.[ch])

all: ## Builds everything into build/ (WERROR=1, V=1, CC=clang, SANITIZE=address,undefined)
all: $(addprefix $(BUILD)/,$(PROGRAMS)) $(BUILD)/libthreatresponse.so.0 $(BUILD)/threatresponse.pc

$(BUILD)/threatresponsed: $(call objects,daemon) $(O)/varlink/org.threatresponse.agent.o $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(DAEMON))

$(BUILD)/threatresponse-worker: $(call objects,worker) $(O)/varlink/org.threatresponse.worker.o $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(WORKER))

$(BUILD)/trctl: $(call objects,ctl) $(BUILD)/libthreatresponse.a $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(JSON))

$(BUILD)/trsandbox: $(call objects,sandbox) $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,$(SANDBOX)) -pthread

$(BUILD)/libcommon.a: $(call objects,common)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/libthreatresponse.a: $(call objects,client)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/libthreatresponse.so.0: $(patsubst $(O)/%.o,$(O)/pic/%.o,$(call objects,client) $(call objects,common)) src/client/libthreatresponse.map
	$(call say,LINK)
	$(Q)$(CC) -shared -Wl,-soname,libthreatresponse.so.0 -Wl,--version-script,src/client/libthreatresponse.map \
	    $(filter-out -pie,$(ALL_LDFLAGS)) -o $@ $(filter %.o,$^) $(call libs,$(JSON))

$(BUILD)/threatresponse.pc: src/client/threatresponse.pc.in src/common/version.h
	$(call say,GEN)
	$(Q)sed -e 's|@prefix@|$(prefix)|; s|@includedir@|$(includedir)|; s|@libdir@|$(libdir)|' \
	    -e "s|@version@|$$(sed -n 's/#define TR_VERSION "\(.*\)"/\1/p' src/common/version.h)|" $< > $@

# The IDL files are the documentation and the source: embedded as text, returned verbatim.
$(O)/varlink/%.c: src/varlink/%.varlink
	$(call say,EMBED)
	$(Q)mkdir -p $(@D) && { printf '#include "idl.h"\nconst char idl_%s[] =\n' $(lastword $(subst ., ,$*)); \
	    sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; echo ';'; } > $@

$(O)/varlink/%.o: $(O)/varlink/%.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(O)/%.o: %.c $(BUILD)/flags
	$(call say,CC)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(call cflags,$(DAEMON) $(WORKER) $(SANDBOX)) -c -o $@ $<

$(O)/pic/%.o: %.c $(BUILD)/flags
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -fPIE,$(ALL_CFLAGS)) -fPIC $(call cflags,$(JSON)) -c -o $@ $<

# A change of the compiler or of its flags rebuilds everything.
$(BUILD)/flags: FORCE
	$(Q)mkdir -p $(BUILD)
	$(Q)echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' > $@

# A unit test links every module but the programs' main files.
PARTS := $(filter-out %/main.o,$(foreach part,daemon worker client ctl sandbox,$(call objects,$(part))))
$(BUILD)/libparts.a: $(PARTS) $(IDL_OBJECTS)
	$(call say,AR)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tests/%: $(O)/tests/unit/%.o $(BUILD)/libparts.a $(BUILD)/libcommon.a
	$(call say,LINK)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call libs,cmocka $(DAEMON) $(WORKER) $(SANDBOX)) -pthread

check: ## Runs all tests
check: deps-ensure
	$(Q)$(MAKE) --no-print-directory all check-unit check-system

-include $(shell find $(O) -name '*.d' 2>/dev/null)

FORCE:
.PHONY: FORCE all check
.SECONDARY:
.DELETE_ON_ERROR:
