# World::Mx - the receiving side: one Postfix, a listener per MX host
#
# Each MX host of the world is one address 127.1.x.y with an smtpd of its own:
# certificate, STARTTLS or none.  All mail for every domain lands in one
# Maildir; the Received header that was added last says by which host's name
# it came in, and whether over TLS.
package World::Mx;
use strict;
use warnings;
use parent -norequire, 'World::Postfix';
use World::Postfix;

my $main = <<'END';
compatibility_level = 3.6
myhostname = mx.test
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = /var/log/mail.log
smtpd_peername_lookup = no
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all/
virtual_mailbox_base = /var/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
mailbox_size_limit = 0
in_flow_delay = 0
END

my $master = <<'END';
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
END

# The first address that host() hands out follows this one.
my $first = 0;

sub new {
	my ($class, %arg) = @_;
	my $self = $class->SUPER::new(%arg);

	$self->{host} = {};
	$self->{last} = $first;
	return $self;
}

# Adds the MX host NAME; returns its address.  CERT is the name of one of the
# PKI's certificates, 'none' (no STARTTLS) or 'broken' (454 to STARTTLS).
sub host {
	my ($self, $name, $cert) = @_;
	my $n = ++$self->{last};
	my $address = '127.1.' . ($n >> 8) . '.' . ($n & 255);

	$self->{host}{$name} = { address => $address, cert => $cert };
	return $address;
}

sub address_of {
	my ($self, $name) = @_;

	return $self->{host}{$name}{address};
}

sub listener {
	my ($name, $host) = @_;
	my $cert = $host->{cert};
	my $file = $cert eq 'broken' ? '/run/pki/missing' : "/run/pki/$cert";
	my $tls = $cert eq 'none' ? '-o smtpd_tls_security_level=none' :
	    "-o smtpd_tls_security_level=may -o smtpd_tls_cert_file=$file.pem " .
	    "-o smtpd_tls_key_file=$file.key";

	return "$host->{address}:25 inet n - n - - smtpd " .
	    "-o myhostname=$name $tls\n";
}

# Writes the configuration of all hosts; a running instance reloads.
sub publish {
	my ($self) = @_;

	$self->write_conf('main.cf', $main);
	$self->write_conf('master.cf', join('', $master,
	    map { listener($_, $self->{host}{$_}) }
	    sort keys %{$self->{host}}));
	$self->reload if $self->{started};
}

sub start {
	my ($self) = @_;

	$self->publish;
	$self->SUPER::start('127.1.0.1');
}

# By which host, and whether over TLS, a delivered message came in.
sub came_by {
	my ($mail) = @_;
	my ($received) = $mail->{header} =~ /^(Received: .*\n(?:\s.*\n)*)/m;
	my ($host, $how) = $received =~ /\bby (\S+) \(Postfix\) with (\S+)/;

	return ($host, $how =~ /S\z/ ? 1 : 0);
}

1;
