#!/usr/bin/perl
# The disk is full, read-only or taken away: policies are served from memory,
# it is said once a minute, and what was stored stays stored.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use Test::More;
use World;

my $world = World->enter(name => 'broken-store', sender => 'bookworm');
my $count = 12;

$world->start(mail => 0, domains => [map { { name => "p$_.test",
    mx => [[10, 'mx.sts-good.test']],
    sts => ['enforce', 'mx.sts-good.test'] } } 1 .. $count]);
my $web = $world->web;
my $state = "$World::Daemon::run/state";
my $db = "$state/policy.db";
my $secure = 'OK secure match=mx.sts-good.test servername=hostname';
mkdir($state) or die "$state: $!\n";
World::Proc::run('mount', '-t', 'tmpfs', '-o', 'size=256k,mode=0750,uid=65534',
    'none', $state);
my $metrics = '127.0.0.1:9460';
my $daemon = $world->daemon($world->config(
    'metrics.milter.listen' => "\"$metrics\""));
$daemon->start;

my $next = 1;
# A domain that was never asked for before.
sub fresh {
	my $domain = 'p' . $next++ . '.test';

	die "too few domains\n" if $next > $count + 1;
	return $domain;
}

# What stats and the metrics page, which must agree, say of the store.
sub store_ok {
	my $said = $daemon->stats->{service}{store_ok} ? 1 : 0;
	my $page = IO::Socket::INET->new(PeerAddr => $metrics) or
	    die "metrics: $!\n";

	syswrite($page, "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
	my $text = do { local $/; readline($page) };
	like($text, qr/^tlsherald_\w*store_ok $said$/m, "the metric is $said");
	return $said;
}

sub served {
	my ($domain, $about) = @_;

	is($daemon->lookup('postfix', $domain), $secure, "$domain: $about");
	return $domain;
}

# Whether these, and no others, are served after a kill when no policy host
# answers.
sub survive {
	my ($stored, $lost) = @_;

	is($daemon->stop('KILL'), 9, 'killed');
	$web->stop;
	$daemon->start;
	served($_, 'was on disk') for @$stored;
	is($daemon->lookup('postfix', $_), 'NOTFOUND ', "$_: was in memory " .
	    'only') for @$lost;
	$web->start;
}

# Fills the disk to the last octet.
sub fill {
	open(my $fh, '>', "$state/filler") or die "filler: $!\n";
	for my $size (4096, 1) {
		1 while syswrite($fh, 'x' x $size);
	}
	ok($!{ENOSPC}, 'the disk is full');
}

my @stored = (served(fresh(), 'fetched and stored'));
ok(store_ok(), 'the store works');

subtest 'a disk that fills up' => sub {
	my $mark = $daemon->log_mark;

	fill();
	my @memory = map { served(fresh(), 'served from memory') } 1 .. 3;
	ok(!store_ok(), 'stats say that the store does not work');
	is(scalar(() = $daemon->log_text($mark) =~
	    /policy store cannot be written/g), 1, 'the log says it once');
	served($_, 'served on') for @stored, @memory;
	unlink("$state/filler") or die "filler: $!\n";
	push(@stored, served(fresh(), 'when there is room again'));
	ok(store_ok(), 'stats say that the store works');
	survive(\@stored, \@memory);
};

subtest 'a start on a full disk' => sub {
	fill();
	is($daemon->stop('KILL'), 9, 'killed');
	$web->stop;
	if (eval { $daemon->start; 1 }) {
		pass('it starts');
	} else {
		fail('it starts');
		diag($@);
	}
	served($_, 'was on disk') for @stored;
	$web->start;
	my $memory = served(fresh(), 'served from memory');
	ok(!store_ok(), 'stats say that the store does not work');
	unlink("$state/filler") or die "filler: $!\n";
	push(@stored, served(fresh(), 'when there is room again'));
	ok(store_ok(), 'stats say that the store works');
	survive(\@stored, [$memory]);
};

subtest 'a read-only disk' => sub {
	is($daemon->stop, 0, 'it ends clean');
	World::Proc::run('mount', '-o', 'remount,ro', $state);
	my ($status, $out) = $daemon->command('-f');
	is($status, 73, 'it does not start on that');
	like($out, qr/state directory \Q$state\E is not usable/,
	    'and says why') or diag($out);
	World::Proc::run('mount', '-o', 'remount,rw', $state);
	$daemon->start;
	served($_, 'was on disk') for @stored;
};

subtest 'a file that is taken away, and one that is replaced' => sub {
	rename($db, "$db.gone") or die "$db: $!\n";
	unlink("$db-wal", "$db-shm");
	my @new = (served(fresh(), 'after the file was taken away'));
	survive(\@new, [$stored[0]]);
	World::Proc::write_file($db, 'no database at all');
	chown(65534, 65534, $db);
	my $mark = $daemon->log_mark;
	push(@new, served(fresh(), 'after it was replaced by junk'));
	ok(store_ok(), 'stats say that the store works');
	like($daemon->log_text($mark), qr/was damaged, put aside/,
	    'the log says so');
	survive([$new[-1]], [$new[0]]);
};

is($daemon->stop, 0, 'the daemon ends clean');
done_testing();
