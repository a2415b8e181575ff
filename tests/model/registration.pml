/*
 * The registration of an appliance: daemon, worker, cloud and portal, with everything that can go wrong between them.
 * Checked by "make check-model"; the properties are the assertions and the formula at the end.
 *
 * What stands for what (src/daemon, unless another folder is named):
 *   disk, memory        the document of store.c; a crash leaves the disk
 *   save                store_commit, called by save_and_go_on and complete_operation in operation.c and by transition_enter
 *   ask                 run_step, worker_link_call, and the worker's serve: the call reaches the cloud or does not, its answer
 *                       reaches the daemon or does not; a worker that dies, or a disk that is full, is a lost answer
 *   registration_step   the steps of OPERATION_REGISTER in steps.c, with step_done, save_and_go_on, complete_operation of operation.c
 *   renewal_step        those of OPERATION_RENEW
 *   refresh_step        that of OPERATION_REFRESH
 *   deregistration_step that of OPERATION_DEREGISTER
 *   recover_key         continue_after of operation.c, for another type of key
 *   enter_removed, fail: enter_removed, fail_attempt of operation.c; denied is removal_seen, refused is refusals of attempts.c
 *   give_up, end_...    give_up of give-up.c, by operation
 *   obey                registration_register, _deregister, _cancel, _renew of requests.c
 *   restart             store_open, registration_start, sequence_replan
 *   refresh_is_next     sequence_next: where a renewal and a refresh are both tried again, they take turns
 *   cloud_...           what docs/cloud-protocol.md says of the calls (src/sandbox/sse/sse.c, est/est.c)
 *
 * Time is left out: a retry comes some time or other, two denials are some minutes apart, and two refusals as long as
 * timing.refusal_patience. A renewal that was given up begins again only when an administrator or a refused refresh wants
 * it. The CA and the type of key that the EST server wants change just before the request that would notice; so does a
 * removal in the portal. One call is refused for good, from its first refusal on.
 * The mutations, each of which has to be found, are named in check.
 */
#ifndef FAULTS
#define FAULTS 3  /* crashes, lost requests, lost answers */
#endif
#ifndef WISHES
#define WISHES 3  /* what the administrator asks for */
#endif
#ifndef REMOVALS
#define REMOVALS 1 /* in the portal */
#endif
#ifndef LIES
#define LIES 1     /* a device that is there is not found, as by a load balancer in trouble */
#endif
#ifndef REFUSALS
#define REFUSALS 0 /* calls that are refused for good */
#endif
#ifndef LATE
#define LATE NOTHING
#endif
#define IDS 8

mtype = { UNREGISTERED, REGISTERING, REGISTERED, DEREGISTERING };
mtype = { NOTHING, KEY, CONTEXT, ACTIVATION, TRUST, REKEY, CERTIFICATE, CONFIRM };
mtype = { RENEWAL_KEY, RENEWAL_TRUST, RENEWAL_CERTIFICATE, RENEWAL_PROOF };
mtype = { REGISTER, DEREGISTER, LOCAL_ONLY, CANCEL, RENEW };
mtype = { CREATE_CONTEXT, ACTIVATE, FETCH_TRUST_ANCHORS, ENROLL, REENROLL, GET_CONTEXT_STATUS, REFRESH, DELETE_CONTEXT };
/* REFUSED: the token or the credential is; NO: whatever is asked, for good; GONE: the context of a token; DENIED: that of a registered device; OTHER_KEY: the server wants another type. */
mtype = { DONE, FAILED, REFUSED, NO, GONE, DENIED, OTHER_KEY, UNUSABLE, INTERRUPTED };

typedef Document {
    mtype state = UNREGISTERED;
    mtype step = NOTHING;
    mtype renewal = NOTHING;
    byte guid;        /* 0: none, as for all of these */
    byte key;
    bit key_type;     /* of a key that is made now */
    byte token;
    bool enrollment;  /* the credential for one enrolment */
    byte certificate; /* the number of the key that it certifies */
    byte anchors;     /* the CA that is trusted */
    byte new_key;
    byte new_certificate;
    bool removed;
    bool young;       /* a refused refresh has brought the certificate: it brings no other soon */
};

