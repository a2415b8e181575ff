/*
 * Keys and certificates of the fuzz target of EST, fixed so that files of its corpus can be made for them: with a key of its
 * own in each process no certificate would ever be ours. They protect nothing. All are of P-256 and end in 2032 or later.
 */
#pragma once

/* The key of the appliance. */
static const char pki_our_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg0QO0I5SbPRqB4FjN\n"
                                  "i2odUR4X8FFJxMRHsw2C/J1OdCKhRANCAATOrX+GpiXBBOJdx1sv4Vyhc66xJBBH\n"
                                  "4NyoElrN23EqXMVYbiabEM3B1jD3lWL+1sI+N3thd5pz/pXQYcM/J8dw\n"
                                  "-----END PRIVATE KEY-----\n";

/* Its certificate: CN=appliance, by sub. */
static const char pki_current[] = "-----BEGIN CERTIFICATE-----\n"
                                  "MIIBlTCCATygAwIBAgIUMBgAKSMaKbpz2+xezn8Ah7UH8K8wCgYIKoZIzj0EAwIw\n"
                                  "DjEMMAoGA1UEAwwDU3ViMB4XDTI2MTEzMDA4MjUxNFoXDTMyMDUyMjA4MjUxNFow\n"
                                  "FDESMBAGA1UEAwwJYXBwbGlhbmNlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
                                  "zq1/hqYlwQTiXcdbL+FcoXOusSQQR+DcqBJazdtxKlzFWG4mmxDNwdYw95Vi/tbC\n"
                                  "Pjd7YXeac/6V0GHDPyfHcKNyMHAwCQYDVR0TBAIwADAOBgNVHQ8BAf8EBAMCB4Aw\n"
                                  "EwYDVR0lBAwwCgYIKwYBBQUHAwIwHQYDVR0OBBYEFJCoGSYZFdjJtbh0McZ3M+Jp\n"
                                  "GQXvMB8GA1UdIwQYMBaAFKG32Nig/omo07MpeO0KCOHvRU1fMAoGCCqGSM49BAMC\n"
                                  "A0cAMEQCIGbY4pRXDEYjFbhDVdKYduITqK81saoISkJOU+l2CdXvAiBGX302ivxf\n"
                                  "4pu8SDynxExFtZ6DPi5E/g87b6YAqgEz6g==\n"
                                  "-----END CERTIFICATE-----\n";

/* CN=Root, by itself. */
static const char pki_root[] = "-----BEGIN CERTIFICATE-----\n"
                               "MIIBYzCCAQigAwIBAgIUUwSGaRmMf7y/r6DXF+DKbrUEulswCgYIKoZIzj0EAwIw\n"
                               "DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMzAwODI1MTNaFw00MDA4MDgwODI1MTNa\n"
                               "MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATanYjs\n"
                               "fc2GwjoqxOHNThdrV70oeNCxIM+ChKYdCE4ic3J/o577k7FnQZscyjpZvB9mOrcN\n"
                               "qzxzvcNau3mjDc/Oo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB\n"
                               "BjAdBgNVHQ4EFgQUlq5A/UsE4OH1iJoYSRTOaOl9EfgwCgYIKoZIzj0EAwIDSQAw\n"
                               "RgIhAKxxyiqtunUaeW/o0pF7tcEjFJqIsuW7R2VQ5ICtD5h2AiEA16XtasuZh1OO\n"
                               "bPWtMbd2+ipdGCiUB1H4ffWUos0p7EE=\n"
                               "-----END CERTIFICATE-----\n";

/* CN=Sub, by root; its path length is 0. */
static const char pki_sub[] = "-----BEGIN CERTIFICATE-----\n"
                              "MIIBhjCCASugAwIBAgIUC1rmXuIJBp9WSdQAq6l5n91GQB0wCgYIKoZIzj0EAwIw\n"
                              "DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMzAwODI1MTNaFw0zNTAyMTYwODI1MTNa\n"
                              "MA4xDDAKBgNVBAMMA1N1YjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM4rz5Lz\n"
                              "21Pfh2U3cjn8CdJXm9O47CZJm6boOtcS3iSsSiI8ESyI902sBlmv9O21WfmuszRo\n"
                              "WBPI9Y0mtBKEYJGjZjBkMBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQD\n"
                              "AgEGMB0GA1UdDgQWBBSht9jYoP6JqNOzKXjtCgjh70VNXzAfBgNVHSMEGDAWgBSW\n"
                              "rkD9SwTg4fWImhhJFM5o6X0R+DAKBggqhkjOPQQDAgNJADBGAiEAvKhco3RCmxo9\n"
                              "aqWpySqV5FIH9i3xoylLX/O2CkHq1/wCIQCHhnAKgOq3C/bhm6syrnHgQToLXRIl\n"
                              "4q1nSp7qSz0qKA==\n"
                              "-----END CERTIFICATE-----\n";

/* CN=Next, by itself; a certificate by root for the same key is in the corpus. */
static const char pki_next[] = "-----BEGIN CERTIFICATE-----\n"
                               "MIIBYjCCAQigAwIBAgIUCFXkO4TpFf9E624KFUygTL2dSucwCgYIKoZIzj0EAwIw\n"
                               "DzENMAsGA1UEAwwETmV4dDAeFw0yNjExMzAwODI1MTNaFw00MDA4MDgwODI1MTNa\n"
                               "MA8xDTALBgNVBAMMBE5leHQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATwBCwR\n"
                               "TR0Py/mV02aWD4Dl1oc/T63dyLskJ+0ofaREmtFfrTBXdg++2sJgdJt3Dky7cSEN\n"
                               "WaOr6ht3jSOIyDaRo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB\n"
                               "BjAdBgNVHQ4EFgQUo6uZktu/G2Coja3/S0h+iILjSmUwCgYIKoZIzj0EAwIDSAAw\n"
                               "RQIhAPmJ2NwAYo2pFL8e9PlwpE30pcbsARfcN41cAhXwRbogAiAGwbKlK3jCC7AA\n"
                               "YsXLv8Fbs92b6pxqNE7CvmvAB96IZQ==\n"
                               "-----END CERTIFICATE-----\n";
