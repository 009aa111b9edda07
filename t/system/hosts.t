#!/usr/bin/perl
# Three hosts of a site report as one: two give their sessions to the third,
# which waits for them, and where one is late goes on without it. One is taken
# in twice. Every session is reported once. Nothing is sent, no MTA takes part.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(strftime);
use Socket qw(SOCK_DGRAM);
use Test::More;
use World::Proc;

my $build = $ENV{BUILDDIR} // '.';
my $program = "$build/reportgen/tlsherald-reportgen";
my $sample = "$build/t/system/report_sample";
my $dir = tempdir('tlsherald-hosts-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $domains = 4;
my $begin = time - time % 86400 - 2 * 86400; # due since yesterday
my $day = strftime('%Y-%m-%d', gmtime($begin));
# what report_sample counts of so many domains
my $each = 0;

for my $i (0 .. $domains - 1) {
	$each += 3 * 7 * $i + 1 + 2 + 3 + ($i % 5 ? 0 : 9);
}
for ($program, $sample) {
	BAIL_OUT("$_ is missing") if !-x $_;
}
World::Proc::run('openssl', 'genpkey', '-algorithm', 'ed25519', '-out',
    "$dir/ed.pem");
chmod(0600, "$dir/ed.pem");
chmod(0755, $dir);

# A host of that name with a day of sessions; its config's path.
sub host {
	my ($name, $via, $more) = @_;

	mkdir("$dir/$name");
	World::Proc::write_file("$dir/$name.toml", <<"END");
[server]
hostname = "$name.example.org"
state-dir = "$dir/$name"
user = "nobody"
group = "nogroup"
[control]
socket = "$dir/$name.ctl"
[dns]
servers = ["127.0.0.1\@1"]
[report.tls.aggregate]
from-address = "tls\@example.org"
org-name = "Example"
contact-info = "jane\@example.org"
sign = ["a"]
spread = "0s"
$more
[report.collect]
socket = "$dir/$name.sock"
group = "root"
[report.deliver]
via = "$via"
[signature.a]
algorithm = "ed25519-sha256"
domain = "example.org"
selector = "ed"
private-key = "file:$dir/ed.pem"
END
	World::Proc::run($sample, "$dir/$name/report.db", $begin, $domains);
	World::Proc::run('chown', '-R', 'nobody:nogroup', "$dir/$name");
	return "$dir/$name.toml";
}

sub command {
	my ($conf, @args) = @_;

	return World::Proc::run($program, '-c', $conf, @args);
}

# What a host gives away, in a file of that name.
sub export {
	my ($conf, $name) = @_;

	World::Proc::write_file("$dir/$name",
	    command($conf, 'export', '--day', $day));
	return "$dir/$name";
}

# Starts the daemon of a host and waits until it serves.
sub start {
	my ($conf) = @_;
	my $path = "$conf.notify";
	my $notify = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $path)
	    or die "$path: $!\n";
	my $heard = '';

	chmod(0666, $path);
	my $proc = World::Proc->spawn(log => "$conf.log",
	    env => { NOTIFY_SOCKET => $path },
	    command => [ $program, '-f', '-c', $conf ]);
	local $SIG{ALRM} = sub { die "not ready: " .
	    World::Proc::slurp("$conf.log") };
	alarm(60);
	$notify->recv($heard, 4096) until $heard =~ /^READY=1$/m;
	alarm(0);
	return $proc;
}

# Reports on the day as [state, part, missing, sessions], once there are n that
# were made.
sub made {
	my ($conf, $n) = @_;
	my @made;

	World::Proc::wait_until(60, sub {
		my $o = decode_json(command($conf, 'list', '--json', '--from',
		    $day, '--to', $day));

		@made = grep { $_->{state} ne 'collected' } @{$o->{reports}};
		return @made >= $n;
	});
	return @made;
}

sub sessions {
	my $sum = 0;

	$sum += $_->{success} + $_->{failure} for @_;
	return $sum;
}

# --- One waits for two.
my $waits = host('mx1', 'sendmail:/bin/false', <<'END');
hosts = ["mx2.example.org", "mx3.example.org"]
grace = "5d"
END
my $two = export(host('mx2', 'none', ''), 'two');
my $three = export(host('mx3', 'none', ''), 'three');
my $daemon = start($waits);
like(command($waits, 'import', $two), qr/^mx2\.example\.org $day 1: $each /m,
    'the second host is taken in');
like(command($waits, 'import', $two), qr/known|again|before/i,
    'again: nothing is');
$daemon->signal('USR2');
like(command($waits, 'import', $three), qr/^mx3\.example\.org $day 1: $each /m,
    'the third host is taken in');
$daemon->signal('USR2');
my @made = made($waits, $domains);
is(scalar @made, $domains, 'a report on each domain');
is(sessions(@made), 3 * $each, 'of all sessions of three hosts, once');
is_deeply([ map { "$_->{part}$_->{missing}" } @made ], [ (0) x $domains ],
    'whole ones, nobody is missing');
command($waits, 'import', $two);
command($waits, 'import', $three);
$daemon->signal('USR2');
is(decode_json(command($waits, 'list', '--json', '--state', 'collected'))
    ->{reports}[0], undef, 'taken in once more: nothing is left to report');
$daemon->stop;

# --- One gives up waiting.
my $late = host('mx4', 'sendmail:/bin/false', <<'END');
hosts = ["mx2.example.org", "mx3.example.org"]
grace = "1h"
END
command($late, 'import', $two);
$daemon = start($late);
@made = made($late, $domains);
is(sessions(@made), 2 * $each, 'without the third host what is there');
is_deeply([ map { "$_->{part} $_->{missing}" } @made ],
    [ ('0 mx3.example.org') x $domains ], 'it is named as missing');
command($late, 'import', $three);
command($late, 'import', $two);
$daemon->signal('USR2');
@made = made($late, 2 * $domains);
is(scalar @made, 2 * $domains, 'a further report on each domain');
is(sessions(@made), 3 * $each, 'then each session was reported once');
is_deeply([ sort map { "$_->{part} $_->{missing}" } @made ],
    [ ('0 mx3.example.org') x $domains, ('2 ') x $domains ],
    'the further ones are part 2, and nobody is missing');
$daemon->stop;
done_testing();
