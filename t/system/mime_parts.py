"""The parts of mails as Python's standard library sees them, printed as
mime_parts.c does."""
import base64
import email
import email.policy
import sys

for path in sys.argv[1:]:
    print(path)
    with open(path, "rb") as f:
        mail = email.message_from_binary_file(f, policy=email.policy.compat32)
    for part in mail.walk():
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True) or b""
        print(part.get_content_type(),
            base64.b64encode(data).decode("ascii"))
