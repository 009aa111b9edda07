# World::Sender - the sending Postfix, set up as the README tells a site to
#
# The host sender.test.  Mail enters by SMTP on 127.0.0.1:25 or by the sendmail
# command; local mail goes to one Maildir.
package World::Sender;
use strict;
use warnings;
use parent -norequire, 'World::Postfix';
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use World::Postfix;
use World::Smtp;

# What the world needs; the other lines are those of share/etc/postfix.
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
END

my $shipped = abs_path(dirname(__FILE__) . '/../../../share/etc/postfix');

sub new {
	my ($class, %arg) = @_;
	my $self = $class->SUPER::new(%arg);

	$self->{ids} = [];
	$self->{dist} = World::Proc::slurp(
	    $self->view->path('/etc/postfix/master.cf'));
	return $self;
}

# Makes the CA file given the system's, where the shipped lines expect it.
sub trust {
	my ($self, $ca) = @_;

	$self->view->own_copy('/etc/ssl/certs');
	World::Proc::run('cp', $ca,
	    $self->view->path('/etc/ssl/certs/ca-certificates.crt'));
}

# The Postfix version, from the binary.
sub version {
	my ($self) = @_;
	my ($version) = $self->view->run('postconf', '-d', 'mail_version') =~
	    /= (\S+)/;

	return $version;
}

# How messages of tests and demo call it.
sub name {
	return 'Postfix ' . $_[0]->version;
}

# Keys of the daemon's config that this MTA needs, for World::config().
sub keys {
	return ();
}

# The row as this MTA is to fulfil it.
sub expects {
	return $_[1];
}

# Postfix's words say all of an outcome of World::Round.
sub refine { }

# The socketmap dialect that this version is to be given.
sub dialect {
	my ($self) = @_;
	my ($major, $minor) = split(/\./, $self->version);

	return $major > 3 || $minor >= 10 ? 'postfix-tlsrpt' : 'postfix';
}

# Adds a transport for the strategy ID and the line that steers to it.
sub steer {
	my ($self, $id) = @_;

	push(@{$self->{ids}}, $id);
}

# A file of share/etc/postfix.
sub shipped {
	my ($self, $file) = @_;

	return World::Proc::slurp("$shipped/$file");
}

sub main_lines {
	my ($self) = @_;
	my $lines = $self->shipped($self->dialect eq 'postfix' ?
	    'main.cf-3.7' : 'main.cf-3.10');
	my $ids = join('|', @{$self->{ids}});

	$lines .= $self->shipped('main.cf-strategies') =~
	    s/high-security/$ids/gr if $ids ne '';
	return $lines;
}

sub master_lines {
	my ($self) = @_;
	my $dialect = $self->dialect;

	return join('', map { $self->shipped('master.cf-strategies')
	    =~ s/high-security/$_/gr =~ s{:postfix/}{:$dialect/}gr }
	    @{$self->{ids}});
}

# Writes the configuration; a running instance reloads.
#	tlsherald	0: without the daemon's lines
#	more		further main.cf text, wins over what stands before it
#	master		further master.cf text; its services replace those of
#			the same name
sub publish {
	my ($self, %arg) = @_;
	my $ours = $arg{tlsherald} // 1 ? $self->main_lines :
	    "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n" .
	    "smtp_dns_support_level = dnssec\nsmtp_tls_loglevel = 1\n" .
	    "smtp_tls_security_level = may\n" .
	    "smtp_tls_dane_insecure_mx_policy = dane\n";

	my $more = $arg{more} // '';

	# Postfix warns of a parameter that stands there twice.
	$ours =~ s/^\Q$_\E = .*\n(?:[ \t]+.*\n)*//mg
	    for $more =~ /^(\w+) *=/mg;
	$self->write_conf('main.cf', "$main$ours$more");
	my ($master, $services) = ($self->{dist}, $arg{master} // '');
	$master =~ s/^\Q$_\E\s.*\n(?:[ \t]+.*\n)*//mg
	    for $services =~ /^([\w-]+)\s/mg;
	$self->write_conf('master.cf', $master . $self->master_lines .
	    $services);
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
