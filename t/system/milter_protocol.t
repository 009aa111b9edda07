#!/usr/bin/perl
# The milter spoken to as an MTA speaks to it, without an MTA and without a
# network: what is negotiated, which headers go and come, what is refused,
# and that a reload drops nobody.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use LocalDaemon;
use Test::More;

my $queue = <<'END';
[queue.strategy]
tls = [
	{ if = "rcpt_domain == 'bank.test'", then = "'high'" },
	{ if = "sender == 'ceo@here.test'", then = "'strict'" },
	{ if = "sender == 'cfo@here.test' && ends_with(rcpt_domain, '.test')", then = "'strict'" },
	{ else = "'default'" },
]
[queue.tls.high]
starttls = "require"
[queue.tls.strict]
starttls = "require"
allow-invalid-certs = false
[queue.tls.default]
starttls = "optional"
END
my $postfix = 'Postfix 3.7.11';
my $qid = 'A1';

# One message: sender, [[address, mailer, host]...], [[header, value]...].
# Returns eom's answer; a fresh queue id each time.
sub deliver {
	my ($m, $sender, $rcpts, $headers, %mail) = @_;

	$qid++;
	$m->mail($sender, { i => undef, v => $postfix, %mail });
	for my $r (@$rcpts) {
		my ($address, $mailer, $host) = @$r;
		$m->rcpt($address, { '{rcpt_mailer}' => $mailer,
		    '{rcpt_host}' => $host, '{rcpt_addr}' => $address });
	}
	$m->header(@$_) for @{$headers // []};
	return $m->eom({ i => $qid });
}

# A recipient that Postfix sends to by smtp.
sub out {
	my ($domain, $hop) = @_;

	return ["<u\@$domain>", 'smtp', $hop // $domain];
}

sub names { return join(' ', map { $_->[0] } @{$_[0]{add}}) }
sub value {
	my ($end, $name) = @_;
	my ($found) = grep { $_->[0] eq $name } @{$end->{add}};

	return $found ? $found->[1] : undef;
}

my $steered = qq{steered = ["strict"]};
my $daemon = LocalDaemon->new($queue, milter => $steered)->start;

subtest 'negotiation' => sub {
	my $m = $daemon->milter;
	ok($m->has($_), "$_") for qw(NOCONNECT NOHELO NODATA NOEOH NOBODY
	    NOUNKNOWN NR_MAIL NR_HDR NR_RCPT);
	ok(!$m->has($_), "not $_") for qw(NOMAIL NORCPT NOHDRS);
	is($m->{actions}, 0x111, 'headers may be added and changed');
	is($m->{macros}{2}, 'i v', 'macros at MAIL: no more than needed');
	is($m->{macros}{3}, 'i {rcpt_mailer} {rcpt_host}', 'at RCPT');
	is($m->{macros}{5}, 'i', 'at the end');
	$m->quit;
	# an MTA of old that knows neither NR nor macro lists
	$m = $daemon->milter(0x3f, 0x7f);
	ok(!$m->has($_), "$_ is not offered, not asked for")
	    for qw(NR_MAIL NR_RCPT NR_HDR NODATA NOUNKNOWN);
	is($m->{actions}, 0x11, 'nor is the list of macros');
	my $end = deliver($m, '<u@here.test>', [out('a.test')],
	    [['Subject', 'x']]);
	is($end->{reply}, 'c', 'and mail goes through');
	$m->quit;
};

subtest 'headers' => sub {
	my $m = $daemon->milter;
	my $end = deliver($m, '<u@here.test>', [out('new1.test')], [
		['X-TLS-Requirement', ' level=none'], ['Subject', 'x'],
		['x-tls-requirement', ' level=none'],
		['X-TLS-Strategy', ' strict'],
		['X-Other', 'stays']]);
	is($end->{reply}, 'c', 'accepted');
	is_deeply($end->{change}, [[2, 'X-TLS-Requirement', ''],
		[1, 'X-TLS-Requirement', ''], [1, 'X-TLS-Strategy', '']],
	    'headers that are ours by name go, the last one first');
	is(names($end), 'X-TLS-Requirement', 'one comes');
	is(value($end, 'X-TLS-Requirement'), 'level=pending',
	    'not resolved yet, and nothing waited for it');
	$end = deliver($m, '<u@here.test>', [["<v\@here.test>", 'local',
	    'here.test']]);
	is(names($end), '', 'local mail gets none');
	$m->quit;
};

subtest 'steering' => sub {
	my $m = $daemon->milter;
	my $end = deliver($m, '<CEO@here.test>', [out('a.test'),
	    out('b.test')]);
	is($end->{reply}, 'c', 'two domains, one strategy by sender');
	is(value($end, 'X-TLS-Strategy'), 'strict', 'is steered');
	for my $case (
		['a local recipient', [out('a.test'),
		    ['<v@here.test>', 'local', 'here.test']]],
		['a relayhost', [out('a.test', '[relay.test]:587')]],
		['another transport', [['<u@a.test>', 'relay', 'a.test']]],
		['recipients of two strategies', [out('a.test'),
		    out('bank.test')]]) {
		$end = deliver($m, '<ceo@here.test>', $case->[1]);
		is($end->{reply}, 'y', "$case->[0]: refused");
		like($end->{text}, qr/^550 5\.7\.10 /, 'with 550 5.7.10');
		is_deeply($end->{add}, [], 'and no header');
	}
	like($end->{text}, qr/need different TLS; send separately/,
	    'and told what to do');
	$end = deliver($m, '<ceo@here.test>', [['u@a.test', undef, undef]]);
	is($end->{reply}, 'y', 'mail of the sendmail command: bounced');
	$end = deliver($m, '<cfo@here.test>', [out('a.test')]);
	is(value($end, 'X-TLS-Strategy'), 'strict',
	    'by sender and domain, one domain: steered');
	$end = deliver($m, '<cfo@here.test>', [out('a.test'), out('b.test')]);
	is($end->{reply}, 'y', 'by sender and domain, two: never told');
	$end = deliver($m, '<u@here.test>', [out('a.test'),
	    out('bank.test')]);
	is($end->{reply}, 'c', 'strategies by domain go together');
	is(value($end, 'X-TLS-Strategy'), undef, 'without a header');
	$end = deliver($m, '<ceo@here.test>', [out('a.test',
	    '[relay.test]')], [], v => '8.18.1');
	is($end->{reply}, 'c', 'Sendmail asks with the queue id: no refusal');
	is(value($end, 'X-TLS-Strategy'), undef, 'and no header');
	my $stats = $daemon->stats;
	is($stats->{milter}{unsteerable}, 6, 'unsteerable ones are counted');
	is($stats->{milter}{rejected}, 6, 'so are rejects');
	is($stats->{milter}{steered}, 2, 'and steered ones');
	ok($stats->{bindings} > 0, 'accepted ones are bound');
	$m->quit;
};

subtest 'abort, reuse, disorder' => sub {
	my $m = $daemon->milter;
	$m->mail('<ceo@here.test>', { v => $postfix });
	$m->rcpt('<u@a.test>', { '{rcpt_mailer}' => 'smtp',
	    '{rcpt_host}' => '[relay.test]' });
	$m->abort;
	my $end = deliver($m, '<u@here.test>', [out('a.test')]);
	is($end->{reply}, 'c', 'nothing of an aborted message is left');
	is(value($end, 'X-TLS-Strategy'), undef, 'nor steered');
	$m->quit_and_go_on;
	$end = deliver($m, '<ceo@here.test>', [out('a.test')]);
	is(value($end, 'X-TLS-Strategy'), 'strict',
	    'a new session on the old connection');
	$m->mail('<ceo@here.test>', { v => $postfix });
	close($m->{socket});
	$m = $daemon->milter;
	$m->mail('<u@here.test>' . 'x' x 2000, { v => $postfix });
	$m->rcpt('<' . 'y' x 3000 . '@a.test>', { '{rcpt_mailer}' => 'smtp' });
	is($m->eom({ i => 'LONG' })->{reply}, 'c', 'oversize addresses');
	$m->quit;
	ok($daemon->alive, 'the milter is still there');
};

subtest 'full tag and Bcc' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config(undef,
	    milter => qq{$steered\ntag-header = "full"}));
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	my $m = $daemon->milter;
	my $end = deliver($m, '<u@here.test>', [out('new2.test')]);
	is(value($end, 'X-TLS-Requirement'),
	    'domain=new2.test; level=pending; strategy=default',
	    'one domain is named');
	$end = deliver($m, '<u@here.test>', [out('new3.test'),
	    ['<v@here.test>', 'local', 'here.test']]);
	is(value($end, 'X-TLS-Requirement'),
	    'level=pending; strategy=default',
	    'with a local colleague the other domain is not');
	$end = deliver($m, '<u@here.test>', [out('bank.test'),
	    ['<v@here.test>', 'local', 'here.test']]);
	unlike(value($end, 'X-TLS-Requirement'), qr/bank|high/,
	    'nor a strategy that tells it');
	$end = deliver($m, '<u@here.test>', [out('bank.test')]);
	like(value($end, 'X-TLS-Requirement'),
	    qr/^domain=bank\.test; .*strategy=high$/, 'alone it is');
	$m->quit;
};

