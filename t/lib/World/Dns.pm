# World::Dns - the name servers: nsd with our own root, two unbounds
#
#	127.0.0.2	nsd, authoritative for ".", "test." and every zone
#	127.0.0.1	unbound that validates below our root: gives AD
#	127.0.0.3	unbound that doesn't validate: never gives AD
#
# The root and "test." are signed; below them each zone is as it is asked for.
package World::Dns;
use strict;
use warnings;
use IO::Socket::INET;
use POSIX qw(strftime);
use World::Proc;

our $ttl = 60;
my %type = (A => 1, NS => 2, CNAME => 5, SOA => 6, MX => 15, TXT => 16,
    TLSA => 52);

sub new {
	my ($class, $view) = @_;
	my $self = bless { view => $view, zone => {}, serial => 1 }, $class;

	mkdir($self->path(''), 0755);
	mkdir($self->path('keys'), 0755);
	$self->zone('test.', sign => 1);
	$self->zone('.', sign => 1);
	return $self;
}

sub path {
	my ($self, $file) = @_;

	return $self->{view}->path("/run/dns/$file");
}

# Says what the zone NAME is; publish() makes it so.
#	records		list of lines "owner [ttl] type data", relative names
#			below the zone, '@' the zone itself
#	sign		1: signed, with its DS in the parent; 'expired': signed,
#			but every signature ran out (bogus)
#	ds		'none': signed, without DS in the parent
#	servfail	the name server answers SERVFAIL: it has no data
sub zone {
	my ($self, $name, %arg) = @_;

	$name =~ s/([^.])\z/$1./;
	$self->{zone}{$name} = { records => [], %arg, dirty => 1 };
	$self->{zone}{'test.'}{dirty} = 1;
}

sub file {
	my ($name) = @_;

	return $name eq '.' ? 'root' : $name =~ s/\.\z//r;
}