Document disk, memory;
byte faults = FAULTS, wishes = WISHES;
byte removals = REMOVALS, lies = LIES, refusals = REFUSALS;
mtype no = NOTHING;       /* the call that is refused for good */
byte guids, tokens;       /* how many were made */
bool unsaved;             /* only ever true in a mutation */
bool crashing;
bool denied, refused;     /* once */
byte rekeys;              /* in this attempt */
bool refresh_is_next;
mtype wish = NOTHING;
mtype result;
byte i;

/* The cloud, and what a person has been told that it still holds. */
bool exists[IDS], left[IDS];
byte ca = 1;
bit wanted;              /* the type of key */
byte used_by[IDS];       /* of a token: the guid */
bool bad_token[IDS];
bool acknowledged[IDS];  /* of a token: the appliance has shown that it has the answer */

inline check_cloud()
{
    byte contexts = 0;
    for (i : 1 .. IDS - 1) {
        contexts = contexts + (exists[i] && !left[i] -> 1 : 0)
    }
    /* Never two contexts for one device. */
    assert(contexts <= 1);
    contexts = 0
}

inline check_disk()
{
    /* Never a certificate without its key. */
    assert(disk.certificate == 0 || disk.certificate == disk.key);
    assert(disk.new_certificate == 0 || disk.new_certificate == disk.new_key);
    assert(disk.state != REGISTERED || disk.certificate != 0)
}

inline copy(to, from)
{
    to.state = from.state; to.step = from.step; to.renewal = from.renewal; to.guid = from.guid; to.key = from.key;
    to.key_type = from.key_type; to.token = from.token; to.enrollment = from.enrollment; to.anchors = from.anchors;
    to.certificate = from.certificate; to.new_key = from.new_key; to.new_certificate = from.new_certificate;
    to.removed = from.removed; to.young = from.young
}

inline save()
{
    copy(disk, memory);
    unsaved = false;
    check_disk()
}

/* The result of a step; in a mutation its save comes late. */
inline save_step(step_)
{
    if
    :: LATE == step_ -> unsaved = true
    :: else -> save()
    fi
}

inline cloud_create_context()
{
    exists[memory.guid] = true;
    check_cloud();
    result = DONE
}

/* The same token and guid get the same answer again. */
inline cloud_activate()
{
    /* No token is sent after it was consumed and acknowledged. */
    assert(!acknowledged[memory.token]);
    if
    :: !exists[memory.guid] -> result = GONE
    :: exists[memory.guid] && bad_token[memory.token] -> result = REFUSED
    :: else ->
        if
        :: used_by[memory.token] == 0 -> used_by[memory.token] = memory.guid; result = DONE
        :: used_by[memory.token] == memory.guid -> result = DONE
        :: else -> result = REFUSED
        fi
    fi
}

/* The next request of the registration shows that the activation's answer has come. */
inline cloud_trust()
{
    for (i : 1 .. IDS - 1) {
        acknowledged[i] = acknowledged[i] || (used_by[i] == memory.guid && memory.guid != 0)
    }
    result = DONE;
    if
    :: memory.anchors != 0 && memory.anchors != ca && faults > 0 -> faults--; result = UNUSABLE /* no link to it yet */
    :: skip
    fi
}

/* The server may have changed since it was asked last. */
inline change_authority()
{
    if
    :: faults > 0 -> faults--; ca++
    :: faults > 0 -> faults--; wanted = 1 - wanted
    :: skip
    fi
}

/* A certificate, or what the worker says of that which came. */
inline issue()
{
    if
    :: memory.key_type != wanted -> result = OTHER_KEY
    :: memory.key_type == wanted && memory.anchors != ca -> result = UNUSABLE
    :: else -> result = DONE
    fi
}

inline cloud_enroll()
{
    change_authority();
    if
    :: memory.enrollment && exists[memory.guid] -> issue()
    :: else -> result = REFUSED
    fi;
    /* The credential may have expired meanwhile. */
    if
    :: faults > 0 -> faults--; result = REFUSED
    :: skip
    fi
}

inline cloud_reenroll()
{
    change_authority();
    if
    :: exists[memory.guid] -> issue()
    :: else -> result = NO
    fi
}

/* Calls over mutual TLS; the certificate in use or the new one, both of which the cloud has issued. */
inline cloud_mutual()
{
    result = (exists[memory.guid] -> DONE : DENIED);
    if
    :: lies > 0 -> lies--; result = DENIED
    :: skip
    fi
}

inline cloud_delete()
{
    exists[memory.guid] = false;
    result = DONE
}

