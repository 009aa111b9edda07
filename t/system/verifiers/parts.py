# What Python's own mail parser makes of a mail: a line per fact.
import email
import email.policy
import hashlib
import sys

mail = email.message_from_binary_file(open(sys.argv[1], 'rb'),
                                      policy=email.policy.default)
for name in ('From', 'Subject', 'Date', 'Message-ID', 'MIME-Version'):
    print(name, ascii(str(mail[name])))
print('type', mail.get_content_type(), mail.get_param('report-type'))
for part in mail.iter_parts():
    body = part.get_payload(decode=True)
    print('part', part.get_content_type(), part.get_filename(), len(body),
          hashlib.sha256(body).hexdigest())
    if part.get_content_maintype() == 'text':
        print('text', ascii(part.get_content()))
print('defects', mail.defects, [p.defects for p in mail.walk()])
