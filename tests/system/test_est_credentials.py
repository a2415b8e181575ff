"""How the EST client authenticates, proves that it has the key, and picks the type of the key."""

import pytest

from support.est import cases, enrol_and_renew, enrolments, fail_renewal, identity, renew, switch_on

BASIC = ("activations", "credential", "basic")


@pytest.mark.parametrize("auth", ["basic", "md5", "sha-256", "basic-md5", "basic-sha-256"])
def test_user_name_and_secret(ready, cloud, auth):
    switch_on(cloud, BASIC, ("est", "auth", auth))
    enrol_and_renew(ready)
    # One request, one answer.
    assert enrolments(cloud) == ["401", "200"]
    # The certificate is proof enough: no empty request comes before the real one.
    assert enrolments(cloud, "simplereenroll") == ["200"]


@pytest.mark.parametrize("auth", ["basic", "md5", "sha-256", "basic-sha-256"])
def test_challenge_in_odd_case(ready, cloud, auth):
    switch_on(cloud, BASIC, ("est", "auth", auth), ("est", "challenge", "odd-case"))
    enrol_and_renew(ready)


@pytest.mark.parametrize("auth", ["basic", "md5", "sha-256"])
def test_asked_again_and_again(ready, cloud, auth):
    switch_on(cloud, BASIC, ("est", "auth", auth), ("simpleenroll", "unauthorized", 'Basic realm="est"'))
    ready.begin_registration()
    failure = ready.wait_failure("est_rejected", "certificate")["lastFailure"]
    assert failure["permanent"] is True
    assert ready.registration()["state"] == "unregistered"
    # One retry at most.
    assert enrolments(cloud) == ["401", "401"]
    cloud.clear()
    ready.register()


def test_refused_without_a_challenge_is_final(ready, cloud):
    switch_on(cloud, ("simpleenroll", "status", 401))
    ready.begin_registration()
    failure = ready.wait_failure("est_rejected", "certificate")["lastFailure"]
    assert failure["permanent"] is True
    assert enrolments(cloud) == ["401"]
    cloud.clear()
    ready.register()


def test_no_challenge_for_a_user_name(ready, cloud):
    switch_on(cloud, BASIC, ("est", "auth", "md5"), ("est", "challenge", "none"))
    ready.begin_registration()
    ready.wait_failure("est_rejected", "certificate")
    assert set(enrolments(cloud)) == {"401"} and len(enrolments(cloud)) <= 2
    cloud.clear()
    ready.register()


@pytest.mark.parametrize("auth", ["basic", "basic-md5", "basic-sha-256"])
def test_no_challenge_of_a_server_that_takes_basic(ready, cloud, auth):
    """The connection is verified, and the secret is for this server: it is sent once without being asked for."""
    switch_on(cloud, BASIC, ("est", "auth", auth), ("est", "challenge", "none"))
    enrol_and_renew(ready)
    assert enrolments(cloud) == ["401", "200"]


@pytest.mark.parametrize("auth", ["md5", "sha-256", "basic-sha-256"])
def test_digest_in_three_answers(ready, cloud, auth):
    """The server replaces the nonce of its first challenge: the third answer has the certificate."""
    switch_on(cloud, BASIC, ("est", "auth", auth), ("est", "aged-nonce"))
    enrol_and_renew(ready)
    assert enrolments(cloud) == ["401", "401", "200"]


@pytest.mark.parametrize("word", ["same", "relative"])
@pytest.mark.parametrize("auth", ["basic", "sha-256"])
def test_a_redirect_with_a_user_name(ready, cloud, auth, word):
    switch_on(cloud, BASIC, ("est", "auth", auth), ("simpleenroll", "redirect", word, "--times", 1))
    enrol_and_renew(ready)
    assert enrolments(cloud)[-1] == "200"


def test_another_scheme_than_the_credentials(ready, cloud):
    switch_on(cloud, ("est", "auth", "basic"))
    ready.begin_registration()
    ready.wait_failure("est_rejected", "certificate")
    assert len(enrolments(cloud)) <= 2
    cloud.clear()
    ready.register()


# Proof of possession


@pytest.mark.parametrize("status", [400, 401, 403])
def test_proof_of_possession(ready, cloud, status):
    switch_on(cloud, ("est", "pop", status))
    enrol_and_renew(ready)
    assert (enrolments(cloud), enrolments(cloud, "simplereenroll")) == (["200"], ["200"])


@pytest.mark.parametrize("auth", ["md5", "basic-sha-256"])
def test_proof_of_possession_with_a_challenge(ready, cloud, auth):
    """The retry may use another connection, with another value."""
    switch_on(cloud, BASIC, ("est", "auth", auth), ("est", "pop", 401))
    enrol_and_renew(ready)


@pytest.mark.parametrize("key_type", ["ec_p384", "rsa_2048", "rsa_3072"])
def test_proof_of_possession_with_each_key(idle, cloud, key_type):
    idle.config.write(est__key_type=key_type)
    idle.start()
    switch_on(cloud, ("est", "pop", 403))
    assert enrol_and_renew(idle)["certificate"]["keyType"] == key_type