inline cloud(method)
{
    /* An appliance that was removed asks for nothing but the end. */
    assert(!memory.removed || method == DELETE_CONTEXT);
    if
    :: exists[memory.guid] && removals > 0 -> removals--; exists[memory.guid] = false
    :: skip
    fi;
    if
    :: refusals > 0 -> refusals--; no = method
    :: skip
    fi;
    if
    :: method == no -> result = NO
    :: method != no && method == CREATE_CONTEXT -> cloud_create_context()
    :: method != no && method == ACTIVATE -> cloud_activate()
    :: method != no && method == FETCH_TRUST_ANCHORS -> cloud_trust()
    :: method != no && method == ENROLL -> cloud_enroll()
    :: method != no && method == REENROLL -> cloud_reenroll()
    :: method != no && (method == GET_CONTEXT_STATUS || method == REFRESH) -> cloud_mutual()
    :: method != no && method == DELETE_CONTEXT -> cloud_delete()
    fi
}

/* One call of the worker. Sets the result. */
inline ask(call)
{
    if
    :: atomic { cloud(call) }
    :: atomic { faults > 0 -> faults--; result = FAILED }
    fi;
    atomic { if :: unsaved -> save() :: else fi };
    if
    :: skip
    :: atomic { faults > 0 -> faults--; result = FAILED }
    :: atomic { wish != NOTHING -> result = INTERRUPTED }
    fi
}

/* What transition_enter does besides: plans and attempts begin anew. */
inline clear()
{
    denied = false; refused = false; rekeys = 0; refresh_is_next = false
}

inline forget()
{
    memory.step = NOTHING; memory.renewal = NOTHING; memory.key = 0; memory.key_type = 0; memory.token = 0;
    memory.enrollment = false; memory.certificate = 0; memory.anchors = 0; memory.new_key = 0;
    memory.new_certificate = 0; memory.removed = false; memory.young = false
}

/* The registration can't go on; the guid stays, so that the context that was made is found again. */
inline give_up()
{
#ifdef STUCK
    skip
#else
    forget();
#ifdef FORGET_GUID
    memory.guid = 0;
#endif
    memory.state = UNREGISTERED;
    clear();
    save()
#endif
}

/* An attempt has failed. What the cloud says of the device is the answer to a refresh, or to the last step of a
 * registration; other answers say nothing of it. */
inline fail(asks_for_device)
{
    rekeys = 0;
    if
#ifdef FORGET_DENIAL
    :: result != INTERRUPTED -> denied = (asks_for_device && result == DENIED)
#else
    :: asks_for_device && result != INTERRUPTED -> denied = (result == DENIED)
#endif
    :: else
    fi;
    refused = refused || result == NO || (result == DENIED && !asks_for_device);
    refresh_is_next = !refresh_is_next
}

/* The first denial proves nothing. */
#ifdef ONE_DENIAL
#define proved() (result == DENIED)
#else
#define proved() (result == DENIED && denied)
#endif

/* Nor does the first refusal; in a mutation none does. */
#ifdef STUBBORN
#define hopeless(step_) (step_ != STUBBORN && result == NO && refused)
#else
#define hopeless(step_) (result == NO && refused)
#endif

/* The pair in use stays. */
inline end_renewal()
{
    memory.renewal = NOTHING; memory.new_key = 0; memory.new_certificate = 0;
#ifdef DROP_OLD
    memory.key = 0; memory.certificate = 0;
#endif
    rekeys = 0; refused = false; refresh_is_next = false;
    save()
}

/* As after a cancel: only an administrator leaves the cloud untold. */
inline end_deregistration()
{
    memory.state = REGISTERED; clear(); save()
}

/* A new certificate may be accepted where the one in use is not. */
inline end_refresh()
{
    refused = false;
    if
    :: memory.renewal == NOTHING && !memory.young ->
        memory.renewal = RENEWAL_KEY; memory.young = true; refresh_is_next = false
    :: else
    fi
}

inline enter_removed()
{
    assert(!exists[memory.guid]);
    memory.removed = true;
    clear();
    save()
}

/* A key of the type that the server wants is made in the same attempt, once. */
inline recover_key(next, step_)
{
    rekeys++;
    assert(rekeys <= 1);
    memory.key_type = wanted; next = step_;
    save()
}

