#include "unit/helpers/daemon/step-requests.h"

#define PENDING SERVER ",\"token\":\"" TOKEN "\",\"guid\":\"" GUID "\",\"privateKey\":\"KEY\""
#define NETWORK                                                                                              \
    "\"network\":{\"caBundle\":\"/etc/ssl/certs/"                                                            \
    "ca-certificates.crt\",\"connectTimeout\":15000,\"timeout\":60000}"
#define CLIENT                                                                                               \
    "\"client\":{\"guid\":\"" GUID                                                                           \
    "\",\"name\":\"sma.example\",\"type\":\"SMA\",\"version\":\"13.6.1\",\"description\":\"\"}"
#define ANNOUNCED                                                                                            \
    "\"est\":{\"url\":\"https://est.sco.cisco.com/.well-known/"                                              \
    "est\",\"hosts\":[\"est.sco.cisco.com\",\".sco.cisco.com\"],\"keyType\":\"ec_p256\",\"sendChain\":"      \
    "false,\"proofOfPossession\":"                                                                           \
    "\"auto\",\"csrAttributes\":false,\"serverKeygen\":false}"
#define CHAIN ",\"chain\":\"CHAIN\""
#define SSE "https://api.eu.sse.itd.cisco.com/v1/contexts"
#define CREDENTIALS(certificate, key, chain)                                                                 \
    "\"credentials\":{\"certificate\":\"" certificate "\",\"privateKey\":\"" key "\"" chain "}"

const struct step_request step_requests[] = {
    { "key", SERVER ",\"token\":\"" TOKEN "\"", "GenerateKey", "{\"keyType\":\"ec_p256\"}" },
    { "context", PENDING, "CreateContext",
        "{" NETWORK ",\"url\":\"" SSE "\"," CLIENT
        ",\"exchange\":\"api.eu.sse.itd.cisco.com\",\"refreshInterval\":1200," ANNOUNCED "}" },
    { "activation", PENDING, "Activate",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/activations\",\"token\":\"" TOKEN "\"," ANNOUNCED "}" },
    { "trust", ACTIVATED, "FetchTrustAnchors", "{" NETWORK "," EST("https://e/eu") "," ENROLLMENT "}" },
    { "rekey", ACTIVATED ",\"trustAnchors\":\"ANCHORS\",\"keyType\":\"rsa_3072\"", "GenerateKey",
        "{\"keyType\":\"rsa_3072\"}" },
    { "certificate", ACTIVATED ",\"trustAnchors\":\"ANCHORS\"", "Enroll",
        "{" NETWORK "," EST("https://e/eu") "," ENROLLMENT ",\"privateKey\":\"KEY\",\"commonName\":\"" GUID
                                            "\",\"trustAnchors\":\"ANCHORS\"}" },
    { "confirm", IDENTITY, "GetContextStatus",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/status\"," CREDENTIALS("CERT", "KEY", CHAIN) "}" },
    { "delete", IDENTITY, "DeleteContext",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "\"," CREDENTIALS("CERT", "KEY", CHAIN) "}" },
    { "refresh", IDENTITY, "Refresh",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/refresh\"," CREDENTIALS("CERT", "KEY", CHAIN) "," CLIENT
                                                                                               "}" },
    { "renewal-key", IDENTITY, "GenerateKey", "{\"keyType\":\"ec_p256\"}" },
    { "renewal-trust", RENEWING, "FetchTrustAnchors",
        "{" NETWORK "," EST("https://est.example/eu") ",\"previous\":\"ANCHORS\"}" },
    { "renewal-certificate", RENEWING, "Reenroll",
        "{" NETWORK "," EST("https://est.example/eu") "," CREDENTIALS(
            "CERT", "KEY", CHAIN) ",\"privateKey\":\"K2\",\"trustAnchors\":\"ANCHORS\"}" },
    { "renewal-proof", RENEWING, "GetContextStatus",
        "{" NETWORK ",\"url\":\"" SSE "/" GUID "/status\"," CREDENTIALS("C2", "K2", "") "}" },
    { NULL, NULL, NULL, NULL },
};