def test_proof_of_possession_always(idle, cloud):
    """The sandbox checks a proof that it has not asked for."""
    idle.config.write(est__proof_of_possession="always", est__csr_attributes=False)
    idle.start()
    switch_on(cloud, ("est", "pop", 403))
    enrol_and_renew(idle)
    assert enrolments(cloud, "csrattrs") == []


@pytest.mark.parametrize(
    "status, reason, permanent", [(400, "est_rejected", True), (401, "est_rejected", True), (403, "server_error", False)]
)
def test_without_the_proof_that_is_wanted(idle, cloud, status, reason, permanent):
    idle.config.write(est__proof_of_possession="never")
    idle.start()
    idle.enable()
    switch_on(cloud, ("simpleenroll", "pop", status))
    idle.begin_registration()
    failure = idle.wait_failure(reason, "certificate")["lastFailure"]
    assert "has no challenge password" in failure["message"]
    assert failure["permanent"] is permanent


# CSR attributes: key types


@pytest.mark.parametrize(
    "attribute, key_type", [("ec_p256", "ec_p256"), ("ec_p384", "ec_p384"), ("rsa_3072", "rsa_3072"), ("rsa", "rsa_3072")]
)
def test_key_of_the_type_that_is_asked_for(ready, cloud, attribute, key_type):
    switch_on(cloud, ("csrattrs", "attributes", attribute))
    assert ready.register()["certificate"]["keyType"] == key_type
    assert renew(ready)["certificate"]["keyType"] == key_type


@pytest.mark.parametrize(
    "configured, asked, made",
    [
        ("rsa_2048", "rsa", "rsa_2048"),
        ("rsa_2048", "ec_p256", "ec_p256"),
        ("rsa_3072", "ec_p256", "ec_p256"),
        ("ec_p256", "rsa_3072", "rsa_3072"),
        ("ec_p384", "ec_p256,ec_p384", "ec_p384"),
        ("ec_p384", "ec_p256", None),
        ("ec_p384", "rsa_3072", None),
        ("ec_p384", "rsa", None),
    ],
)
def test_a_weaker_key_than_the_configured_one_is_not_made(idle, cloud, configured, asked, made):
    idle.config.write(est__key_type=configured)
    idle.start()
    idle.enable()
    switch_on(cloud, ("csrattrs", "attributes", asked))
    if made:
        assert idle.register()["certificate"]["keyType"] == made
        return
    idle.begin_registration()
    failure = idle.wait_failure("certificate_unusable", "certificate")["lastFailure"]
    assert f"which is weaker than the {configured} that est.key_type demands" in failure["message"]
    assert enrolments(cloud) == []


def test_a_floor_that_is_raised_later(idle, cloud):
    """A renewal does not keep a type that was asked for and is too weak now."""
    idle.config.write(est__key_type="rsa_2048")
    idle.start()
    switch_on(cloud, ("csrattrs", "attributes", "ec_p256"))
    assert idle.register()["certificate"]["keyType"] == "ec_p256"
    cloud.clear()
    idle.config.write(est__key_type="ec_p384")
    idle.hup()
    assert renew(idle)["certificate"]["keyType"] == "ec_p384"


@pytest.mark.parametrize("attribute, wanted", [("ec_p384", "ec_p384"), ("rsa_3072", "rsa_3072")])
def test_type_asked_for_at_the_renewal(ready, cloud, attribute, wanted):
    ready.register()
    switch_on(cloud, ("csrattrs", "attributes", attribute), ("est", "key", wanted))
    assert renew(ready)["certificate"]["keyType"] == wanted


@pytest.mark.parametrize(
    "accepted, key_type", [("rsa", "rsa_2048"), ("rsa_3072", "rsa_3072"), ("ec_p384", "ec_p384"), ("ec", "ec_p256")]
)
def test_a_ca_of_one_kind(idle, cloud, accepted, key_type):
    idle.config.write(est__key_type=key_type)
    idle.start()
    switch_on(cloud, ("est", "key", accepted))
    assert enrol_and_renew(idle)["certificate"]["keyType"] == key_type


def test_a_ca_of_another_kind_that_does_not_say_so(ready, cloud):
    switch_on(cloud, ("est", "key", "rsa"))
    ready.begin_registration()
    failure = ready.wait_failure("est_rejected", "certificate")["lastFailure"]
    assert "This CA takes no key of this type." in failure["message"]
    ready.config.write(est__key_type="rsa_2048")
    ready.hup()
    ready.register()


def test_digest_that_is_asked_for(idle, cloud):
    idle.config.write(est__key_type="rsa_2048")
    idle.start()
    switch_on(cloud, ("csrattrs", "attributes", "sha512"))
    enrol_and_renew(idle)


