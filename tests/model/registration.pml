/*
 * The registration of an appliance: daemon, worker and cloud, with everything that can go wrong between them. Checked
 * by "make check-model"; the properties are the assertions of check_cloud, check_disk and cloud_activate, and the
 * formula at the end.
 *
 * What stands for what (src/daemon, unless another folder is named):
 *   disk, memory        the document of store.c; a crash leaves the disk
 *   save                store_commit, called by go_on and finish in operation.c and by registration_enter
 *   ask                 run_step, job_call, and the worker's serve: the call reaches the cloud or does not, its answer
 *                       reaches the daemon or does not; a worker that dies, or a disk that is full, is a lost answer
 *   registration_step   the steps of OPERATION_REGISTER in steps.c, with step_done, go_on, finish of operation.c
 *   renewal_step        those of OPERATION_RENEW
 *   deregistration_step that of OPERATION_DEREGISTER
 *   give_up             give_up of operation.c
 *   obey                registration_register, _deregister, _cancel, _renew of registration.c
 *   restart             store_open, registration_start, registration_reconsider
 *   cloud_...           what docs/cloud-protocol.md says of the calls (src/sandbox/sandbox-sse.c, sandbox-est.c)
 *
 * Time is left out: a retry comes some time or other; so are the steps rekey and renewal-trust, which add no danger
 * that key and trust don't have. Mutations, each of which has to be found: LATE=KEY and
 * LATE=ACTIVATION (the result of the step is saved after the next request instead of before), FORGET_GUID (a failed
 * registration drops its guid), HALVES (key and certificate of a renewal are replaced in two saves), STUCK (a refused
 * token is tried again for ever).
 */
#ifndef FAULTS
#define FAULTS 3  /* crashes, lost requests, lost answers */
#endif
#ifndef WISHES
#define WISHES 3  /* what the administrator asks for */
#endif
#ifndef LATE
#define LATE NOTHING
#endif
#define IDS 8

mtype = { UNREGISTERED, REGISTERING, REGISTERED, DEREGISTERING };
mtype = { NOTHING, KEY, CONTEXT, ACTIVATION, TRUST, CERTIFICATE, CONFIRM };
mtype = { RENEWAL_KEY, RENEWAL_CERTIFICATE, RENEWAL_PROOF };
mtype = { REGISTER, DEREGISTER, LOCAL_ONLY, CANCEL, RENEW };
mtype = { CREATE_CONTEXT, ACTIVATE, FETCH_TRUST_ANCHORS, ENROLL, REENROLL, GET_CONTEXT_STATUS, DELETE_CONTEXT };
mtype = { DONE, FAILED, REFUSED, INTERRUPTED };

typedef Document {
    mtype state = UNREGISTERED;
    mtype step = NOTHING;
    mtype renewal = NOTHING;
    byte guid;        /* 0: none, as for all of these */
    byte key;
    byte token;
    bool enrollment;  /* the credential for one enrolment */
    byte certificate; /* the number of the key that it certifies */
    byte new_key;
    byte new_certificate;
};

Document disk, memory;
byte faults = FAULTS, wishes = WISHES;
byte keys, guids, tokens; /* how many were made */
bool unsaved;             /* only ever true in a mutation */
bool crashing;
mtype wish = NOTHING;
mtype result;
byte i;

/* The cloud, and what a person has been told that it still holds. */
bool exists[IDS], left[IDS];
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
    to.token = from.token; to.enrollment = from.enrollment; to.certificate = from.certificate;
    to.new_key = from.new_key; to.new_certificate = from.new_certificate
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
    :: bad_token[memory.token] || !exists[memory.guid] -> result = REFUSED
    :: else ->
        if
        :: used_by[memory.token] == 0 -> used_by[memory.token] = memory.guid; result = DONE
        :: used_by[memory.token] == memory.guid -> result = DONE
        :: else -> result = REFUSED
        fi
    fi
}

/* The next request shows that the activation's answer has come. */
inline cloud_trust()
{
    for (i : 1 .. IDS - 1) {
        acknowledged[i] = acknowledged[i] || (used_by[i] == memory.guid && memory.guid != 0)
    }
    result = DONE
}

inline cloud_enroll()
{
    if
    :: memory.enrollment -> result = DONE
    :: else -> result = REFUSED
    fi;
    /* The credential may have expired meanwhile. */
    if
    :: faults > 0 -> faults--; result = REFUSED
    :: skip
    fi
}

/* Calls over mutual TLS; the certificate in use or the new one, both of which the cloud has issued. */
inline cloud_mutual()
{
    result = (exists[memory.guid] -> DONE : FAILED)
}

inline cloud_delete()
{
    exists[memory.guid] = false;
    result = DONE
}

