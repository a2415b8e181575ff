# threatresponsed: try it with "make demo", test it with "make check"; "make help" lists the rest.

prefix      ?= /usr
sysconfdir  ?= /etc
bindir      ?= $(prefix)/bin
sbindir     ?= $(prefix)/sbin
libexecdir  ?= $(prefix)/libexec
includedir  ?= $(prefix)/include
libdir      ?= $(prefix)/lib/$(shell $(CC) -print-multiarch 2>/dev/null)
mandir      ?= $(prefix)/share/man
unitdir     ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
apparmordir ?= $(sysconfdir)/apparmor.d
catalogdir  ?= $(prefix)/lib/systemd/catalog
idldir      ?= $(prefix)/share/varlink
completedir ?= $(prefix)/share/bash-completion/completions
PKG_CONFIG  ?= pkg-config
MAKEFLAGS   += --no-print-directory
BUILD       ?= build
O           := $(BUILD)/obj

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings \
    -Wformat=2 -Wundef -Wno-missing-field-initializers $(if $(WERROR),-Werror)
# What not every compiler and machine has: the last is of arm64, clang 14 lacks the two before it.
HARDEN_MORE := -fstack-clash-protection -fcf-protection -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr -mbranch-protection=standard
taken    = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
# A sanitizer has to see what is not initialized.
HARDEN   := -fstack-protector-strong $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,\
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 $(foreach flag,$(HARDEN_MORE),$(call taken,$(flag))))
PIE      := -fPIE
ALL_CFLAGS  = -std=gnu11 -D_GNU_SOURCE $(PIE) $(WARNINGS) -fvisibility=hidden -MMD -MP \
    -Iinclude -Isrc -I$(BUILD)/generated -Itests $(CPPFLAGS) $(CFLAGS) $(HARDEN)
ALL_LDFLAGS = -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

# What each folder of src is compiled and linked with; pkg-config is asked once for each package.
PACKAGES.common  := json-c
PACKAGES.client  := json-c
PACKAGES.ctl     := json-c
PACKAGES.confine := json-c libseccomp
PACKAGES.daemon  := json-c libseccomp libconfig libsystemd
PACKAGES.worker  := json-c libseccomp libcurl openssl libpsl libidn2
PACKAGES.sandbox := json-c libmicrohttpd gnutls
PROGRAMS := threatresponsed threatresponse-worker trctl trsandbox
FOLDERS  := common client ctl confine daemon worker sandbox
$(foreach package,$(sort $(foreach folder,$(FOLDERS),$(PACKAGES.$(folder)))) cmocka,\
    $(eval CFLAGS.$(package) := $(shell $(PKG_CONFIG) --cflags $(package) 2>/dev/null)) \
    $(eval LIBS.$(package) := $(shell $(PKG_CONFIG) --libs $(package) 2>/dev/null)))
$(foreach folder,$(FOLDERS),$(eval OBJECTS.$(folder) := \
    $(patsubst %.c,$(O)/%.o,$(sort $(shell find src/$(folder) -name '*.c')))))

# The folder of FOLDERS that a source or an object is of: its own, or the one that it tests.
folder  = $(firstword $(filter-out src tests unit helpers fuzz,$(subst /, ,$(patsubst $(O)/%,%,$(1)))))
cflags  = $(sort $(foreach package,$(PACKAGES.$(call folder,$(1))),$(CFLAGS.$(package))))
libs    = $(foreach package,$(PACKAGES.$(call folder,$(1))),$(LIBS.$(package)))
COMPILE = $(CC) $(ALL_CFLAGS) $(call cflags,$<) -c -o $@ $<
LINK    = $(CC) $(ALL_CFLAGS) -pie $(ALL_LDFLAGS) -o $@ $^ $(call libs,$<)
Q       := $(if $(V),,@)
begin   = $(Q)mkdir -p $(@D)$(if $(V),, && printf '  %-7s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$@)')

all: ## Builds everything into build/ (WERROR=1, V=1, CC=clang, SANITIZE=address,undefined)
all: $(addprefix $(BUILD)/,$(PROGRAMS) libthreatresponse.so.0 threatresponse.pc)