subtest 'log' => sub {
	my $mark = $daemon->mark;
	my $m = $daemon->milter;
	deliver($m, '<secretname@here.test>', [out('new4.test'),
	    ['<hidden@new5.test>', 'smtp', '[relay.test]:587']]);
	my $text = $daemon->log_text($mark);
	like($text, qr/ $qid: domain=new4\.test strategy=default level=pending source=none$/m,
	    'a line per requirement');
	like($text, qr/ $qid: domain=new5\.test nexthop=\[relay\.test\]:587 /,
	    'that says where the next hop is another');
	unlike($text, qr/secretname|hidden/, 'no local parts');
	$m->quit;
};

subtest 'map' => sub {
	my $map = $daemon->map;
	is($map->lookup('postfix', '.parent.test'), 'NOTFOUND ',
	    'a parent key');
	is($map->lookup('postfix', '127.0.0.1'), 'NOTFOUND ',
	    'a bare address');
	for (1 .. 2) {
		like($map->lookup('nosuch', 'a.test'), qr/^TEMP /,
		    'unknown map');
		like($map->lookup('postfix/nosuch', 'a.test'), qr/^TEMP /,
		    'unknown strategy');
	}
	is(join(' ', $daemon->log_text =~ /unknown (map|strategy)/g),
	    'map strategy', 'each logged once, not twice within a minute');
	like($map->lookup('postfix/strict', '[192.0.2.1]'), qr/^OK encrypt/,
	    'a forced strategy, an address: no resolver needed');
};

