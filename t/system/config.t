#!/usr/bin/perl
# The daemon and a bad file: every semantic mistake at its place, a syntax
# error alone, exit 78, nothing started.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use Test::More;
use World::Proc;

my $program = "$ENV{BUILDDIR}/milter/tlsherald-milter";
my $dir = tempdir(CLEANUP => 1);
my $file = "$dir/tlsherald.toml";

# Starts the daemon with a text; returns exit status and lines of output.
sub start {
	my ($text, @option) = @_;

	World::Proc::write_file($file, $text);
	my ($status, $out) = World::Proc::try_run('timeout', '20', $program,
	    '-c', $file, @option);
	return ($status >> 8, split(/\n/, $out));
}

# Ten mistakes of ten kinds. In brackets: what the message must say.
my @mistakes = (
	[2, 'hostnam = "mx.example.org"', qr/hostname/],	# unknown key
	[3, 'user = 5', qr/user/],				# wrong type
	[5, 'level = "loud"', qr/level/],			# no such word
	[7, 'allow = ["300.1.1.1/8"]', qr/300/],		# no network
	[9, 'servers = ["127.0.0.1@99999"]', qr/99999/],	# no port
	[11, 'refusal-wait = "2 parsecs"', qr/parsecs/],	# no duration
	[13, 'tls = [ { if = "rcpt_domain ==", then = "\'x\'" },',
	    qr/expression|value|end/i],				# no expression
	[14, '{ else = "\'nowhere\'" } ]', qr/nowhere/],	# no strategy
	[17, 'starttls = "disable"', qr/mta-sts/],		# contradiction
	[18, '[polcy]', qr/policy/],				# no section
);
my %line = (1 => '[server]', 4 => '[log]', 6 => '[net]', 8 => '[dns]',
    10 => '[milter]', 12 => '[queue.strategy]',
    15 => '[queue.tls.default]', 16 => 'dane = "disable"',
    19 => 'mode = "observe"',
    map { ($_->[0], $_->[1]) } @mistakes);
my $text = join('', map { "$line{$_}\n" } 1 .. 19);
$text .= "[queue.tls.x]\n";

for my $option ('-f', '-T') {
	my ($status, @out) = start($text, $option);
	my @message = grep { /^\Q$file\E:\d+:\d+: \S/ } @out;

	is($status, 78, "ten mistakes, $option: exit 78");
	for my $mistake (@mistakes) {
		my ($line, undef, $want) = @$mistake;
		my @there = grep { /^\Q$file\E:$line:\d+: / } @message;

		is(scalar(@there), 1, "one message for line $line") or
		    diag(join("\n", @out));
		like($there[0] // '', $want, "and it says: $want");
	}
	is(scalar(@message), 10, 'ten messages in all') or
	    diag(join("\n", @message));
}

for (['a syntax error', "[server]\nuser = \"x\"\nhostname = \n", 3],
    ['a duplicate key', "[server]\nuser = \"x\"\nuser = \"y\"\n" .
    "hostnam = 3\n", 3]) {
	my ($what, $bad, $line) = @$_;
	my ($status, @out) = start($bad, '-f');
	my @message = grep { /^\Q$file\E:\d+:\d+: \S/ } @out;

	is($status, 78, "$what: exit 78");
	is(scalar(@message), 1, "$what: one message") or
	    diag(join("\n", @out));
	like($message[0] // '', qr/^\Q$file\E:$line:/, "$what: its line");
}

# Settings of a -T output, without comments.
sub settings {
	return join('', map { s/\s*#.*//r =~ s/(.)\z/$1\n/r }
	    grep { !/^\Q$file\E:/ } @_);
}

my ($status, @out) = start("[policy]\nmode = \"observe\"\n", '-T');
is($status, 0, 'a good file: exit 0') or diag(join("\n", @out));
my $effective = settings(@out);
like($effective, qr/^mode = "observe"$/m, 'the key that was set is there');
like($effective, qr/^refusal-wait = "2s"$/m, 'so is a default');
($status, @out) = start($effective, '-T');
is($status, 0, 'what -T prints loads again') or diag(join("\n", @out));
is(settings(@out), $effective, 'and means the same');
done_testing();