$(BUILD)/threatresponsed: $(OBJECTS.daemon) $(OBJECTS.confine) $(O)/varlink/org.threatresponse.agent.o \
    $(O)/varlink/org.threatresponse.casebook.o $(BUILD)/libcommon.a
$(BUILD)/threatresponse-worker: $(OBJECTS.worker) $(OBJECTS.confine) $(O)/varlink/org.threatresponse.worker.o $(BUILD)/libcommon.a
$(BUILD)/trctl: $(OBJECTS.ctl) $(BUILD)/libthreatresponse.a $(BUILD)/libcommon.a
$(BUILD)/trsandbox: $(OBJECTS.sandbox) $(BUILD)/libcommon.a
$(addprefix $(BUILD)/,$(PROGRAMS)):
	$(call begin,LINK)
	$(Q)$(LINK)

$(BUILD)/libcommon.a:         $(OBJECTS.common)
$(BUILD)/libthreatresponse.a: $(OBJECTS.client)
$(BUILD)/lib%.a:
	$(call begin,AR)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/libthreatresponse.so.0: $(patsubst $(O)/%,$(O)/pic/%,$(OBJECTS.client) $(OBJECTS.common)) src/client/libthreatresponse.map
	$(call begin,LINK)
	$(Q)$(CC) -shared -Wl,-soname,$(@F) -Wl,--version-script,src/client/libthreatresponse.map $(ALL_LDFLAGS) \
	    -o $@ $(filter %.o,$^) $(LIBS.json-c)

$(BUILD)/threatresponse.pc: src/client/threatresponse.pc.in src/common/version.h
	$(call begin,GEN)
	$(Q)sed -e 's|@prefix@|$(prefix)|; s|@includedir@|$(includedir)|; s|@libdir@|$(libdir)|' \
	    -e "s|@version@|$$(sed -n 's/#define TR_VERSION "\(.*\)"/\1/p' src/common/version.h)|" $< > $@