# The parent's lines for each of its children.
sub delegations {
	my ($self, $parent) = @_;
	my @line;

	for my $name (sort keys %{$self->{zone}}) {
		my $zone = $self->{zone}{$name};

		next if $name eq $parent || $name eq '.';
		next if $parent eq '.' ? $name ne 'test.' : $name eq 'test.';
		push(@line, "$name IN NS ns.test.");
		push(@line, $zone->{dsrecord}) if $zone->{sign} &&
		    ($zone->{ds} // '') ne 'none';
	}
	return @line;
}

# The text of a zone file, unsigned.
sub text {
	my ($self, $name) = @_;
	my $zone = $self->{zone}{$name};
	my @line = ("\$ORIGIN $name", "\$TTL $ttl",
	    "\@ IN SOA ns.test. hostmaster.test. $self->{serial} " .
	    "3600 600 86400 $ttl", "\@ IN NS ns.test.");

	push(@line, $self->delegations($name))
	    if $name eq '.' || $name eq 'test.';
	push(@line, 'ns.test. IN A 127.0.0.2')
	    if $name eq '.' || $name eq 'test.';
	return join("\n", @line, @{$zone->{records}}) . "\n";
}

# Makes the keys of the zones that have none yet; reads their DS records.
sub make_keys {
	my ($self, @names) = @_;
	my @need = grep { $self->{zone}{$_}{sign} &&
	    !-e $self->path('keys/' . file($_) . '.ds') } @names;

	$self->{view}->sh(join("\n", 'cd /run/dns/keys',
	    map { my $f = file($_);
		"k=\$(ldns-keygen -a ECDSAP256SHA256 -k -r /dev/urandom $_)",
		map { "mv \$k.$_ $f.$_" } qw(key private ds) } @need))
	    if @need;
	for my $name (grep { $self->{zone}{$_}{sign} } @names) {
		my $ds = World::Proc::slurp(
		    $self->path('keys/' . file($name) . '.ds'));
		$self->{zone}{$name}{dsrecord} = $ds =~ s/\s+\z//r;
	}
}

# Shell text that signs a zone.
sub sign_command {
	my ($self, $name) = @_;
	my $f = file($name);
	my $when = $self->{zone}{$name}{sign} eq 'expired' ?
	    '-i 20200101 -e 20200201' : '-e ' .
	    strftime('%Y%m%d', gmtime(time + 20 * 86400)) . ' -i ' .
	    strftime('%Y%m%d', gmtime(time - 2 * 86400));

	return "ldns-signzone $when -o $name -f $f.signed $f.zone keys/$f";
}

# Puts every zone that changed into service.
sub publish {
	my ($self) = @_;
	my @dirty = sort grep { $self->{zone}{$_}{dirty} }
	    keys %{$self->{zone}};

	$self->{serial}++;
	$self->make_keys(@dirty);
	for my $name (@dirty) {
		my $zone = $self->{zone}{$name};
		my $file = $self->path(file($name));

		unlink("$file.zone", "$file.signed");
		World::Proc::write_file("$file.zone", $self->text($name))
		    unless $zone->{servfail};
		$zone->{dirty} = 0;
	}
	my @sign = grep { $self->{zone}{$_}{sign} &&
	    !$self->{zone}{$_}{servfail} } @dirty;
	$self->{view}->sh(join("\n", 'cd /run/dns',
	    map { $self->sign_command($_) } @sign)) if @sign;
	# nsd keeps what it read once, until the zone leaves its configuration.
	my @fail = grep { $self->{zone}{$_}{servfail} } @dirty;
	if (@fail && $self->{nsd}) {
		$self->write_nsd(@fail);
		$self->reload;
	}
	$self->write_nsd;
	$self->reload(@dirty) if $self->{nsd};
}

# The configuration, with every zone but those named.
sub write_nsd {
	my ($self, @without) = @_;
	my %without = map { $_ => 1 } @without;
	my $zones = join('', map {
		my $signed = $self->{zone}{$_}{sign} ? 'signed' : 'zone';
		"zone:\n\tname: \"$_\"\n\tzonefile: \"" . file($_) .
		    ".$signed\"\n" } grep { !$without{$_} }
		    sort keys %{$self->{zone}});

	World::Proc::write_file($self->path('nsd.conf'), <<END);
server:
	ip-address: 127.0.0.2
	server-count: 1
	username: ""
	database: ""
	zonesdir: "/run/dns"
	pidfile: ""
	xfrdfile: ""
	zonelistfile: "/run/dns/zone.list"
	xfrdir: "/run/dns"
	logfile: "/run/dns/nsd.log"
	rrl-ratelimit: 0
remote-control:
	control-enable: yes
	control-interface: /run/dns/nsd.sock
$zones
END
}

# Makes nsd read the zones again, which it does in the background, and then
# the resolvers forget.
sub reload {
	my ($self, @names) = @_;
	my $control = 'nsd-control -c /run/dns/nsd.conf';

	$self->{view}->sh(join("\n", "$control reconfig",
	    map { "$control reload $_" } @names));
	for my $name (@names) {
		my $fail = $self->{zone}{$name}{servfail};

		World::Proc::wait_until(10, sub {
			my $r = query('127.0.0.2', $name, 'SOA', 0.5);
			$r && ($fail ? $r->{rcode} == 2 :
			    ($r->{serial} // 0) == $self->{serial}) }) or
			    die "nsd does not serve the new $name\n";
	}
	$self->flush;
}

sub write_unbound {
	my ($self, $name, $address, $modules) = @_;

	World::Proc::write_file($self->path("$name.conf"), <<END);
server:
	interface: $address
	access-control: 127.0.0.0/8 allow
	do-not-query-localhost: no
	do-ip6: no
	username: ""
	chroot: ""
	directory: "/run/dns"
	pidfile: ""
	use-syslog: no
	logfile: "/run/dns/$name.log"
	log-queries: yes
	log-time-ascii: no
	val-log-level: 2
	module-config: "$modules"
	root-hints: "/run/dns/hints"
	trust-anchor-file: "/run/dns/anchor"
	local-zone: "test." nodefault
	num-threads: 1
	cache-max-negative-ttl: 60
remote-control:
	control-enable: yes
	control-use-cert: no
	control-interface: /run/dns/$name.sock
END
}

# Starts nsd and the resolvers and waits until they answer.
sub start {
	my ($self) = @_;

	$self->publish;
	World::Proc::write_file($self->path('hints'),
	    ". 3600 IN NS ns.test.\nns.test. 3600 IN A 127.0.0.2\n");
	World::Proc::write_file($self->path('anchor'),
	    "$self->{zone}{'.'}{dsrecord}\n");
	$self->write_unbound('unbound', '127.0.0.1', 'validator iterator');
	$self->write_unbound('plain', '127.0.0.3', 'iterator');
	$self->{nsd} = $self->{view}->spawn(log => $self->path('nsd.out'),
	    command => ['nsd', '-d', '-c', '/run/dns/nsd.conf']);
	$self->await('127.0.0.2', 'test', 'SOA', sub { $_[0]{answers} });
	$self->start_resolver('unbound');
	$self->start_resolver('plain');
}

sub start_resolver {
	my ($self, $name) = @_;
	my $address = $name eq 'unbound' ? '127.0.0.1' : '127.0.0.3';

	$self->{$name} = $self->{view}->spawn(
	    log => $self->path("$name.out"),
	    command => ['unbound', '-d', '-p', '-c', "/run/dns/$name.conf"]);
	$self->await($address, 'test', 'SOA', sub {
		$_[0]{answers} && ($_[0]{ad} || $name ne 'unbound') });
}

# Stops 'nsd', 'unbound' (the validating one) or 'plain'.
sub stop_server {
	my ($self, $name) = @_;

	$self->{$name}->stop if $self->{$name};
	$self->{$name} = undef;
}

# Makes both resolvers forget everything.
sub flush {
	my ($self) = @_;

	for my $name (qw(unbound plain)) {
		next unless $self->{$name};
		$self->{view}->run('unbound-control', '-c',
		    "/run/dns/$name.conf", 'reload');
	}
	$self->await('127.0.0.1', 'test', 'SOA', sub { $_[0]{ad} })
	    if $self->{unbound};
}

sub await {
	my ($self, $server, $name, $type, $want) = @_;

	World::Proc::wait_until(10, sub {
		my $r = query($server, $name, $type, 0.5);
		$r && $want->($r);
	}) or die "no right answer for $name $type from $server; see " .
	    $self->path('') . "\n";
}

# Asks SERVER once, with DO and AD set.  Returns undef on timeout (SECONDS, 5),
# else a hash: rcode, ad, answers (count), serial (of a SOA in the answer).
sub query {
	my ($server, $name, $type, $seconds) = @_;
	my $socket = IO::Socket::INET->new(Proto => 'udp',
	    PeerAddr => $server, PeerPort => 53) or return;
	my $labels = join('', map { pack('C/a', $_) }
	    grep { length } split(/\./, $name));

	$socket->send(pack('nnnnnn', $$ & 0xffff, 0x0120, 1, 0, 0, 1) .
	    $labels . pack('Cnn', 0, $type{$type}, 1) .
	    pack('CnnNn', 0, 41, 1232, 0x8000, 0)) or return;
	my $ready = '';
	vec($ready, fileno($socket), 1) = 1;
	return unless select($ready, undef, undef, $seconds // 5) > 0;
	defined($socket->recv(my $answer, 4096)) or return;
	return if length($answer) < 12;
	my (undef, $flags, undef, $count) = unpack('nnnn', $answer);
	return { rcode => $flags & 15, ad => $flags >> 5 & 1,
	    answers => $count, serial => scalar(serial($answer, length($labels))) };
}

# The serial of a SOA that is the first record of an answer.
sub serial {
	my ($answer, $labels) = @_;
	my $rest = substr($answer, 12 + $labels + 1 + 4);
	my ($type, $size) = $rest =~ /^\xc0\x0c/ ?
	    unpack('x2 n x6 n', $rest) : unpack('x n x6 n', $rest);
	my $head = $rest =~ /^\xc0\x0c/ ? 12 : 11;

	return undef unless ($type // 0) == $type{SOA};
	return unpack('N', substr($rest, $head + $size - 20));
}

# How often NAME was asked for with TYPE (any) at the validating resolver.
sub queries {
	my ($self, $name, $type) = @_;
	my $log = World::Proc::slurp($self->path('unbound.log'));
	my $of = $type // '\S+';
	my @hit = $log =~ /info: \S+ \Q$name\E\. $of IN$/mg;

	return scalar(@hit);
}

1;
