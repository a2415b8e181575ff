/*
 * State files as the daemon writes them, as texts for tests.
 */
#pragma once

#define GUID "1f0a5f60-0000-4000-8000-000000000001"
#define TOKEN "0123456789abcdefghijABCDEFGHIJ-_.xyz"

#define SERVER "\"server\":{\"label\":\"EUROPE\",\"fqdn\":\"api.eu.sse.itd.cisco.com\"}"
#define INFO(serial)                                                                                         \
    "{\"subject\":\"CN=" GUID "\",\"issuer\":\"CN=CA\",\"serial\":\"" serial                                 \
    "\",\"notBefore\":1000,\"notAfter\":253402300799,\"fingerprint\":\"ff\",\"keyType\":\"ec_p256\"}"
#define ENROLLMENT "\"enrollment\":{\"scheme\":\"bearer\",\"secret\":\"S3CRET\"}"
#define IDENTITY                                                                                             \
    "\"guid\":\"" GUID "\"," SERVER ",\"privateKey\":\"KEY\",\"certificate\":\"CERT\",\"chain\":\"CHAIN\","  \
    "\"certificateInfo\":" INFO("01") ",\"trustAnchors\":\"ANCHORS\",\"estUrl\":\"https://est.example/eu\""

/* A whole document: the members of the settings, and those of the registration behind its state. */
#define DOCUMENT(settings, state, members)                                                                   \
    "{\"version\":3,\"settings\":{" settings "},\"commits\":[],\"registration\":{\"state\":\"" state         \
    "\",\"since\":1500000000" members "}}"

/* What the cloud says of an appliance that it knows, and members of one whose next refresh is far away. */
#define DONE "{\"status\":\"Enrolled\"}"
#define QUIET ",\"refreshInterval\":86400,\"lastSuccess\":4000000000"

#define ENABLED_EUROPE "\"enabled\":true,\"server\":\"EUROPE\",\"revision\":1"
#define REGISTERED DOCUMENT(ENABLED_EUROPE, "registered", "," IDENTITY)