subtest 'refusal needs proof' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config(<<'END', milter =>
[queue.tls.default]
dane = "require"
END
	    qq{refusal-wait = "5s"}));
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	my $m = $daemon->milter;
	ok(!$m->has('NR_RCPT'), 'a strategy may refuse: RCPT gets a reply');
	$m->mail('<u@here.test>', { v => $postfix });
	my $r = $m->rcpt('<u@unknowable.test>', { '{rcpt_mailer}' => 'smtp',
	    '{rcpt_host}' => 'unknowable.test' });
	is($r->{reply}, 'c', 'no answer from DNS proves nothing');
	$r = $m->rcpt('<u@[192.0.2.1]>', { '{rcpt_mailer}' => 'smtp',
	    '{rcpt_host}' => '[192.0.2.1]' });
	is($r->{reply}, 'y', 'an address literal can have no DANE');
	like($r->{text}, qr/^550 5\.7\.10 \[192\.0\.2\.1\]: .*dane/i,
	    'the reply names it and what is missing');
	$r = $m->rcpt('<u@[192.0.2.1]>', { '{rcpt_host}' => '[192.0.2.1]' });
	is($r->{reply}, 'c', 'never without {rcpt_mailer}');
	$r = $m->rcpt('<v@[192.0.2.1]>', { '{rcpt_mailer}' => 'local' });
	is($r->{reply}, 'c', 'never what stays here');
	$m->abort;
	$m->quit_and_go_on;
	$m->mail('<u@here.test>', { v => $postfix });
	$r = $m->rcpt('<u@[192.0.2.1]>', { '{rcpt_mailer}' => 'smtp',
	    '{rcpt_host}' => '[192.0.2.1]' });
	is($r->{reply}, 'c', 'RCPT is answered after a new beginning too');
	$m->abort;
	$m = $daemon->milter;
	$m->mail('<>', { v => $postfix });
	$r = $m->rcpt('<u@[192.0.2.1]>', { '{rcpt_mailer}' => 'smtp',
	    '{rcpt_host}' => '[192.0.2.1]' });
	is($r->{reply}, 'c', 'never the null sender');
	$m->quit;
	is($daemon->stats->{milter}{refused}, 1, 'counted');
};