inline cloud(method)
{
    if
    :: method == CREATE_CONTEXT -> cloud_create_context()
    :: method == ACTIVATE -> cloud_activate()
    :: method == FETCH_TRUST_ANCHORS -> cloud_trust()
    :: method == ENROLL -> cloud_enroll()
    :: method == REENROLL || method == GET_CONTEXT_STATUS -> cloud_mutual()
    :: method == DELETE_CONTEXT -> cloud_delete()
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

inline forget()
{
    memory.step = NOTHING; memory.renewal = NOTHING; memory.key = 0; memory.token = 0; memory.enrollment = false;
    memory.certificate = 0; memory.new_key = 0; memory.new_certificate = 0
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
    save()
#endif
}

inline registration_step()
{
    if
    :: memory.step == KEY -> atomic {
        keys++; memory.key = keys;
        if
        :: memory.guid == 0 -> guids++; memory.guid = guids
        :: else
        fi;
        memory.step = CONTEXT;
        save_step(KEY) }
    :: memory.step == CONTEXT -> ask(CREATE_CONTEXT); atomic {
        if
        :: result == DONE -> memory.step = ACTIVATION; save_step(CONTEXT)
        :: else
        fi }
    :: memory.step == ACTIVATION -> ask(ACTIVATE); atomic {
        if
        :: result == DONE ->
            memory.token = 0; memory.enrollment = true; memory.step = TRUST; save_step(ACTIVATION)
        :: result == REFUSED -> give_up()
        :: else
        fi }
    :: memory.step == TRUST -> ask(FETCH_TRUST_ANCHORS); atomic {
        if
        :: result == DONE -> memory.step = CERTIFICATE; save_step(TRUST)
        :: else
        fi }
    :: memory.step == CERTIFICATE -> ask(ENROLL); atomic {
        if
        :: result == DONE ->
            memory.certificate = memory.key; memory.enrollment = false; memory.step = CONFIRM; save_step(CERTIFICATE)
        :: result == REFUSED -> give_up()
        :: else
        fi }
    :: memory.step == CONFIRM -> ask(GET_CONTEXT_STATUS); atomic {
        if
        :: result == DONE -> memory.step = NOTHING; memory.state = REGISTERED; save_step(CONFIRM)
        :: else
        fi }
    fi
}

inline renewal_step()
{
    if
    :: memory.renewal == RENEWAL_KEY -> atomic {
        keys++; memory.new_key = keys; memory.renewal = RENEWAL_CERTIFICATE; save() }
    :: memory.renewal == RENEWAL_CERTIFICATE -> ask(REENROLL); atomic {
        if
        :: result == DONE -> memory.new_certificate = memory.new_key; memory.renewal = RENEWAL_PROOF; save()
        :: else
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
                save() }
        :: else
        fi
    fi
}

inline deregistration_step()
{
    ask(DELETE_CONTEXT);
    atomic {
        if
        :: result == DONE -> forget(); memory.guid = 0; memory.state = UNREGISTERED; save()
        :: else
        fi
    }
}

/* What the administrator asks for, or nothing where it is refused. */
inline obey()
{
    if
    :: wish == REGISTER && memory.state == UNREGISTERED ->
        forget();
        tokens++; memory.token = tokens; memory.step = KEY; memory.state = REGISTERING; save()
    :: wish == DEREGISTER && memory.state == REGISTERED -> memory.state = DEREGISTERING; save()
    :: wish == LOCAL_ONLY && memory.state != UNREGISTERED ->
        left[memory.guid] = true;
        forget(); memory.guid = 0; memory.state = UNREGISTERED; save()
    :: wish == CANCEL && memory.state == REGISTERING -> forget(); memory.state = UNREGISTERED; save()
    :: wish == CANCEL && memory.state == DEREGISTERING -> memory.state = REGISTERED; save()
    /* That a renewal is wanted is not on disk; what it has reached is. */
    :: wish == RENEW && memory.state == REGISTERED && memory.renewal == NOTHING -> memory.renewal = RENEWAL_KEY
    :: else
    fi;
    wish = NOTHING
}

inline restart()
{
    copy(memory, disk);
    unsaved = false;
    crashing = false
}

active proctype appliance()
{
life:
    {
end:    do
        :: atomic { wish != NOTHING -> obey() }
        :: memory.state == REGISTERING && wish == NOTHING -> registration_step()
        :: memory.state == DEREGISTERING && wish == NOTHING -> deregistration_step()
        :: memory.state == REGISTERED && memory.renewal != NOTHING && wish == NOTHING -> renewal_step()
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

/* Whatever happened, once the faults end it settles registered or unregistered. */
ltl settles { <>[] (disk.state == REGISTERED || disk.state == UNREGISTERED) }
