#!/usr/bin/perl
# The control socket: every command by its sub-command and, where that says
# more, over the socket itself; who may; hostile input; pages.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use LocalDaemon;
use POSIX qw(strftime);
use Test::More;

my $json = JSON::PP->new->canonical;
my $daemon = LocalDaemon->new(<<'END', log => 'level = "info"');
[queue.tls.default]
starttls = "optional"
[queue.tls.strict]
dane = "require"
END
$daemon->start;
my $ctl = "$daemon->{dir}/run/ctl.sock";

sub ask {
	my ($command, $arg) = @_;
	return World::Socketmap->new($ctl)->lookup($command, $arg // '', 30);
}

sub object {
	my ($reply) = @_;
	$reply =~ s/^OK // or die "not OK: $reply\n";
	return decode_json($reply);
}

sub ago { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - $_[0])) }

# A line as export writes it.
sub policy {
	my ($domain, %arg) = @_;
	my $mx = join('', map { "mx: $_\r\n" } @{$arg{mx} // ["mx.$domain"]});
	return $json->encode({ schema => 1, domain => $domain,
	    id => $arg{id} // 'one', fetched => $arg{fetched} // ago(3600),
	    policy => "version: STSv1\r\nmode: " . ($arg{mode} // 'enforce') .
	    "\r\n${mx}max_age: " . ($arg{max_age} // 604800) . "\r\n", %{$arg{raw}
	    // {}} });
}

sub file_of {
	my @lines = @_;
	my $path = "$daemon->{dir}/import";
	World::Proc::write_file($path, join('', map { "$_\n" } @lines));
	return $path;
}

sub lines_of {
	my ($out) = @_;
	return map { decode_json($_) } grep { /^\{/ } split(/\n/, $out);
}

sub policies {
	my ($status, $out) = $daemon->command('list', '--json');
	is($status, 0, 'list: 0');
	return { map { $_->{domain} => $_ } lines_of($out) };
}

subtest 'unknown and malformed' => sub {
	is(ask('nosuch'), 'PERM unknown command', 'an unknown command');
	is(ask('dump', 'x'), 'PERM no such place to go on from', 'a cursor');
	is(ask('dump', '-1'), 'PERM no such place to go on from', 'another');
	like(ask('purge', 'a.test everything'), qr/^PERM expected DOMAIN/,
	    'purge with more than it takes');
	like(ask('purge', '-'), qr/^PERM /, 'no domain');
	my ($status, $out) = $daemon->command('purge');
	is($status, 64, 'usage: 64');
	like($out, qr/^usage: tlsherald-milter purge DOMAIN/, 'and its text');
	is(($daemon->command($_, '--nonsense'))[0], 64, "$_ --nonsense: 64")
	    for qw(dump list downgrades export reload override);
};

subtest 'dump and purge' => sub {
	my ($status, $out) = $daemon->command('dump');
	is($status, 0, 'of an empty cache');
	like($out, qr/nothing is in the cache/, 'says so');
	my $map = $daemon->map;
	like($map->lookup('postfix', 'held.test'), qr/^TEMP held\.test: /,
	    'a lookup without a name server');
	$map->lookup('postfix', '[held.test]:587');
	$map->lookup('postfix/strict', 'held.test');
	$map->lookup('postfix', 'other.test');
	($status, $out) = $daemon->command('dump', '--json');
	my %held = map { ("$_->{domain} $_->{strategy}" => $_) }
	    lines_of($out);
	is_deeply([sort keys %held], ['[held.test]:587 default',
	    'held.test default', 'held.test strict', 'other.test default'],
	    'all that was asked is there');
	my $v = $held{'held.test default'};
	is_deeply([@$v{qw(schema level source unsatisfiable override)}],
	    [1, 'temp', 'none', JSON::PP::false, undef],
	    'with what was decided');
	is($held{'held.test strict'}{source}, 'strategy',
	    'under each strategy');
	is($v->{failure}, JSON::PP::true, 'and that it rests on a failure');
	ok($v->{fresh_for} >= 0 && $v->{ttl} > 0, 'and for how long');
	($status, $out) = $daemon->command('dump');
	like($out, qr/^\[held\.test\]:587 +default +temp +none/m,
	    'and for people');
	($status, $out) = $daemon->command('purge', 'HELD.test.');
	is($status, 0, 'purge: 0');
	like($out, qr/^held\.test: 3 verdicts forgotten/, 'in every form');
	($status, $out) = $daemon->command('dump', '--json');
	is_deeply([map { $_->{domain} } lines_of($out)], ['other.test'],
	    'no other is');
	$daemon->await_log(qr/domain=held\.test purged by=\S+/);
};

subtest 'import, list, export' => sub {
	my ($status, $out) = $daemon->command('import', file_of(
	    policy('a.test'), policy('b.test', mode => 'testing'), '',
	    policy('old.test', fetched => ago(7200), max_age => 3600)));
	is($status, 0, 'import: 0');
	is($out, "2 kept, 0 older than what is here, 1 expired, 0 refused\n",
	    'what became of each');
	my $held = policies();
	is_deeply([sort keys %$held], ['a.test', 'b.test'], 'these are held');
	is_deeply([@{$held->{'a.test'}}{qw(mode id max_age mx)}],
	    ['enforce', 'one', 604800, ['mx.a.test']], 'as they came');
	is($held->{'b.test'}{mode}, 'testing', 'in their modes');

	($status, $out) = $daemon->command('import');
	is($status, 64, 'import without a file: 64');
	($status, $out) = $daemon->command('import', file_of(
	    policy('a.test', id => 'two', fetched => ago(7200)),
	    policy('b.test', id => 'two', fetched => ago(60))), '--json');
	is_deeply(decode_json($out), { schema => 1, kept => 1, older => 1,
	    expired => 0, refused => 0 }, 'never older over newer');
	$held = policies();
	is($held->{'a.test'}{id}, 'one', 'what was fetched later stays');
	is($held->{'b.test'}{id}, 'two', 'what is newer comes in');

	my ($code, $export) = $daemon->command('export');
	is($code, 0, 'export: 0');
	is(scalar(() = $export =~ /^\{"schema":1,/mg), 2, 'a line for each');
	($status) = $daemon->command('purge', 'a.test', '--policy');
	is($status, 0, 'purge --policy');
	is_deeply([keys %{policies()}], ['b.test'], 'takes the policy too');
	$daemon->await_log(qr/a\.test purged with its MTA-STS policy/);
	$daemon->command('purge', 'b.test');
	is_deeply([keys %{policies()}], ['b.test'], 'without it, it stays');
	World::Proc::write_file("$daemon->{dir}/export", $export);
	($status, $out) = $daemon->command('import', "$daemon->{dir}/export");
	is($out, "1 kept, 1 older than what is here, 0 expired, 0 refused\n",
	    'what was exported comes back');
	is((lines_of($export))[0]{policy}, (lines_of(($daemon->command(
	    'export'))[1]))[0]{policy}, 'unchanged');
	$daemon->stop;
	$daemon->start;
	is_deeply([sort keys %{policies()}], ['a.test', 'b.test'],
	    'and outlives a restart');
};

subtest 'hostile import' => sub {
	my $before = ($daemon->command('export'))[1];
	my @hostile = ('x', '[]', '{', '"x"', '{}',
	    policy('a.test', raw => { schema => 2 }),
	    policy('a.test', raw => { domain => undef }),
	    policy('a.test', raw => { domain => 'a b.test' }),
	    policy('a.test', raw => { domain => '127.0.0.1' }),
	    policy('a.test', raw => { domain => "a.test\n" }),
	    policy('a.test', raw => { domain => "a.test\0b" }),
	    policy('a.test', raw => { domain => 'x.' x 130 . 'test' }),
	    policy('a.test', raw => { domain => [] }),
	    policy('a.test', id => ''), policy('a.test', id => 'a' x 33),
	    policy('a.test', id => 'a;b'), policy('a.test', id => "a\n"),
	    policy('a.test', fetched => 'yesterday'),
	    policy('a.test', fetched => '2026-1-2T03:04:05Z'),
	    policy('a.test', fetched => ago(0) . 'x'),
	    policy('a.test', fetched => ago(-3600)),
	    policy('a.test', fetched => '9999-12-31T23:59:59Z'),
	    policy('a.test', fetched => '1960-01-01T00:00:00Z'),
	    policy('a.test', raw => { fetched => 12 }),
	    policy('a.test', mode => 'strict'),
	    policy('a.test', max_age => -1), policy('a.test', max_age => 'x'),
	    policy('a.test', mx => []),
	    policy('a.test', mx => ['a b']),
	    policy('a.test', raw => { policy => '' }),
	    policy('a.test', raw => { policy => {} }),
	    policy('a.test', mx => [map { "mx$_.a-very-long-name.test" }
	    1 .. 400]),
	    '{"schema":1,"schema":1}', '[' x 5000, "\xff\xfe");
	my ($status, $out) = $daemon->command('import', file_of(@hostile));
	is($status, 65, 'exit 65');
	like($out, qr/^0 kept, 0 older than what is here, 0 expired, ${\
	    scalar(@hostile)} refused$/m, 'each is refused') or diag($out);
	like($out, qr/^\S+import:$_: \S/m, "line $_ is said to be")
	    for 1 .. @hostile;
	like($out, qr/:1: no JSON object$/m, 'no JSON');
	like($out, qr/:21: "fetched" is in the future$/m, 'the future');
	like($out, qr/longer than the daemon takes/, 'the size');
	unlike($out, qr/[^\x20-\x7e\n]/, 'nothing odd reaches the terminal');
	is(($daemon->command('export'))[1], $before, 'nothing came in');
	ok($daemon->alive, 'the daemon is there');
	is(($daemon->command('import', '/nonexistent'))[0], 65,
	    'no such file: 65');
};

subtest 'pages' => sub {
	my $n = 1500;
	my ($status, $out) = $daemon->command('import', file_of(map {
	    policy("p$_.test") } 1 .. $n));
	like($out, qr/^$n kept/, "$n policies");
	my ($pages, $cursor, %seen) = (0, '');
	while (defined $cursor && $pages++ < 100) {
		my $reply = ask('list', $cursor);
		ok(length($reply) <= 100000, 'a reply has its bound');
		my $page = object($reply);
		$seen{$_->{domain}}++ for @{$page->{items}};
		$cursor = $page->{next};
	}
	ok($pages > 2, "in $pages pages");
	is(scalar(grep { $seen{"p$_.test"} // 0 == 1 } 1 .. $n), $n,
	    'each is there');
	is((sort { $b <=> $a } values %seen)[0], 1, 'once');
	is(scalar(keys %{policies()}), $n + 2, 'the command shows all');
	($status, $out) = $daemon->command('export');
	is(scalar(() = $out =~ /\n/g), $n + 2, 'and exports all');
};

subtest 'overrides' => sub {
	my ($status, $out) = $daemon->command('override', 'list');
	is($out, "no override is in force\n", 'none yet');
	my @add = qw(override add Partner.test --level may --for 24h);
	($status, $out) = $daemon->command(@add);
	is($status, 64, 'without a reason: 64');
	($status, $out) = $daemon->command(@add, '--reason', 'their cert');
	is($status, 0, 'add: 0') or diag($out);
	like($out, qr/^partner\.test: overridden with may until 20\S+Z$/m,
	    'says until when');
	like($out, qr/postqueue -s partner\.test$/m,
	    'and what releases held mail');
	($status, $out) = $daemon->command('override', 'list', '--json');
	my ($o) = lines_of($out);
	is_deeply([@$o{qw(domain level force reason by)}], ['partner.test',
	    'may', JSON::PP::false, 'their cert', (getpwuid($>))[0]],
	    'it is listed, with who set it');
	($status, $out) = $daemon->command('override', 'list');
	like($out, qr/^partner\.test +may +until .*: their cert$/m,
	    'and for people');
	is($daemon->map->lookup('postfix', 'partner.test'), 'OK may',
	    'it is in force');
	is($daemon->stats->{service}{overrides}, 1, 'and counted');
	($status, $out) = $daemon->command('dump', '--json');
	is((grep { $_->{domain} eq 'partner.test' } lines_of($out))[0]
	    {override}, 'may', 'and in the dump');
	my @wrong = (['--level', 'secure', '--for', '1h'],
	    ['--level', 'may', '--for', '31d'], ['--level', 'may', '--for',
	    '1s'], ['--level', 'may', '--for', '999999999999d']);
	for my $wrong (@wrong) {
		($status, $out) = $daemon->command('override', 'add', 'x.test',
		    @$wrong, '--reason', 'r');
		ok($status == 65 || $status == 64, "@$wrong: $status");
	}
	($status) = $daemon->command('override', 'add', 'a b', '--level',
	    'may', '--for', '1h', '--reason', 'r');
	is($status, 65, 'no domain: 65');
	($status, $out) = $daemon->command('override', 'remove',
	    'partner.test');
	is($status, 0, 'remove: 0');
	like($out, qr/postqueue -s partner\.test$/m, 'says how to release');
	($status) = $daemon->command('override', 'remove', 'partner.test');
	is($status, 65, 'none to remove: 65');
	($status, $out) = $daemon->command('override', 'add', "p$_.test",
	    '--level', 'encrypt', '--for', '2h', '--reason', 'x' x 200)
	    for 1 .. 3;
	my ($n, $cursor) = (0, '');
	my $page = object(ask('override-list', '2'));
	is(scalar(@{$page->{items}}), 1, 'a list goes on from a number');
	is(object(ask('override-list', '99'))->{next}, undef,
	    'beyond the end is the end');
};

subtest 'downgrades' => sub {
	my ($status, $out) = $daemon->command('downgrades');
	is($status, 0, 'downgrades: 0');
	like($out, qr/no domain lost anything/, 'none');
	is(($daemon->command('downgrades', '--json'))[1], '', 'as JSON');
};

subtest 'reload' => sub {
	my $good = $daemon->config;
	my ($status, $out) = $daemon->command('reload');
	is($status, 0, 'a good file: 0');
	like($out, qr/^the config file is in force$/m, 'says so');
	# another domain's rule is in force as soon as the command is back
	$daemon->write("$good\[queue.tls.third]\nstarttls = \"require\"\n");
	is($daemon->map->lookup('postfix/third', 'a.test'),
	    'TEMP unknown strategy', 'a strategy that is not there yet');
	is(($daemon->command('reload'))[0], 0, 'the new file');
	unlike($daemon->map->lookup('postfix/third', 'a.test'),
	    qr/unknown strategy/, 'is in force when the command comes back');
	$daemon->write($good =~ s/milter\.sock/other.sock/r);
	($status, $out) = $daemon->command('reload');
	is($status, 0, 'what takes a restart: 0');
	like($out, qr/^\[milter\] listen has changed, which takes a restart/m,
	    'and is said');
	$daemon->write("$good\n[nonsense]\nx = 1\n");
	($status, $out) = $daemon->command('reload');
	is($status, 78, 'a broken file: 78');
	like($out, qr/toml:\d+:\d+: .*nonsense/, 'its mistakes are shown');
	my $answer = object(ask('reload'));
	is($answer->{in_force}, JSON::PP::false, 'the daemon says so too');
	like($answer->{mistakes}[0], qr/toml:\d+:\d+: .*nonsense/,
	    'with the mistakes');
	$daemon->write($good);
	is(object(ask('reload'))->{in_force}, JSON::PP::true, 'and back');
	my $milter = $daemon->stats->{milter};
	ok($milter->{reloads} == 4 && $milter->{reloads_refused} == 1,
	    'reloads are counted');
};

subtest 'who may' => sub {
	my @stat = stat($ctl);
	is($stat[2] & 07777, 0660, 'the socket is for its group');
	plan(skip_all => 'only root can be somebody else') if $> != 0;
	# "games" stands for a member of the group that is not the owner
	chmod(0666, $ctl);
	my %reply;
	for my $command ('stats', 'dump', 'list', 'export', 'downgrades',
	    'override-list', 'purge x.test', 'import x', 'reload',
	    'override-add {}', 'override-remove x.test') {
		pipe(my $in, my $out);
		if ((fork() // die) == 0) {
			$> = $< = getpwnam('games');
			syswrite($out, eval { ask(split(' ', $command, 2)) }
			    // $@);
			POSIX::_exit(0);
		}
		close($out);
		$reply{$command} = <$in>;
		wait;
	}
	like(delete $reply{$_}, qr/^OK /, "$_ is for readers")
	    for qw(stats dump list export downgrades override-list);
	like($reply{$_}, qr/^PERM not permitted: for root and/,
	    "$_ is not") for sort keys %reply;
	my $nobody = getpwnam('nobody');
	pipe(my $in, my $out);
	if ((fork() // die) == 0) {
		$> = $< = $nobody;
		syswrite($out, eval { ask('purge', 'x.test') } // $@);
		POSIX::_exit(0);
	}
	close($out);
	like(scalar(<$in>), qr/^OK /, "the daemon's own user may");
	wait;
	my $pid = fork() // die;
	if ($pid == 0) {
		open(STDERR, '>', '/dev/null');
		$> = $< = getpwnam('games');
		exec($daemon->{program}, '-c', $daemon->{file}, 'reload');
	}
	waitpid($pid, 0);
	is($? >> 8, 77, 'the command exits with 77');
};

subtest 'no daemon' => sub {
	$daemon->stop;
	for my $command (['dump'], ['list'], ['export'], ['downgrades'],
	    ['purge', 'a.test'], ['reload'], ['override', 'list']) {
		is(($daemon->command(@$command))[0], 69, "@$command: 69");
	}
};

done_testing();