subtest 'observe' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config(<<'END', policy => 'mode = "observe"',
[queue.strategy]
tls = [ { if = "sender == 'ceo@here.test'", then = "'strict'" }, { else = "'default'" } ]
[queue.tls.strict]
starttls = "require"
[queue.tls.default]
dane = "require"
END
	    milter => qq{$steered\ntls-required-no = "reject"}));
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	my $before = $daemon->stats->{milter};
	my $m = $daemon->milter;
	my $end = deliver($m, '<ceo@here.test>', [out('a.test',
	    '[relay.test]')], [['TLS-Required', ' No']]);
	is($end->{reply}, 'c', 'nothing is refused');
	like(value($end, 'X-TLS-Requirement'), qr/; mode=observe$/,
	    'the tag says that nothing is enforced');
	$end = deliver($m, '<ceo@here.test>', [out('a.test')]);
	is(value($end, 'X-TLS-Strategy'), undef, 'nothing is steered');
	# the verdict must be at hand: observe mode waits for nothing
	for my $try (1 .. 100) {
		$end = deliver($m, '<u@here.test>', [out('[192.0.2.9]',
		    '[192.0.2.9]')]);
		last if value($end, 'X-TLS-Requirement') !~ /pending/;
	}
	deliver($m, '<u@here.test>', [out('[192.0.2.9]', '[192.0.2.9]')]);
	my $after = $daemon->stats->{milter};
	ok($after->{would_unsteerable} > $before->{would_unsteerable},
	    'what would be refused at the end is counted');
	ok($after->{would_refuse} > $before->{would_refuse},
	    'and what would be refused at RCPT');
	is($after->{rejected}, $before->{rejected}, 'nothing was');
	is($after->{refused}, $before->{refused}, 'nobody was');
	$m->quit;
};

subtest 'TLS-Required: No' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config(undef,
	    milter => qq{tag-header = "none"\ntls-required-no = "reject"}));
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	my $m = $daemon->milter;
	ok(!$m->has('NOHDRS'), 'header fields are looked at');
	my $end = deliver($m, '<u@here.test>', [out('a.test')],
	    [['TLS-Required', ' No']]);
	like($end->{text}, qr/^550 5\.7\.10 TLS-Required/, 'refused');
	$m->mail('<u@here.test>', { v => $postfix }, 'SIZE=1', 'REQUIRETLS');
	$m->rcpt('<u@a.test>', { '{rcpt_mailer}' => 'smtp' });
	$m->header('TLS-Required', 'No');
	is($m->eom({ i => 'R' })->{reply}, 'c', 'REQUIRETLS outranks it');
	$m->quit;
	$mark = $daemon->mark;
	$daemon->write($daemon->config(undef, milter =>
	    qq{tag-header = "none"}));
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	$m = $daemon->milter;
	ok($m->has('NOHDRS'), 'without need no header field is asked for');
	$m->quit;
	$mark = $daemon->mark;
	$daemon->write($daemon->config(undef, milter =>
	    qq{tag-header = "none"\nsendmail-dane = "no"}));
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	$m = $daemon->milter;
	ok(!$m->has('NOHDRS'), 'Sendmail leaves TLS-Required to us');
	$m->quit;
};

subtest 'macros that rules read' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config(<<'END', milter => $steered));
[queue.strategy]
tls = [
	{ if = "authenticated_as == 'ceo'", then = "'strict'" },
	{ if = "remote_ip == '192.0.2.7'", then = "'strict'" },
	{ else = "'default'" },
]
[queue.tls.strict]
starttls = "require"
[queue.tls.default]
starttls = "optional"
END
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	my $m = $daemon->milter;
	is($m->{macros}{2}, 'i v {client_addr} {auth_authen}',
	    'are asked for, and only these');
	my $end = deliver($m, '<u@here.test>', [out('a.test')], [],
	    '{auth_authen}' => 'ceo');
	is(value($end, 'X-TLS-Strategy'), 'strict', 'authenticated_as');
	$end = deliver($m, '<u@here.test>', [out('a.test')], [],
	    '{client_addr}' => '192.0.2.7');
	is(value($end, 'X-TLS-Strategy'), 'strict', 'remote_ip');
	$end = deliver($m, '<u@here.test>', [out('a.test')]);
	is(value($end, 'X-TLS-Strategy'), undef, 'and neither');
	$m->quit;
};

