#!/usr/bin/perl
# The systemd units: settings that the daemon relies on, addresses that are
# those of the config's defaults, and systemd's own verdict where its tool is.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;

my $src = $ENV{SRCDIR} // '.';
my $dir = "$src/share/etc/systemd";

sub slurp {
	my ($path) = @_;
	open(my $fh, '<', $path) or die "$path: $!\n";
	local $/;
	return scalar(<$fh>);
}

# SECTION.KEY -> list of values.
sub settings {
	my ($text) = @_;
	my (%found, $section);

	for (split(/\n/, $text)) {
		next if /^\s*(?:#|$)/;
		if (/^\[(\w+)\]$/) {
			$section = $1;
			next;
		}
		/^(\w+)=(.*)$/ or die "no setting: $_\n";
		push @{$found{"$section.$1"}}, $2;
	}
	return \%found;
}

# The default of a config key, from its row.
sub standard {
	my ($section, $key) = @_;
	my ($default) = slurp("$src/share/conf/conf_table.c") =~
	    /\{ "\Q$section\E", "\Q$key\E",[^}]*?\.standard = "((?:\\.|[^"\\])*)"/s
	    or die "no row of [$section] $key\n";
	return $default =~ s/\\(.)/$1/gr;
}

is_deeply(settings("# x\n[A]\nB=c\nB=d\n"), { 'A.B' => ['c', 'd'] },
    'settings are read');

my %unit = map { $_ => settings(slurp("$dir/$_")) } qw(
    tlsherald-milter.service.in tlsherald-milter.socket
    tlsherald-milter-control.socket tlsherald-reportgen.service.in
    tlsherald-reportgen.socket tlsherald-analyzer-watch.service.in
    tlsherald-analyzer-html.service.in tlsherald-analyzer-html.timer
    tlsherald-analyzer-alert.service.in tlsherald-analyzer-alert.timer);

sub one {
	my ($unit, $key) = @_;
	return join('|', @{$unit{$unit}{$key} // []});
}

my $service = 'tlsherald-milter.service.in';
is(one($service, 'Service.Type'), 'notify', 'READY=1 is waited for');
like(one($service, 'Service.ExecStart'), qr{^\@sbindir\@/tlsherald-milter -f },
    'so the main process is the daemon');
like(one($service, 'Service.ExecReload'), qr{^\@sbindir\@/tlsherald-milter .* reload$},
    'a reload is waited for, and may fail');
ok(one($service, 'Service.WatchdogSec') >= 10, 'the watchdog is asked for');
is(one($service, 'Service.Restart'), 'on-failure', 'and starts it anew');
is(one($service, 'Service.RestartPreventExitStatus'), '78',
    'but not with a broken config');
ok(!grep { /^Service\.(?:PIDFile|User)$/ } keys %{$unit{$service}},
    'it becomes its user by itself');
is(one($service, 'Service.Sockets'),
    'tlsherald-milter.socket tlsherald-milter-control.socket',
    'sockets that outlive it');

my $policy = 'tlsherald-milter.socket';
is(one($policy, 'Socket.FileDescriptorName'), 'policy', 'by the name of use');
is('["inet:' . join('", "inet:', @{$unit{$policy}{'Socket.ListenStream'}}) .
    '"]', standard('policy', 'listen'), 'where [policy] listen is');
my $control = 'tlsherald-milter-control.socket';
is(one($control, 'Socket.FileDescriptorName'), 'control', 'by the name of use');
is(one($control, 'Socket.Service'), 'tlsherald-milter.service',
    'for the same service');
is('"' . one($control, 'Socket.ListenStream') . '"',
    standard('control', 'socket'), 'where [control] socket is');
is(one($control, 'Socket.SocketMode'), '0660', 'for its group');
is(one($control, 'Socket.SocketUser') . ' ' .
    one($control, 'Socket.SocketGroup'),
    standard('server', 'user') =~ tr/"//dr . ' ' .
    standard('server', 'group') =~ tr/"//dr, 'of the daemon\'s user');

my $reportgen = 'tlsherald-reportgen.service.in';
is(one($reportgen, 'Service.Type'), 'notify', 'reportgen: READY=1 is waited for');
like(one($reportgen, 'Service.ExecStart'),
    qr{^\@sbindir\@/tlsherald-reportgen -f }, 'reportgen: the daemon itself');
is(one($reportgen, 'Service.RestartPreventExitStatus'), '78',
    'reportgen: not again with a broken config');
is(one($reportgen, 'Service.Sockets'), 'tlsherald-reportgen.socket',
    'reportgen: a socket that outlives it');
ok(!grep { /^Service\.(?:NoNewPrivileges|ProtectKernelTunables|User)$/ }
    keys %{$unit{$reportgen}}, 'reportgen: nothing that stands in its way');
my $collector = 'tlsherald-reportgen.socket';
is(one($collector, 'Socket.FileDescriptorName'), 'collector',
    'reportgen: by the name of use');
is('"' . one($collector, 'Socket.ListenDatagram') . '"',
    standard('report.collect', 'socket'),
    'reportgen: where [report.collect] socket is');
is('"' . one($collector, 'Socket.SocketMode') . '"',
    standard('report.collect', 'mode'), 'reportgen: with its mode');
my $sysctl = slurp("$src/share/etc/sysctl.d/tlsherald.conf");
like($sysctl, qr/^net\.unix\.max_dgram_qlen = \Q${\standard('report.collect',
    'queue')}\E$/m, 'sysctl.d: as long as [report.collect] queue');

for my $name (qw(watch html alert)) {
	my $unit = "tlsherald-analyzer-$name.service.in";

	like(one($unit, 'Service.ExecStart'),
	    qr{^\@bindir\@/tlsherald-analyzer -c \S+ $name\b},
	    "analyzer: $name");
	is(one($unit, 'Service.User'), standard('server', 'user') =~ tr/"//dr,
	    'analyzer: as the user');
	is(one($unit, 'Service.CapabilityBoundingSet'), $name eq 'alert' ?
	    'CAP_SETGID CAP_SETUID' : '', 'analyzer: with no rights to spare');
	next if $name eq 'watch';
	ok(one("tlsherald-analyzer-$name.timer", 'Timer.OnCalendar') ne '',
	    'analyzer: by a timer');
}

SKIP: {
	skip('no systemd-analyze here', 1)
	    if !grep { -x "$_/systemd-analyze" } split(/:/, $ENV{PATH});
	my $copy = tempdir(CLEANUP => 1);
	for my $name (sort keys %unit) {
		my $text = slurp("$dir/$name") =~
		    s{\@sbindir\@/tlsherald-(?:milter|reportgen)}{/bin/true}gr =~
		    s{\@bindir\@/tlsherald-analyzer}{/bin/true}gr =~
		    s{\@localstatedir\@}{/var}gr =~
		    s{\@sysconfdir\@}{/etc}gr;
		# pages and a user that are not installed here
		$text =~ s/^(?:Documentation|User|Group|Socket(?:User|Group))=.*\n//mg;
		open(my $fh, '>', "$copy/" . $name =~ s/\.in$//r) or die;
		print $fh $text;
		close($fh);
	}
	my $said = `systemd-analyze verify --man=no $copy/*.service $copy/*.socket $copy/*.timer 2>&1`;
	is($? . ' ' . join('', grep { /\Q$copy\E|tlsherald/ }
	    split(/^/, $said)), '0 ', 'systemd-analyze finds nothing') or
	    diag($said);
}

done_testing();
