# World::Sender - the sending Postfix, set up as the README tells a site to
#
# The host sender.test.  Mail enters by SMTP on 127.0.0.1:25 or by the sendmail
# command; local mail goes to one Maildir.
package World::Sender;
use strict;
use warnings;
use parent -norequire, 'World::Postfix';
use World::Postfix;
use World::Smtp;

# Settings that the world needs, then those that tlsherald asks for.
my $main = <<'END';
compatibility_level = 3.6
myhostname = sender.test
mydestination = sender.test, localhost
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
alias_database =
mailbox_transport = virtual
virtual_mailbox_domains =
virtual_mailbox_maps = static:all/
virtual_mailbox_base = /var/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
maillog_file = /var/log/mail.log
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
in_flow_delay = 0
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_connect_timeout = 5s
smtp_host_lookup = dns
smtp_tls_loglevel = 1
smtp_tls_CAfile = /run/pki/ca.pem
smtp_dns_support_level = dnssec
smtp_tls_security_level = may
smtp_tls_dane_insecure_mx_policy = dane
END

my $tlsherald = <<'END';
smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:DIALECT
smtpd_milters = { inet:127.0.0.1:8460, default_action=accept }
non_smtpd_milters = $smtpd_milters
smtp_header_checks = regexp:/etc/postfix/tlsherald_strip
milter_header_checks = regexp:/etc/postfix/tlsherald_steer
END

my $strip = "/^X-TLS-(Requirement|Strategy):/ IGNORE\n";

sub new {
	my ($class, %arg) = @_;
	my $self = $class->SUPER::new(%arg);

	$self->{transports} = '';
	$self->{dist} = World::Proc::slurp(
	    $self->view->path('/etc/postfix/master.cf'));
	return $self;
}

# The Postfix version, from the binary.
sub version {
	my ($self) = @_;
	my ($version) = $self->view->run('postconf', '-d', 'mail_version') =~
	    /= (\S+)/;

	return $version;
}

# The socketmap dialect that this version is to be given.
sub dialect {
	my ($self) = @_;
	my ($major, $minor) = split(/\./, $self->version);

	return $major > 3 || $minor >= 10 ? 'postfix-tlsrpt' : 'postfix';
}

# Adds a transport for the strategy ID and the line that steers to it.
sub steer {
	my ($self, $id) = @_;
	my $map = 'socketmap:inet:127.0.0.1:8461:' . $self->dialect . "/$id";

	$self->{transports} .= "tls-$id unix - - y - - smtp\n" .
	    "  -o syslog_name=postfix/tls-$id\n" .
	    "  -o smtp_tls_policy_maps=$map\n";
	$self->{steer} .= "/^X-TLS-Strategy: $id\$/ FILTER tls-$id:\n";
}

# Writes the configuration; a running instance reloads.
#	tlsherald	0: without the daemon's lines
#	more		further main.cf text
sub publish {
	my ($self, %arg) = @_;
	my $dialect = $self->dialect;
	my $ours = $tlsherald =~ s/DIALECT/$dialect/r;

	$ours = '' if defined $arg{tlsherald} && !$arg{tlsherald};
	$self->write_conf('tlsherald_strip', $strip);
	$self->write_conf('tlsherald_steer', $self->{steer} // '');
	$self->write_conf('main.cf', $main . $ours . ($arg{more} // ''));
	$self->write_conf('master.cf', $self->{dist} . $self->{transports});
	$self->reload if $self->{started};
}

sub start {
	my ($self, %arg) = @_;

	$self->publish(%arg);
	$self->SUPER::start('127.0.0.1');
}

# Sends one message by SMTP.  FROM, RCPTS (list) are the envelope; MORE may
# hold header (text) and subject.  Returns World::Smtp::send()'s hash.
sub send {
	my ($self, $from, $rcpts, %more) = @_;

	return World::Smtp::send('127.0.0.1', 25, $from, $rcpts,
	    message($from, $rcpts, %more));
}

# Submits one message with the sendmail command; returns its queue id.
sub sendmail {
	my ($self, $from, $rcpts, %more) = @_;
	my $mark = $self->log_mark;
	my $tag = sprintf('%08x', int(rand(2 ** 32)));

	World::Proc::write_file($self->view->path("/tmp/$tag"),
	    message($from, $rcpts, %more, id => $tag));
	$self->view->sh("sendmail -i -f '$from' " .
	    join(' ', map { "'$_'" } @$rcpts) . " </tmp/$tag");
	return ($self->await_log($mark,
	    qr/ ([0-9A-F]+): message-id=<$tag\@sender\.test>/))[0];
}

sub message {
	my ($from, $rcpts, %more) = @_;
	my $to = $more{to} // join(', ', @$rcpts);
	my $subject = $more{subject} // 'test';
	my $id = $more{id} // sprintf('%08x', int(rand(2 ** 32)));

	return "From: <$from>\nTo: $to\nSubject: $subject\n" .
	    "Message-ID: <$id\@sender.test>\n" .
	    ($more{header} // '') . "\nHello.\n";
}

1;