#ifdef ANY_KEY
#define may_recover() (result == OTHER_KEY)
#else
#define may_recover() (result == OTHER_KEY && rekeys == 0)
#endif

inline registration_step()
{
    if
    :: memory.step == KEY -> atomic {
        memory.key = 1;
        if
        :: memory.guid == 0 -> guids++; memory.guid = guids
        :: else
        fi;
        memory.step = CONTEXT;
        save_step(KEY) }
    :: memory.step == CONTEXT -> ask(CREATE_CONTEXT); atomic {
        if
        :: result == DONE -> refused = false; memory.step = ACTIVATION; save_step(CONTEXT)
        :: hopeless(CONTEXT) -> give_up()
        :: else -> fail(false)
        fi }
    :: memory.step == ACTIVATION -> ask(ACTIVATE); atomic {
        if
        :: result == DONE ->
            refused = false; memory.token = 0; memory.enrollment = true; memory.step = TRUST; save_step(ACTIVATION)
        :: result == REFUSED || hopeless(ACTIVATION) -> give_up()
#ifndef NO_WAY_BACK
        :: result == GONE -> memory.step = CONTEXT; save()
#endif
        :: else -> fail(false)
        fi }
    :: memory.step == TRUST -> ask(FETCH_TRUST_ANCHORS); atomic {
        if
        :: result == DONE -> refused = false; memory.anchors = ca; memory.step = CERTIFICATE; save_step(TRUST)
        :: hopeless(TRUST) -> give_up()
        :: else -> fail(false)
        fi }
    :: memory.step == REKEY -> atomic { memory.key = 3 - memory.key; memory.step = CERTIFICATE; save_step(REKEY) }
    :: memory.step == CERTIFICATE -> ask(ENROLL); atomic {
        if
        :: result == DONE ->
            refused = false; memory.certificate = memory.key; memory.enrollment = false; memory.step = CONFIRM;
            save_step(CERTIFICATE)
        :: may_recover() -> recover_key(memory.step, REKEY)
        :: result == REFUSED || result == UNUSABLE || (result == OTHER_KEY && !may_recover()) ||
            hopeless(CERTIFICATE) -> give_up()
        :: else -> fail(false)
        fi }
    :: memory.step == CONFIRM -> ask(GET_CONTEXT_STATUS); atomic {
        if
        :: result == DONE -> memory.step = NOTHING; memory.state = REGISTERED; clear(); save_step(CONFIRM)
        :: proved() -> assert(!exists[memory.guid]); give_up()
        :: hopeless(CONFIRM) -> give_up()
        :: else -> fail(true)
        fi }
    fi
}

inline renewal_step()
{
    if
    :: memory.renewal == RENEWAL_KEY -> atomic {
        memory.new_key = 3 - memory.key; memory.renewal = RENEWAL_TRUST; save() }
    :: memory.renewal == RENEWAL_TRUST -> ask(FETCH_TRUST_ANCHORS); atomic {
        if
        :: result == DONE -> memory.anchors = ca; memory.renewal = RENEWAL_CERTIFICATE; save()
        /* A CA that does not link to the known one is passed over: the certificate may still be of that. */
        :: result == UNUSABLE -> memory.renewal = RENEWAL_CERTIFICATE; save()
#ifndef CLOSED_TRUST
        :: result == NO -> memory.renewal = RENEWAL_CERTIFICATE; save()
#endif
        :: else -> fail(false)
        fi }
    :: memory.renewal == RENEWAL_CERTIFICATE -> ask(REENROLL); atomic {
        if
        :: result == DONE ->
            refused = false; memory.new_certificate = memory.new_key; memory.renewal = RENEWAL_PROOF; save()
        :: may_recover() -> recover_key(memory.renewal, RENEWAL_KEY)
        :: result == UNUSABLE || (result == OTHER_KEY && !may_recover()) ->
            fail(false);
#ifndef SAME_ANCHORS
            memory.renewal = RENEWAL_TRUST; save()
#endif
        :: hopeless(RENEWAL_CERTIFICATE) -> end_renewal()
        :: else -> fail(false)
        fi }
    :: memory.renewal == RENEWAL_PROOF -> ask(GET_CONTEXT_STATUS);
        if
        :: result == DONE ->
#ifdef HALVES
            atomic { memory.key = memory.new_key; save() }
#endif
            atomic {
                memory.key = memory.new_key; memory.certificate = memory.new_certificate;
                memory.new_key = 0; memory.new_certificate = 0; memory.renewal = NOTHING;
                rekeys = 0; denied = false; refused = false; save() }
        :: hopeless(RENEWAL_PROOF) || (result == DENIED && refused) -> atomic { end_renewal() }
        :: else -> atomic { fail(false) }
        fi
    fi
}

