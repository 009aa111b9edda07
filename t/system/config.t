#!/usr/bin/perl
# The program and its config file: each mistake is located, a bad file starts
# nothing, and what -T prints is a config again. No MTA takes part.
use strict;
use warnings;
use File::Temp qw(tempdir);
use FindBin;
use Test::More;

my $build = $ENV{BUILDDIR} // '.';
my $program = "$build/milter/tlsherald-milter";
my $top = "$FindBin::Bin/../..";
my $dir = tempdir('tlsherald-config-XXXXXX', TMPDIR => 1, CLEANUP => 1);
BAIL_OUT("$program is missing") if !-x $program;

# Writes a file below $dir; returns its path.
sub written {
	my ($name, $text) = @_;

	open(my $f, '>', "$dir/$name") or die "$dir/$name: $!";
	print $f $text;
	close($f) or die "$dir/$name: $!";
	return "$dir/$name";
}

# Runs the program; returns exit status, output and errors. It is stopped
# after a minute: one that starts in spite of a bad file would stay.
sub run {
	my (@args) = @_;
	my $pid = fork() // die "fork: $!";

	if ($pid == 0) {
		open(STDOUT, '>', "$dir/out") or die;
		open(STDERR, '>', "$dir/err") or die;
		exec('timeout', '-k', '5', '60', $program, @args) or die;
	}
	waitpid($pid, 0);
	my $status = $? & 127 ? "signal " . ($? & 127) : $? >> 8;
	return ($status, map {
		open(my $f, '<', "$dir/$_") or die;
		local $/ = undef;
		scalar <$f> // '';
	} qw(out err));
}

# Places that every file of this test sends the daemon to.
my $places = <<"END";
[server]
state-dir = "$dir/state"
[control]
socket = "$dir/ctl"
END

# The file is refused, with -T and by the daemon, with these messages alone,
# each [line, column, part of the text]; nothing of the daemon is there then.
sub refused {
	my ($what, $path, @want) = @_;

	for my $mode ('-T', '-f') {
		my ($status, $out, $err) = run($mode, '-c', $path);
		my @lines = split /\n/, $err;

		is($status, 78, "$what: exit 78 ($mode)");
		is($out, '', '... nothing on standard output');
		is(scalar @lines, scalar @want, '... ' . @want . ' messages')
		    or diag($err);
		for my $i (0 .. $#want) {
			my ($line, $column, $part) = @{$want[$i]};
			my $place = quotemeta("$path:$line:") .
			    ($column // qr/\d+/) . ': ';

			like($lines[$i] // '', qr/^$place.*\Q$part\E/,
			    "... line $line: $part");
		}
		ok(!-e "$dir/$_", "... $_ was not made")
		    for qw(state ctl);
	}
}

# ten different mistakes, each told at its place
my $ten = written('ten.toml', $places . <<'END');
[log]
level = "loud"
colour = true
[polcy]
mode = "observe"
[milter]
listen = 8460
refusal-wait = "1h"
steered = ["high-securty"]
[policy]
listen = ["inet:localhost:8461"]
[net]
allow = ["10.0.0.1/8"]
[queue.tls.high-security]
starttls = "disable"
dane = "disable"
[queue.strategy]
tls = [ { if = "rcpt_domian == 'bank.example'", then = "'high-security'" } ]
END
refused('ten mistakes', $ten,
    [6, 9, 'level = "loud": must be'],
    [7, 1, 'unknown key "colour" in [log]'],
    [8, 2, 'unknown section [polcy] (did you mean [policy]?)'],
    [11, 10, 'listen: must be a string, not an integer'],
    [12, 16, 'refusal-wait: must be from'],
    [13, 11, 'unknown strategy "high-securty" (did you mean "high-security"?)'],
    [15, 11, 'listen = "inet:localhost:8461": must be inet:ADDRESS:PORT'],
    [17, 10, 'allow = "10.0.0.1/8": has bits set'],
    [19, 12, 'starttls = "disable" contradicts mta-sts = "optional"'],
    [22, 17, 'unknown variable "rcpt_domian" (did you mean "rcpt_domain"?)'],
);

# of what cannot be parsed, the first alone
refused('a syntax error', written('syntax.toml', $places . <<'END'),
[log]
level = "loud"
to = = "auto"
[polcy]
END
    [7, 6, 'could not determine value']);
refused('a duplicate key', written('twice.toml', $places . <<'END'),
[log]
level = "loud"
to = "auto"
to = "stderr"
END
    [8, undef, 'to']);

# a secret that stands in the file is not repeated
my ($status, $out, $err) = run('-T', '-c',
    written('secret.toml', <<'END'));
[signature.rsa]
domain = "example.org"
selector = "mail"
private-key = "MIIEhunter2"
END
is($status, 78, 'a secret in the file: exit 78');
like($err, qr{secret\.toml:4:15: private-key: .*file:/PATH}, '... located');
unlike($err, qr/hunter2/, '... not repeated');

# no file at all
($status, $out, $err) = run('-T', '-c', "$dir/none.toml");
is($status, 78, 'no file: exit 78');
like($err, qr{\Q$dir\E/none\.toml: .*No such file}, '... which says so');

# what -T prints loads again to the same
my $good = written('good.toml', $places . <<'END');
[milter]
steered = ["vip"]
[queue.outbound.tls]
dane = "'optional'"
timeout.mta-sts = "10m"
[queue.tls.vip]
starttls = "require"
[queue.strategy]
tls = [ { if = 'sender_domain == "vip.example"', then = "'vip'" },
        { else = "'default'" } ]
[signature.rsa]
domain = "example.org"
selector = "mail"
private-key = "cmd:cat /etc/key"
[report.tls.aggregate]
sign = "['rsa']"
END
($status, my $first, $err) = run('-T', '-c', $good);
is($status, 0, 'a good file: exit 0');
like($first, qr/^private-key = "cmd:cat \/etc\/key"$/m,
    '... a secret is printed as its reference');
like($first, qr/^user = "tlsherald"  # default$/m, '... defaults are marked');
like($err, qr{good\.toml:13:7: .*can never match .*vip\.example},
    '... a rule that no lookup matches is named');
like($err, qr{good\.toml:9:19: .*taken as 60s}, '... a limit is told');
($status, my $second, $err) = run('-T', '-c', written('again.toml', $first));
is($status, 0, 'its dump: exit 0');
is($second, $first, '... loads to the same');

# the sample that is shipped
($status, $out, $err) = run('-T', '-c', "$top/share/etc/tlsherald.toml");
is($status, 0, 'the sample: exit 0');
is($err, '', '... without a word');

done_testing();