subtest 'our own reports' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config($queue . <<'END'));
[report]
domain = "here.test"
[report.tls.aggregate]
from-name = "TLS Report"
from-address = "ceo@here.test"
org-name = "Here"
contact-info = "postmaster@here.test"
END
	$daemon->signal('HUP');
	$daemon->await_log(qr/reload: .* is in force/, $mark);
	my $m = $daemon->milter;
	is($m->{macros}{2}, 'i v {client_addr}', 'the client is asked for');
	my @message = ('<ceo@here.test>', [out('a.test', '[relay.test]')],
	    []);
	my $end = deliver($m, @message, '{client_addr}' => '127.0.0.1');
	is($end->{reply}, 'c', 'from loopback: never refused');
	is(value($end, 'X-TLS-Requirement'), 'level=may; source=none',
	    'and sent with what TLS there is');
	$end = deliver($m, @message, '{client_addr}' => '192.0.2.1');
	is($end->{reply}, 'y', 'from elsewhere: as any other mail');
	$m->quit;
};

subtest 'privileges' => sub {
	plan(skip_all => 'only root has some to drop') if $> != 0;
	my $status = World::Proc::slurp('/proc/' . $daemon->{proc}->pid .
	    '/status');
	my ($uid, $gid) = (getpwnam('nobody'))[2, 3];
	like($status, qr/^Uid:(\s+$uid){4}$/m, 'every user id is nobody');
	like($status, qr/^Gid:(\s+$gid){4}$/m, 'every group id is nogroup');
	like($status, qr/^Groups:\s*$gid\s*$/m, 'no group of root is left');
	like($status, qr/^Cap(Eff|Prm):\s+0+$/m, 'no capability');
	like($status, qr/^NoNewPrivs:\s+1$/m, 'none can be gained');
	my @state = stat("$daemon->{dir}/state");
	is($state[4], $uid, 'the state directory is theirs');
	is($state[2] & 07777, 0750, 'with mode 0750');
	my $good = $daemon->config;
	$daemon->write($good =~ s/user = "nobody"/user = "nosuchuser"/r);
	my ($exit, $out) = $daemon->command('-f');
	is($exit, 78, 'a user that does not exist: 78');
	like($out, qr/nosuchuser.*does not exist/, 'and says which');
	$daemon->write($good =~ s/user = "nobody"/user = "root"/r);
	($exit) = $daemon->command('-f');
	is($exit, 78, 'root is no user to drop to: 78');
};

subtest 'restart-only keys' => sub {
	my $mark = $daemon->mark;
	my $text = $daemon->config;
	$text =~ s/milter\.sock/other.sock/;
	$daemon->write($text);
	$daemon->signal('HUP');
	$daemon->await_log(
	    qr/reload: \[milter\] listen has changed, which takes a restart/,
	    $mark);
	ok($daemon->alive, 'is said, and nothing ends');
};

subtest '1,000 reloads' => sub {
	my @milter = map { $daemon->milter } 1 .. 20;
	my @map = map { $daemon->map } 1 .. 20;
	my $good = $daemon->config;
	my @broken = ("$good\n[nonsense]\n", "$good\nx = = 1\n",
	    $good =~ s/starttls = "optional"/starttls = "never"/r);
	my ($refused, $taken) = (0, 0);

	$_->mail('<u@here.test>', { v => $postfix }) for @milter;
	for my $i (1 .. 1000) {
		my $bad = $i % 4;
		my $mark = $daemon->mark;
		$daemon->write($bad ? $broken[$bad - 1] : $good);
		$daemon->signal('HUP');
		$daemon->await_log($bad ? qr/is refused, the config in force/ :
		    qr/ is in force$/m, $mark);
		$bad ? $refused++ : $taken++;
		# and the one whose turn it is works on meanwhile
		my $m = $milter[$i % 20];
		$m->rcpt("<u\@d$i.test>", { '{rcpt_mailer}' => 'smtp',
		    '{rcpt_host}' => "d$i.test" });
		$map[$i % 20]->lookup('postfix', '.parent.test') eq
		    'NOTFOUND ' or fail("lookup $i");
	}
	is("$taken $refused", '250 750', 'each one was answered in the log');
	my $accepted = grep { $_->eom({ i => 'R' . ++$qid })->{reply} eq 'c' }
	    @milter;
	is($accepted, 20, 'every milter session lived through them');
	is(scalar(grep { $_->lookup('postfix', '127.0.0.1') eq 'NOTFOUND ' }
	    @map), 20, 'so did every lookup connection');
	ok($daemon->alive, 'the milter is still there');
	$_->quit for @milter;
};