@pytest.mark.parametrize("fault", cases(("csrattrs", "attributes", "garbage"), ("csrattrs", "html")))
def test_csr_attributes_that_are_none(ready, cloud, fault):
    """They are hints: the agent goes on without those that it can't read."""
    switch_on(cloud, fault)
    ready.register()
    assert "sent something other than CSR attributes, going on without them" in ready.log()
    renew(ready)


@pytest.mark.parametrize("words", ["malformed,ec_p384", "ec_p384,malformed", "unknown,malformed,ec_p384,extension"])
def test_one_attribute_spoils_no_other(ready, cloud, words):
    switch_on(cloud, ("csrattrs", "attributes", words))
    assert ready.register()["certificate"]["keyType"] == "ec_p384"
    assert "can't be read, going on without those" in ready.log()


@pytest.mark.parametrize("faults", cases((), (BASIC, ("est", "auth", "basic")), (BASIC, ("est", "auth", "sha-256"))))
def test_csr_attributes_for_those_who_show_who_they_are(ready, cloud, faults):
    """After 401 to csrattrs the agent asks again with its credential."""
    switch_on(cloud, *faults, ("csrattrs", "closed"), ("csrattrs", "attributes", "ec_p384"))
    assert ready.register()["certificate"]["keyType"] == "ec_p384"
    assert {"401", "200"} == set(enrolments(cloud, "csrattrs"))
    assert renew(ready)["certificate"]["keyType"] == "ec_p384"


@pytest.mark.complaint("configuration: switching an option off has no effect")
def test_the_key_is_the_appliances_own(idle, cloud):
    """With est.server_keygen off, no server makes or sends the key."""
    idle.config.write(est__server_keygen=False)
    idle.start()
    idle.register()
    assert cloud.count("POST", "/simpleenroll") == 1
    assert cloud.count("POST", "/serverkeygen") == 0


@pytest.mark.complaint("configuration: switching an option off has no effect")
def test_csr_attributes_are_not_asked_for(idle, cloud):
    idle.config.write(est__csr_attributes=False)
    idle.start()
    switch_on(cloud, ("csrattrs", "attributes", "garbage"))
    enrol_and_renew(idle)
    assert enrolments(cloud, "csrattrs") == []


# A key that the server makes


def test_key_made_by_the_server(idle, cloud):
    idle.config.write(est__server_keygen=True, timing__refresh_interval=0.05)
    idle.start()
    idle.register()
    first = identity(idle)
    registration = renew(idle)
    assert enrolments(cloud, "serverkeygen") == ["200", "200"]
    assert (enrolments(cloud), enrolments(cloud, "simplereenroll")) == ([], [])
    assert identity(idle)[0] != first[0]
    assert registration["certificate"]["serial"] == cloud.devices()[0]["certificateSerial"]


@pytest.mark.parametrize(
    "fault, reason",
    [
        (("serverkeygen", "status", 404), "unexpected_reply"),
        (("serverkeygen", "truncate"), "server_error"),
        (("serverkeygen", "content-type", "text/plain"), None),
        (("serverkeygen", "bad-json"), "unexpected_reply"),
        (("serverkeygen", "issue", "foreign-key"), "certificate_unusable"),
    ],
    ids=lambda value: "-".join(str(part) for part in value) if isinstance(value, tuple) else None,
)
def test_key_made_by_a_faulty_server(idle, cloud, fault, reason):
    idle.config.write(est__server_keygen=True)
    idle.start()
    idle.enable()
    switch_on(cloud, fault)
    idle.begin_registration()
    if reason:
        idle.wait_failure(reason, "certificate")
        cloud.clear()
        if idle.registration()["state"] == "unregistered":
            idle.begin_registration()
    idle.wait_state("registered")


@pytest.mark.complaint("certificates: a server that wants a password beside the certificate can't renew it")
def test_a_user_for_renewals(idle, cloud):
    """The password is that of the configuration, and only a server that asks gets it."""
    password = idle.folder / "est-password"
    password.write_text("s3cret of the RA\n")
    password.chmod(0o600)
    idle.start()
    idle.enable()
    switch_on(cloud, ("simplereenroll", "renewal-user", "ra:s3cret of the RA"))
    idle.register()
    failure = fail_renewal(idle, "est_rejected")
    assert "401" in failure["message"]
    idle.config.write(est__user="ra", est__password_file=str(password))
    idle.call("Reload")
    renew(idle)
    assert "s3cret" not in idle.log() and "s3cret" not in idle.state_file.read_text()

    # A wrong one is refused, and is not shown in the message.
    password.write_text("an0ther one\n")
    idle.call("Reload")
    failure = fail_renewal(idle, "est_rejected")
    assert "an0ther" not in str(failure)


def test_ca_certificates_for_those_with_a_credential(ready, cloud):
    """/cacerts that answers 401 gets the credential of the activation."""
    switch_on(cloud, ("cacerts", "closed"))
    ready.register()
    assert [one.status for one in cloud.requests() if one.path.endswith("/cacerts")][-2:] == ["401", "200"]