inline refresh_step()
{
    ask(REFRESH);
    atomic {
        if
        :: result == DONE -> denied = false; refresh_is_next = false
        :: proved() -> enter_removed()
        :: hopeless(REFRESH) -> end_refresh()
        :: else -> fail(true)
        fi
    }
}

inline deregistration_step()
{
    ask(DELETE_CONTEXT);
    atomic {
        if
        :: result == DONE -> forget(); memory.guid = 0; memory.state = UNREGISTERED; clear(); save()
        :: hopeless(DELETE_CONTEXT) -> end_deregistration()
        :: else -> fail(false)
        fi
    }
}

/* What the administrator asks for, or nothing where it is refused. */
inline obey()
{
    if
    :: wish == REGISTER && memory.state == UNREGISTERED ->
        forget();
        tokens++; memory.token = tokens; memory.step = KEY; memory.state = REGISTERING; clear(); save()
    :: wish == DEREGISTER && memory.state == REGISTERED -> memory.state = DEREGISTERING; clear(); save()
    :: wish == LOCAL_ONLY && memory.state != UNREGISTERED ->
        left[memory.guid] = true;
        forget(); memory.guid = 0; memory.state = UNREGISTERED; clear(); save()
    :: wish == CANCEL && memory.state == REGISTERING -> forget(); memory.state = UNREGISTERED; clear(); save()
    :: wish == CANCEL && memory.state == DEREGISTERING -> memory.state = REGISTERED; clear(); save()
    /* That a renewal is wanted is not on disk; what it has reached is. */
    :: wish == RENEW && memory.state == REGISTERED && memory.renewal == NOTHING && !memory.removed ->
        memory.renewal = RENEWAL_KEY
    /* One whose new pair was refused begins anew. */
    :: wish == RENEW && memory.state == REGISTERED && memory.renewal != NOTHING && refused && !memory.removed ->
        end_renewal(); memory.renewal = RENEWAL_KEY
    :: else
    fi;
    wish = NOTHING
}

inline restart()
{
    copy(memory, disk);
    unsaved = false;
    crashing = false;
    clear()
}

active proctype appliance()
{
life:
    {
end:    do
        :: atomic { wish != NOTHING -> obey() }
        :: memory.state == REGISTERING && wish == NOTHING -> registration_step()
        :: memory.state == DEREGISTERING && wish == NOTHING -> deregistration_step()
        :: memory.state == REGISTERED && !memory.removed && memory.renewal != NOTHING && !refresh_is_next &&
            wish == NOTHING -> renewal_step()
        :: memory.state == REGISTERED && !memory.removed && (memory.renewal == NOTHING || refresh_is_next) &&
            wish == NOTHING -> refresh_step()
        od
    } unless { atomic { crashing -> restart() } };
    goto life
}

active proctype misfortune()
{
end:
    do
    :: atomic { faults > 0 && !crashing -> faults--; crashing = true }
    :: faults == 0 -> break
    :: faults > 0 -> break
    od
}

active proctype administrator()
{
end:
    do
    :: atomic { wish == NOTHING && wishes > 0 -> wishes--;
        if
        :: wish = REGISTER;
            if
            :: bad_token[tokens + 1] = true
            :: skip
            fi
        :: wish = DEREGISTER
        :: wish = LOCAL_ONLY
        :: wish = CANCEL
        :: wish = RENEW
        fi }
    :: wishes == 0 -> break
    od
}

/* Whatever happened, once the faults end it settles, even if a call is refused for good: unregistered; registered, with
 * the cloud as well, and nothing is left to do; or known as removed in the portal. An appliance whose refresh is refused has
 * renewed its certificate; the cloud does not tell it of a removal. */
#define refreshed (no != REFRESH && exists[disk.guid])
#define renewed (no == REFRESH && memory.young)
#define settled (disk.state == UNREGISTERED || (disk.state == REGISTERED && (disk.removed || \
    (memory.renewal == NOTHING && (refreshed || renewed)))))
ltl settles { <>[] settled }
