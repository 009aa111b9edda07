# What python3-dkim says of a mail, and mails that it signs.
#
#	dkimpy.py verify KEYS MAIL TLSRPT	a word per signature
#	dkimpy.py sign MAIL ALGORITHM HEADER/BODY KEYFILE	signature fields
#
# KEYS has lines "NAME RECORD"; TLSRPT is no, yes or strict.
import base64
import sys

import dkim


def keys(path):
    return dict(line.rstrip('\n').split(' ', 1) for line in open(path))


def verify(path, mail, tlsrpt):
    record = keys(path)
    message = open(mail, 'rb').read()
    mode = {'no': False, 'yes': True, 'strict': 'strict'}[tlsrpt]
    count = message.lower().count(b'dkim-signature:')

    def lookup(name, timeout=5):
        return record.get(name.decode().rstrip('.'), '').encode()

    for i in range(count):
        try:
            good = dkim.DKIM(message, tlsrpt=mode).verify(i, dnsfunc=lookup)
            print('pass' if good else 'fail')
        except dkim.ValidationError:
            print('fail')
        except dkim.DKIMException as e:
            print('error', e)


def sign(mail, algorithm, canon, keyfile):
    message = open(mail, 'rb').read()
    key = open(keyfile, 'rb').read()
    if algorithm.startswith('ed25519'):
        # dkimpy wants the 32 octets, which end the PKCS#8
        der = base64.b64decode(b''.join(key.split(b'\n')[1:-2]))
        key = base64.b64encode(der[-32:])
    field = dkim.sign(message, b'other', b'example.org', key,
                      canonicalize=tuple(c.encode() for c in canon.split('/')),
                      signature_algorithm=algorithm.encode())
    sys.stdout.buffer.write(field)


if sys.argv[1] == 'verify':
    verify(*sys.argv[2:])
else:
    sign(*sys.argv[2:])
