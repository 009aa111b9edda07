# World::Postfix - one real Postfix instance in a view of its own
#
# Base of World::Sender and World::Mx: configuration files, start, stop, queue,
# log.  The log is read by position, so a test waits for what happens after a
# mark and never sees an older line.
package World::Postfix;
use strict;
use warnings;
use IO::Socket::INET;
use World::Proc;
use World::Root;

my @writable = qw(/etc/postfix /var/spool/postfix /var/lib/postfix /var/log
    /var/mail);

# Mounts the view.  Arguments as World::Root's, without 'writable'.
sub new {
	my ($class, %arg) = @_;

	my $view = World::Root->new(%arg, writable => \@writable);
	my $box = $view->path('/var/mail/all');
	my $log = $view->path('/var/log/mail.log');

	mkdir($box, 0700) && chown(65534, 65534, $box) or die "$box: $!\n";
	# readable for whom an administrator lets read it
	World::Proc::write_file($log, '');
	chmod(0644, $log) or die "$log: $!\n";
	return bless { view => $view }, $class;
}

sub view {
	return $_[0]{view};
}

sub write_conf {
	my ($self, $file, $text) = @_;

	World::Proc::write_file($self->{view}->path("/etc/postfix/$file"),
	    $text);
}

# Starts Postfix as Debian's unit does, chroot set-up included (from 3.9 on
# "postfix start" does that by itself); returns when ADDRESS:25 accepts
# connections.
sub start {
	my ($self, $address) = @_;

	$self->{address} = $address if defined $address;
	$self->{view}->sh('
		grep -qs configure-instance /usr/lib/postfix/sbin/post-install ||
			/usr/lib/postfix/configure-instance.sh
		postfix check
		postfix start');
	$self->await_port;
	$self->{started} = 1;
}

sub await_port {
	my ($self) = @_;

	World::Proc::wait_until(15, sub {
		IO::Socket::INET->new(PeerAddr => $self->{address},
		    PeerPort => 25) }) or
	    die "Postfix at $self->{address} does not answer:\n" .
	    substr($self->log_text, -2000);
}

sub stop {
	my ($self) = @_;

	$self->{view}->run('postfix', 'stop') if delete $self->{started};
}

sub reload {
	my ($self) = @_;

	$self->{view}->run('postfix', 'reload');
	$self->await_port;
}

sub flush {
	$_[0]{view}->run('postqueue', '-f');
}

# Queue ids with what postqueue says of each, as one text.
sub queue {
	return $_[0]{view}->run('postqueue', '-p');
}

sub log_path {
	return $_[0]{view}->path('/var/log/mail.log');
}

# Where the log ends now; log_text() takes it.
sub log_mark {
	return -s $_[0]->log_path // 0;
}

# The log from MARK (0) on.
sub log_text {
	my ($self, $mark) = @_;

	open(my $fh, '<', $self->log_path) or return '';
	seek($fh, $mark // 0, 0);
	local $/;
	return <$fh> // '';
}

# Waits until the log from MARK on matches; returns the match's groups.
sub await_log {
	my ($self, $mark, $want, $seconds) = @_;

	my $found = World::Proc::wait_until($seconds // 20, sub {
		my @group = $self->log_text($mark) =~ $want or return;
		return \@group;
	}) or die "the log lacks $want:\n" .
	    substr($self->log_text($mark), -3000);
	return @$found;
}

# Waits for what became of a recipient of a message.  Returns a hash: status
# (sent, deferred, bounced), dsn, relay (name[address]:port or none), reason,
# tls (Verified, Trusted, Untrusted, Anonymous or '') and transport (the
# service's log name, for example postfix/smtp).  MARK as in log_text().
sub result {
	my ($self, $id, $rcpt, $mark, $seconds) = @_;

	my @field = $self->await_log($mark, qr{^(.*?\s(\S+)\[(\d+)\]:\s
	    \Q$id\E:\sto=<\Q$rcpt\E>,.*?\srelay=([^,]+),.*?
	    \sdsn=([\d.]+),\sstatus=(\w+)\s\((.*)\))$}mx, $seconds);
	my %result = (line => $field[0], transport => $field[1],
	    relay => $field[3], dsn => $field[4], status => $field[5],
	    reason => $field[6]);
	my ($before) = split(/^\Q$field[0]\E$/m, $self->log_text);
	my @tls = $before =~ m{\[$field[2]\]:\s(\w+)\sTLS\sconnection
	    \sestablished\sto\s\Q$field[3]\E:}mgx;
	$result{tls} = $tls[-1] // '';
	return \%result;
}

# Messages in the Maildir below /var/mail: a list of hashes with header (text),
# body, to (from Delivered-To or X-Original-To), file.
sub mails {
	my ($self) = @_;
	my @mail;

	for my $file (sort glob($self->{view}->path('/var/mail/all/new/*'))) {
		my ($header, $body) = split(/\n\n/,
		    World::Proc::slurp($file), 2);
		my ($to) = $header =~ /^Delivered-To: (.*)$/mi;
		my ($original) = $header =~ /^X-Original-To: (.*)$/mi;

		push(@mail, { header => "$header\n", body => $body,
		    to => $original // $to, file => $file });
	}
	return @mail;
}

# Waits until COUNT messages with SUBJECT lie there; returns them.
sub await_mails {
	my ($self, $subject, $count, $seconds) = @_;
	my @found;

	World::Proc::wait_until($seconds // 20, sub {
		@found = grep { $_->{header} =~ /^Subject: \Q$subject\E$/m }
		    $self->mails;
		@found >= $count;
	});
	return @found;
}

1;