# The enumerations of the IDL files, for everybody.
HEADERS := $(patsubst src/varlink/org.threatresponse.%.varlink,$(BUILD)/generated/varlink/%.h,$(wildcard src/varlink/*.varlink))
$(BUILD)/generated/varlink/%.h: src/varlink/org.threatresponse.%.varlink src/varlink/enums.awk
	$(call begin,GEN)
	$(Q)awk -f src/varlink/enums.awk $< > $@

$(O)/%.o: %.c $(BUILD)/flags | $(HEADERS)
	$(call begin,CC)
	$(Q)$(COMPILE)

$(O)/pic/%.o: private PIE := -fPIC
$(O)/pic/%.o: %.c $(BUILD)/flags | $(HEADERS)
	$(call begin,CC)
	$(Q)$(COMPILE)

# The IDL files are the documentation and the source: embedded as text, returned verbatim.
$(O)/varlink/%.c: src/varlink/%.varlink
	$(call begin,EMBED)
	$(Q){ printf '#include "common/idl.h"\nconst char idl_%s[] =\n' $(lastword $(subst ., ,$*)); \
	    sed -e 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $<; echo ';'; } > $@

$(O)/varlink/%.o: $(O)/varlink/%.c $(BUILD)/flags
	$(Q)$(COMPILE)

# A change of the compiler or of its flags rebuilds everything, but for -Werror, which makes no other code.
FLAGS = $(CC) $(filter-out -Werror,$(ALL_CFLAGS)) $(ALL_LDFLAGS)
$(BUILD)/flags: FORCE
	$(Q)mkdir -p $(BUILD) && { echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@; }

# Commands of the console that are programs, too.
CONSOLE_LINKS := threatresponseconfig cloudserviceconfig
UNITS         := $(wildcard systemd/*.service systemd/*.socket)
IDLS          := $(wildcard src/varlink/*.varlink)
MANUALS       := $(wildcard docs/man/*.[1-8])

install: ## Installs into $(DESTDIR)$(prefix)
install: all
	install -D -m 755 -t $(DESTDIR)$(sbindir) $(BUILD)/threatresponsed
	install -D -m 755 -t $(DESTDIR)$(libexecdir) $(BUILD)/threatresponse-worker
	install -D -m 755 -t $(DESTDIR)$(bindir) $(BUILD)/trctl $(BUILD)/trsandbox
	install -D -m 644 -t $(DESTDIR)$(completedir) src/ctl/bash-completion/trctl
	install -D -m 644 -t $(DESTDIR)$(libdir) $(BUILD)/libthreatresponse.so.0
	ln -sf libthreatresponse.so.0 $(DESTDIR)$(libdir)/libthreatresponse.so
	install -D -m 644 -t $(DESTDIR)$(libdir)/pkgconfig $(BUILD)/threatresponse.pc
	install -D -m 644 -t $(DESTDIR)$(includedir) include/threatresponse.h
	install -D -m 644 -t $(DESTDIR)$(idldir) $(IDLS)
	[ -e $(DESTDIR)$(sysconfdir)/threatresponsed.conf ] || \
	    install -D -m 644 -t $(DESTDIR)$(sysconfdir) etc/threatresponsed.conf
	install -D -m 644 -t $(DESTDIR)$(unitdir) $(UNITS)
	install -D -m 644 -t $(DESTDIR)$(catalogdir) systemd/threatresponse.catalog
	install -D -m 644 -t $(DESTDIR)$(apparmordir) apparmor/threatresponsed
	install -D -m 644 systemd/threatresponsed.sysusers $(DESTDIR)$(sysusersdir)/threatresponsed.conf
	install -D -m 644 systemd/threatresponsed.tmpfiles $(DESTDIR)$(tmpfilesdir)/threatresponsed.conf
	for page in $(MANUALS); do install -D -m 644 -t $(DESTDIR)$(mandir)/man$${page##*.} $$page; done
	for name in $(CONSOLE_LINKS); do ln -sf trctl $(DESTDIR)$(bindir)/$$name; \
	    ln -sf trctl $(DESTDIR)$(completedir)/$$name; ln -sf trctl.1 $(DESTDIR)$(mandir)/man1/$$name.1; done

uninstall: ## Removes what install made, but for the configuration and the state
	rm -f $(DESTDIR)$(sbindir)/threatresponsed $(DESTDIR)$(libexecdir)/threatresponse-worker \
	    $(addprefix $(DESTDIR)$(bindir)/,trctl trsandbox $(CONSOLE_LINKS)) \
	    $(addprefix $(DESTDIR)$(completedir)/,trctl $(CONSOLE_LINKS)) \
	    $(addprefix $(DESTDIR)$(libdir)/,libthreatresponse.so.0 libthreatresponse.so pkgconfig/threatresponse.pc) \
	    $(DESTDIR)$(includedir)/threatresponse.h $(DESTDIR)$(catalogdir)/threatresponse.catalog \
	    $(DESTDIR)$(apparmordir)/threatresponsed \
	    $(DESTDIR)$(sysusersdir)/threatresponsed.conf $(DESTDIR)$(tmpfilesdir)/threatresponsed.conf \
	    $(addprefix $(DESTDIR)$(idldir)/,$(notdir $(IDLS))) \
	    $(addprefix $(DESTDIR)$(unitdir)/,$(notdir $(UNITS))) \
	    $(foreach page,$(notdir $(MANUALS)) $(addsuffix .1,$(CONSOLE_LINKS)),$(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(page)))/$(page))

clean: ## Removes what was built
	rm -rf $(BUILD) $(BUILD)-asan $(BUILD)-fuzz $(BUILD)-coverage compile_commands.json

help: ## Prints this list
	@sed -n 's/^\([a-z_.-]*\):.*## \(.*\)/\1@\2/p' Makefile tests/tests.mk | awk -F@ '{ printf "  %-22s %s\n", $$1, $$2 }'

include tests/tests.mk
-include $(shell find $(O) -name '*.d' 2>/dev/null)

FORCE:
.PHONY: FORCE all install uninstall clean help
.SECONDARY:
.DELETE_ON_ERROR:
