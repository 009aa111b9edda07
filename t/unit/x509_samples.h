/*
 * x509_samples: certificates and public keys for t/unit/x509.c, as openssl
 * req -x509 and openssl x509 -pubkey wrote them; CN is always
 * mta-sts.example.org. Their private keys were thrown away.
 *
 * Thread safety: constants. Tests: t/unit/x509.c
 */
#ifndef X509_SAMPLES_H
#define X509_SAMPLES_H

/* RSA, SAN dNSName */
static const char rsa_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICOjCCAaOgAwIBAgIUG/XCnGENJ/y7Btiep3Chb0boHKQwDQYJKoZIhvcNAQEL\n"
    "BQAwHjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9yZzAgFw0yNjExMjEyMjUx\n"
    "NTdaGA8yMTI2MTAyODIyNTE1N1owHjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxl\n"
    "Lm9yZzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA10bw1+WML+mQkfiVMf0G\n"
    "51XUIS0YNMnxHvMtWRIk6M/4ACjY0TNQ/tVqx6zMDYTBBtmw56pkLf3CwtED2mVA\n"
    "cY1adz/A8dwyp+9oNY6nJ1ftFE+IwgWKUhc0Ra7wFXLOKPGAB4HDU1W6EEYyhK+p\n"
    "HEiXvHYRKrdpPQYoFKnoWikCAwEAAaNzMHEwHQYDVR0OBBYEFFvuud4W9RCTyEjD\n"
    "1IlNaJeGXJChMB8GA1UdIwQYMBaAFFvuud4W9RCTyEjD1IlNaJeGXJChMA8GA1Ud\n"
    "EwEB/wQFMAMBAf8wHgYDVR0RBBcwFYITbXRhLXN0cy5leGFtcGxlLm9yZzANBgkq\n"
    "hkiG9w0BAQsFAAOBgQDWamvuRclOzpCEg74kqqEVlr3ytZUEsaro8bIK5MsE7kSy\n"
    "WiQHQ3e8AXWkf8ppkYi0EFQhPOSGajjwq+UohAUHAzp7azVv5ovZQhrHpcEbvUUD\n"
    "J+dnPLgk67k4+j/gGgFf9Ovr8wZlU9mnwEoOPB/UOoKRjriNtEDDEkeWgrS8jw==\n"
    "-----END CERTIFICATE-----\n";

/* P-256, SAN dNSName */
static const char ec_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBsjCCAVmgAwIBAgIUPu4Nghy+kGVoW1lN03ChLYefpyQwCgYIKoZIzj0EAwIw\n"
    "HjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9yZzAgFw0yNjExMjEyMjUxNTha\n"
    "GA8yMTI2MTAyODIyNTE1OFowHjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9y\n"
    "ZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPy+WzRAiCF39t+zzFUhB0txUzvW\n"
    "Uiq4a5r+bqdgiI79tHf/n7lewk3gDiQrcKnRR1+jnIaH7Q//wDwV+JV3IUmjczBx\n"
    "MB0GA1UdDgQWBBTkA2jMp1jp+nbJpnfEfNWlf0fvpzAfBgNVHSMEGDAWgBTkA2jM\n"
    "p1jp+nbJpnfEfNWlf0fvpzAPBgNVHRMBAf8EBTADAQH/MB4GA1UdEQQXMBWCE210\n"
    "YS1zdHMuZXhhbXBsZS5vcmcwCgYIKoZIzj0EAwIDRwAwRAIgI7p9pWGTyX1OMYJ4\n"
    "vWz6F8ih+8/s1ZfBNpQ3CKvbhaACIB6z9AuFpTkn5W0BdIOqFdLQiX3qIrs51fPH\n"
    "KvTnukKy\n"
    "-----END CERTIFICATE-----\n";

/* Ed25519, SAN iPAddress alone */
static const char ed25519_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBZDCCARagAwIBAgIUbA/z09EHNr1U+UBpiYP5BZmSUywwBQYDK2VwMB4xHDAa\n"
    "BgNVBAMME210YS1zdHMuZXhhbXBsZS5vcmcwIBcNMjYxMTIxMjI1MTU4WhgPMjEy\n"
    "NjEwMjgyMjUxNThaMB4xHDAaBgNVBAMME210YS1zdHMuZXhhbXBsZS5vcmcwKjAF\n"
    "BgMrZXADIQBOEayohdWD4ney5gYn+vMLNzz3GZIlbjAYc6OhBOborqNkMGIwHQYD\n"
    "VR0OBBYEFDUNTWzzlmvjPnZ7YqFXpe/7S0G8MB8GA1UdIwQYMBaAFDUNTWzzlmvj\n"
    "PnZ7YqFXpe/7S0G8MA8GA1UdEwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEwAACATAF\n"
    "BgMrZXADQQCZiMurkgaMLNdjwrYRnd4MZnsB5YE4H2eNxdfIlwxN0SZSpESu/B0f\n"
    "ekkwexJWO86LMKqmPVDwZTbARGyugz0B\n"
    "-----END CERTIFICATE-----\n";

/* Ed448, SAN rfc822Name alone */
static const char ed448_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBuDCCATigAwIBAgIUGN4luqlUfGuTJBokDv2+c6RDyUUwBQYDK2VxMB4xHDAa\n"
    "BgNVBAMME210YS1zdHMuZXhhbXBsZS5vcmcwIBcNMjYxMTIxMjI1MTU4WhgPMjEy\n"
    "NjEwMjgyMjUxNThaMB4xHDAaBgNVBAMME210YS1zdHMuZXhhbXBsZS5vcmcwQzAF\n"
    "BgMrZXEDOgD/GmaWNIYERpxH+Xfy7adzxoxS4ZUOY4bRCGrR7w6J32Js3qXQ2HtP\n"
    "FI3+38OzXT/SX+BDu/VA+YCjbTBrMB0GA1UdDgQWBBQZiSrgt1rZ99j5ao7h8c7a\n"
    "ejGV0zAfBgNVHSMEGDAWgBQZiSrgt1rZ99j5ao7h8c7aejGV0zAPBgNVHRMBAf8E\n"
    "BTADAQH/MBgGA1UdEQQRMA+BDWFAZXhhbXBsZS5vcmcwBQYDK2VxA3MA4oCcwI10\n"
    "BnuvRo2KTRbC7PxGINI7V4ZXsBAwjwV4GJD/NXkgzkHB90Rd4m6WSkpOR8OCAIEw\n"
    "BFmAg4A1MCE83EGikg0W+f6yoYxbYbCgVaPzJdihNej1RJMM2+rrGFiLmEfYoSXa\n"
    "1q9y30BYKxhvEzcA\n"
    "-----END CERTIFICATE-----\n";

/* P-256, no SAN */
static const char nosan_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBlDCCATmgAwIBAgIUMKHNHKDwojvSCSlNAiMLjFPi+mMwCgYIKoZIzj0EAwIw\n"
    "HjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9yZzAgFw0yNjExMjEyMjUxNTha\n"
    "GA8yMTI2MTAyODIyNTE1OFowHjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9y\n"
    "ZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPSpFNZrdTktKXNmZBOLZFqRihgX\n"
    "1Lf5nP9sI+CB5xLAUpHCu80W1sxJ+LngINjwCMJxDabLIWwPODvy43Q9WM6jUzBR\n"
    "MB0GA1UdDgQWBBQlgLd21R0u9UBDq7Z1iIaCNNY46zAfBgNVHSMEGDAWgBQlgLd2\n"
    "1R0u9UBDq7Z1iIaCNNY46zAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kA\n"
    "MEYCIQDPxmVUm4T4//FzeBTLGB61HrBFND4tQHRRgOFNa3U14QIhAMC3Znq5ldBD\n"
    "etSmtmqV2r0HbnfLphVcH9LZmpQnEOVL\n"
    "-----END CERTIFICATE-----\n";

/* P-384, SAN iPAddress and dNSName */
static const char mixed_cert[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIB9TCCAXygAwIBAgIUVIcD04YXYCys++1LLZYpGrbGPd0wCgYIKoZIzj0EAwIw\n"
    "HjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9yZzAgFw0yNjExMjEyMjUxNTha\n"
    "GA8yMTI2MTAyODIyNTE1OFowHjEcMBoGA1UEAwwTbXRhLXN0cy5leGFtcGxlLm9y\n"
    "ZzB2MBAGByqGSM49AgEGBSuBBAAiA2IABOHSGJw0cWOWl1t7iGDSzjLft1HfUiT7\n"
    "18QbosADR6YEBeRoc6oRPZqWeiqfQULbqkOhTinLY9xSQGgKiFTauy4uw2pCJInA\n"
    "XEJA13itVDVeC6FRSy725NLi/gMyDoMpiaN5MHcwHQYDVR0OBBYEFOl3UpC8RkSg\n"
    "GKQQAD4WsPvmv0+WMB8GA1UdIwQYMBaAFOl3UpC8RkSgGKQQAD4WsPvmv0+WMA8G\n"
    "A1UdEwEB/wQFMAMBAf8wJAYDVR0RBB0wG4cEwAACAYITbXRhLXN0cy5leGFtcGxl\n"
    "Lm9yZzAKBggqhkjOPQQDAgNnADBkAjAW8gwnh62LNuEBUQ9u4taYlmKom5oo++UU\n"
    "Kz4/V+TKE6tPKS6eGXEWi+C4KZu69y0CMBOaOiwM00pGT4xN4McKdCRH/ib+HBQG\n"
    "P1hdgL5C/cOUmtikP08di1vMXKBd7pNjAQ==\n"
    "-----END CERTIFICATE-----\n";

static const char rsa_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDXRvDX5Ywv6ZCR+JUx/QbnVdQh\n"
    "LRg0yfEe8y1ZEiToz/gAKNjRM1D+1WrHrMwNhMEG2bDnqmQt/cLC0QPaZUBxjVp3\n"
    "P8Dx3DKn72g1jqcnV+0UT4jCBYpSFzRFrvAVcs4o8YAHgcNTVboQRjKEr6kcSJe8\n"
    "dhEqt2k9BigUqehaKQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";

static const char ec_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/L5bNECIIXf237PMVSEHS3FTO9ZS\n"
    "Krhrmv5up2CIjv20d/+fuV7CTeAOJCtwqdFHX6OchoftD//APBX4lXchSQ==\n"
    "-----END PUBLIC KEY-----\n";

static const char ed25519_key_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAThGsqIXVg+J3suYGJ/rzCzc89xmSJW4wGHOjoQTm6K4=\n"
    "-----END PUBLIC KEY-----\n";

static const char ed448_key_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MEMwBQYDK2VxAzoA/xpmljSGBEacR/l38u2nc8aMUuGVDmOG0Qhq0e8Oid9ibN6l\n"
    "0Nh7TxSN/t/Ds10/0l/gQ7v1QPmA\n"
    "-----END PUBLIC KEY-----\n";

static const char x25519_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VuAyEATL7iK8nnViPx3a6xiWddaZG0eYyfN6OlmJMRRWaMy0o=\n"
    "-----END PUBLIC KEY-----\n";

#endif