subtest 'mistakes are located' => sub {
	my $mark = $daemon->mark;
	$daemon->write($daemon->config . "[milterr]\nx = 1\n");
	$daemon->signal('HUP');
	my ($line) = $daemon->await_log(
	    qr/reload: (\S+:\d+:\d+: .*milterr.*)/, $mark);
	ok($line, "in the log: $line");
	my ($status, $out) = $daemon->command('-T');
	is($status, 78, '-T ends with 78');
	like($out, qr/:\d+:\d+: /, 'and the same line');
};

subtest 'end' => sub {
	my $idle = $daemon->milter;
	my $busy = $daemon->milter;
	$busy->mail('<u@here.test>', { v => $postfix });
	my $begin = time;
	is($daemon->stop, 0, 'SIGTERM ends it with status 0');
	ok(time - $begin < 4, 'without waiting for libmilter\'s poll');
};

subtest 'start and restart' => sub {
	$daemon->write($daemon->config);
	$daemon->start;
	my $m = $daemon->milter;
	ok(-S $daemon->{milter}, 'a socket left behind is no obstacle');
	is((stat(_))[2] & 07777, 0660, 'its mode is 0660');
	ok(!-e "$daemon->{milter}.new", 'nothing is left beside it');
	$m->quit;
	my ($status, $out) = $daemon->command('stats');
	is($status, 0, 'stats, for people');
	like($out, qr/^milter\.messages +0$/m, 'one line per counter');
	is($daemon->stop('INT'), 0, 'SIGINT ends it as well');
	($status, $out) = $daemon->command('stats');
	is($status, 69, 'stats without a daemon: 69');
};

# A process that was stopped finds its signals pending, and any thread may take
# them; libmilter's own would end everything with nobody knowing why.
subtest 'signals while stopped' => sub {
	$daemon->start;
	for my $round (1 .. 20) {
		my $mark = $daemon->mark;
		kill($_, $daemon->{proc}->pid) for qw(STOP HUP CONT);
		$daemon->await_log(qr/reload: .* is in force/, $mark);
	}
	ok($daemon->alive, '20 reloads, each by the main thread');
	my $mark = $daemon->mark;
	kill($_, $daemon->{proc}->pid) for qw(STOP HUP TERM CONT);
	is($daemon->stop(0), 0, 'a clean end');
	like($daemon->log_text($mark), qr/stopping: signal 15/,
	    'by the signal that came');
};

subtest 'in the background' => sub {
	my $log = $daemon->{log};
	$daemon->write($daemon->config(undef, log => 'to = "stderr"'));
	my ($status, $out) = World::Proc::try_run('sh', '-c',
	    'exec "$0" -c "$1" 2>>"$2"', $daemon->{program}, $daemon->{file},
	    $log);
	is($status, 0, 'the starter returns when the daemon is ready');
	my $m = $daemon->milter;
	is(deliver($m, '<u@here.test>', [out('a.test')])->{reply}, 'c',
	    'it works at once');
	my $pid = peer_pid($m->{socket});
	ok($pid > 1, 'it is another process');
	kill('TERM', $pid);
	ok(World::Proc::wait_until(15, sub { !World::Proc::running($pid) }), 'it ends');
	$daemon->write($daemon->config(undef, server =>
	    'hostname = "x"'));
	($status, $out) = $daemon->command;
	is($status, 78, 'a mistake is the starter\'s exit status');
	$daemon->write($daemon->config =~
	    s/state-dir = ".*"/state-dir = "\/nonexistent\/state"/r);
	($status, $out) = $daemon->command;
	is($status, 73, 'so is what the daemon finds: no state directory');
	like($out, qr{/nonexistent/state}, 'with its message on stderr');
};

# Who is on the other side of a Unix socket (SO_PEERCRED).
sub peer_pid {
	my ($socket) = @_;

	return (unpack('lll', getsockopt($socket, 1, 17)))[0];
}

subtest 'options' => sub {
	my ($status, $out) = $daemon->command('-V');
	is($status, 0, '-V');
	like($out, qr/^tlsherald \d/, 'prints the version');
	($status, $out) = $daemon->command('-h');
	is($status, 0, '-h');
	like($out, qr/usage: .*stats/s, 'prints usage and commands');
	($status) = $daemon->command('-x');
	is($status, 64, 'an unknown option: 64');
	($status) = $daemon->command('nosuch');
	is($status, 64, 'an unknown command: 64');
	($status) = $daemon->command('stats', '--xml');
	is($status, 64, 'an unknown argument: 64');
};

done_testing();
