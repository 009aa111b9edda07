divert(-1)
dnl tlsherald for Sendmail 8.17 and 8.18: asks tlsherald-milter(8), before each
dnl recipient, whether the session fits what the message and the recipient's
dnl domain require, and tells it of every session, for TLS reports (RFC 8460).
dnl
dnl In sendmail.mc, after the MAILER() lines:
dnl
dnl	INPUT_MAIL_FILTER(`tlsherald', `S=inet:8460@127.0.0.1')
dnl	include(`/usr/share/tlsherald/sendmail/tlsherald.m4')
dnl
dnl Another address than the default of [policy] listen, before the include:
dnl
dnl	define(`confTLSHERALD_MAP', `unix:/run/tlsherald/policy')
dnl
dnl A daemon that is dead, slow or confused keeps mail in the queue; nothing
dnl but its own "PASS" lets a recipient through. The option -d, in seconds,
dnl belongs on both K lines: maps of one address share one connection.
ifdef(`confTLSHERALD_MAP', `', `define(`confTLSHERALD_MAP',
`inet:8461@127.0.0.1')')
ifdef(`_MTA_STS_', `errprint(`*** WARNING: tlsherald.m4 beside FEATURE(sts): the latter is not needed, and loses mail on Sendmail 8.18.2
')')
dnl The names of a certificate are known of the session opened last, so no
dnl message may go over the session of another.
define(`confMCI_CACHE_SIZE', `0')
LOCAL_CONFIG
# tlsherald: names of the certificate, and the two maps
O SetCertAltnames=true
Ktlspol socket -f -d10 -T<TMPF> confTLSHERALD_MAP
Ktlsrep socket -f -d10 -T<TMPF> confTLSHERALD_MAP

LOCAL_TLS_SERVER
# tlsherald: once per session, also where no TLS came about
SLocal_tls_server
R$*			$: $1 $| $(tlsrep $&i/$&{server_name}/$&{server_addr}/$1/$&{tls_version}/$&{cipher_bits}/$&h/$&{if_addr_out} $: ok $)
R$* $| $*		$@ OK

LOCAL_TLS_RCPT
# tlsherald: does a name of the certificate fit the MX host?
Stlsherald_san
R$*			$: $&{server_name}
R$={cert_altnames}	$@ SAN
R$-.$+			$: *.$2
R$={cert_altnames}	$@ SAN
R$*			$@ NOSAN

# tlsherald: before each recipient
SLocal_tls_rcpt
R$*			$: $>CanonAddr $1
R$* < @ $+ . >		$1 < @ $2 >
R$* < @ $+ >		$: $2 $| $>tlsherald_san x
R$* $| $*		$: $(tlspol $&i/$1/$&{server_name}/$&{server_addr}/$&{verify}/$&{tls_version}/$&{cipher_bits}/$2 $: none $)
R$* <TMPF>		$#error $@ 4.7.0 $: "454 TLS policy of the recipient cannot be known now"
RPASS			$@ OK
RWAIVE			$#OK
RFAIL $*		$#error $@ 4.7.5 $: "454 TLS policy: " $1
R$*			$#error $@ 4.7.0 $: "454 TLS policy: no valid answer"
divert(0)dnl
