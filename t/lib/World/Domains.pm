# World::Domains - the domains of the world and what must become of their mail
#
# One table row a domain; the demo and the system tests read the same rows.
#	about	what is special, in a few words
#	sign	how the zone is signed (World::Dns), default not at all
#	mx	list of [preference, host, certificate, TLSA]; a host without
#		dot is below the domain; certificate: good, self, wrong,
#		expired, wild (SAN *.domain, CN unrelated), none (no STARTTLS),
#		broken (454 to STARTTLS), or undef when the host is defined
#		elsewhere; TLSA: match, differ, unusable or undef
#	sts	[mode, pattern...]; what World::Web::site() is to be told beyond
#		that in 'web', host name and certificate of the policy host in
#		'webcert' (as World::Pki::add()), TXT data in 'txt', a list
#	records	further lines of the zone; {3 1 1 leaf} is the data of a TLSA
#		record (World::Pki::tlsa_data())
#	strategy  id that the demo's rules choose for it, default 'default'
#	level, by what the daemon must decide: level and source; by 'none' is
#		no requirement
#	end	what becomes of the mail: sent, deferred, bounced, or refused
#		(at RCPT)
#	tls	for sent: Verified, Trusted, Untrusted, or '' for no TLS
#	host	for sent: the MX host that must have got it
#	nodane	what differs where the MTA does no DANE of its own
package World::Domains;
use strict;
use warnings;

our @table = (
	{ name => 'sts-good.test', about => 'MTA-STS enforce, good MX',
	    mx => [[10, 'mx', 'good']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'sent',
	    tls => 'Verified' },
	{ name => 'sts-wrongname.test',
	    about => 'MTA-STS enforce, certificate for another name',
	    mx => [[10, 'mx', 'wrong']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'deferred' },
	{ name => 'sts-selfsigned.test',
	    about => 'MTA-STS enforce, self-signed certificate',
	    mx => [[10, 'mx', 'self']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'deferred' },
	{ name => 'sts-expired.test',
	    about => 'MTA-STS enforce, expired certificate',
	    mx => [[10, 'mx', 'expired']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'deferred' },
	{ name => 'sts-nostarttls.test',
	    about => 'MTA-STS enforce, MX without STARTTLS',
	    mx => [[10, 'mx', 'none']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'deferred' },
	{ name => 'sts-454.test',
	    about => 'MTA-STS enforce, MX answers 454 to STARTTLS',
	    mx => [[10, 'mx', 'broken']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'deferred' },
	{ name => 'sts-sanonly.test',
	    about => 'MTA-STS enforce, wildcard SAN, unrelated CN',
	    mx => [[10, 'mx', 'wild']], sts => ['enforce', 'mx.*'],
	    level => 'secure', by => 'mta-sts', end => 'sent',
	    tls => 'Verified' },
	{ name => 'sts-testing.test',
	    about => 'MTA-STS testing, self-signed certificate',
	    mx => [[10, 'mx', 'self']], sts => ['testing', 'mx.*'],
	    level => 'notfound', by => 'none', end => 'sent',
	    tls => 'Untrusted' },
	{ name => 'sts-mxoutside.test',
	    about => 'MTA-STS enforce, first MX outside the policy',
	    mx => [[10, 'mx.elsewhere.test', 'good'], [20, 'mx', 'good']],
	    sts => ['enforce', 'mx.*'], level => 'secure', by => 'mta-sts',
	    end => 'sent', tls => 'Verified',
	    host => 'mx.sts-mxoutside.test' },
	{ name => 'sts-mxoutside-only.test',
	    about => 'MTA-STS enforce, no MX inside the policy',
	    mx => [[10, 'mx2.elsewhere.test', 'good']],
	    sts => ['enforce', 'mx.*'], level => 'secure', by => 'mta-sts',
	    end => 'deferred' },
	{ name => 'sts-webpki.test',
	    about => 'MTA-STS enforce, policy host with a wrong certificate',
	    mx => [[10, 'mx', 'self']], sts => ['enforce', 'mx.*'],
	    web => { cert => 'webwrong' }, level => 'notfound', by => 'none',
	    end => 'sent', tls => 'Untrusted' },
	{ name => 'dane-good.test', about => 'DANE, matching TLSA', sign => 1,
	    mx => [[10, 'mx', 'self', 'match']], level => 'dane-only',
	    by => 'dane', end => 'sent', tls => 'Verified',
	    nodane => { tls => 'Untrusted' } },
	{ name => 'dane-mismatch.test', about => 'DANE, TLSA mismatch',
	    sign => 1, mx => [[10, 'mx', 'good', 'differ']],
	    level => 'dane-only', by => 'dane', end => 'deferred',
	    nodane => { end => 'sent', tls => 'Trusted' } },
	{ name => 'dane-over-sts.test',
	    about => 'DANE mismatch outranks a policy that would fit',
	    sign => 1, mx => [[10, 'mx', 'good', 'differ']],
	    sts => ['enforce', 'mx.*'], level => 'dane-only', by => 'dane',
	    end => 'deferred',
	    nodane => { end => 'sent', tls => 'Verified' } },
	{ name => 'dane-mixed.test',
	    about => 'DANE on one of two MX, starttls = require',
	    sign => 1, mx => [[10, 'mx1', 'self'],
	    [20, 'mx2', 'self', 'match']], strategy => 'starttls',
	    level => 'dane-only', by => 'dane', end => 'sent',
	    tls => 'Verified', host => 'mx2.dane-mixed.test',
	    nodane => { end => 'deferred', host => undef } },
	{ name => 'dane-unusable.test',
	    about => 'DANE, TLSA unusable: TLS without authentication',
	    sign => 1, mx => [[10, 'mx', 'self', 'unusable']],
	    level => 'dane', by => 'dane', end => 'sent',
	    tls => 'Untrusted' },
	{ name => 'danehost.test', about => 'DANE host of other domains',
	    sign => 1, mx => [[10, 'mx', 'good', 'differ']],
	    level => 'dane-only', by => 'dane', end => 'deferred',
	    nodane => { end => 'sent', tls => 'Trusted' } },
	{ name => 'insec-dane.test',
	    about => 'unsigned, MX is a DANE host, TLSA mismatch',
	    mx => [[10, 'mx.danehost.test']], level => 'dane', by => 'dane',
	    end => 'deferred',
	    nodane => { end => 'sent', tls => 'Trusted' } },
	{ name => 'insec-dane-sts.test',
	    about => 'unsigned, MX is a DANE host, MTA-STS enforce',
	    mx => [[10, 'mx.danehost.test']],
	    sts => ['enforce', 'mx.danehost.test'], level => 'secure',
	    by => 'mta-sts', end => 'sent', tls => 'Verified' },
	{ name => 'plain.test', about => 'unsigned, no policy',
	    mx => [[10, 'mx', 'self']], level => 'notfound', by => 'none',
	    end => 'sent', tls => 'Untrusted' },
	{ name => 'plain-good.test',
	    about => 'unsigned, no policy, good certificate',
	    mx => [[10, 'mx', 'good']], level => 'notfound', by => 'none',
	    end => 'sent', tls => 'Trusted' },
	{ name => 'plain-nostarttls.test',
	    about => 'unsigned, no policy, no STARTTLS',
	    mx => [[10, 'mx', 'none']], level => 'notfound', by => 'none',
	    end => 'sent', tls => '' },
	{ name => 'implicit.test', about => 'no MX record, only an address',
	    mx => [[0, '@', 'self']], level => 'notfound', by => 'none',
	    end => 'sent', tls => 'Untrusted' },
	{ name => 'need-dane.test',
	    about => 'strategy requires DANE, there is none', sign => 1,
	    mx => [[10, 'mx', 'good']], strategy => 'dane', level => 'temp',
	    by => 'strategy', end => 'refused' },
	{ name => 'need-sts.test',
	    about => 'strategy requires MTA-STS, there is none',
	    mx => [[10, 'mx', 'good']], strategy => 'sts', level => 'temp',
	    by => 'strategy', end => 'refused' },
	{ name => 'bogus.test', about => 'signed, signatures ran out',
	    sign => 'expired', mx => [[10, 'mx', 'good']], level => 'temp',
	    by => 'none', end => 'deferred' },
	{ name => 'nullmx.test', about => 'null MX: takes no mail',
	    mx => [[0, '.']], level => 'notfound', by => 'none',
	    end => 'bounced' },
);

my %tlsa = (match => 'leaf', differ => 'other');

# The row of a domain.
sub row {
	my ($name) = @_;
	my ($row) = grep { $_->{name} eq $name } @table;

	return $row;
}

sub full_name {
	my ($host, $domain) = @_;

	return $domain if $host eq '@';
	return $host =~ /\./ ? $host : "$host.$domain";
}

# Certificate of the kind given for an MX host; returns its file's name.
sub add_cert {
	my ($pki, $kind, $host, $domain) = @_;

	return $kind if $kind eq 'none' || $kind eq 'broken';
	my %how = (cn => $host, san => [$host]);
	%how = (%how, self => 1) if $kind eq 'self';
	%how = (%how, expired => 1) if $kind eq 'expired';
	%how = (cn => 'other.test', san => ['other.test'])
	    if $kind eq 'wrong';
	%how = (cn => 'other.test', san => ["*.$domain"]) if $kind eq 'wild';
	$pki->add("mx-$host", %how);
	return "mx-$host";
}

# Defines one MX host: certificate, listener, address and TLSA records.
# Returns the records.
sub add_host {
	my ($world, $row, $host, $kind, $tlsa) = @_;
	my $cert = add_cert($world->{pki}, $kind, $host, $row->{name});
	my $address = $world->{mx}->host($host, $cert);
	my @record = ("$host. IN A $address");
	my $owner = "_25._tcp.$host. IN TLSA";

	push(@record, "$owner " . $world->{pki}->tlsa($tlsa{$tlsa}))
	    if defined $tlsa && $tlsa{$tlsa};
	push(@record, "$owner 1 1 1 " . '00' x 32)
	    if defined $tlsa && $tlsa eq 'unusable';
	return @record;
}

# Puts an MTA-STS policy into service: TXT record (returned) and site.
sub add_sts {
	my ($world, $row) = @_;
	my ($mode, @mx) = @{$row->{sts}};
	my $host = "mta-sts.$row->{name}";
	my $cert = "web-$row->{name}";

	s/\*\z/$row->{name}/ for @mx;
	$world->{pki}->add($cert, cn => $host, san => [$host],
	    %{$row->{webcert} // {}});
	$world->{web}->site($host, cert => $cert, body => join("\r\n",
	    'version: STSv1', "mode: $mode", (map { "mx: $_" } @mx),
	    'max_age: 604800', ''), %{$row->{web} // {}});
	return ("mta-sts IN A $World::Web::address", map { "_mta-sts IN $_" }
	    @{$row->{txt} // ['TXT "v=STSv1; id=' . ($row->{id} // 1) . ';"']});
}

# Puts one domain into the world; World::publish() puts it into service.
sub add {
	my ($world, $row) = @_;
	my $pki = $world->{pki};
	my $data = qr/\{(\d) (\d) (\d) (\w+)\}/;
	my %mine = (records => [map {
	    s/$data/$pki->tlsa_data($1, $2, $3, $4)/er }
	    @{$row->{records} // []}]);

	for my $mx (@{$row->{mx}}) {
		my ($preference, $host, $cert, $tlsa) = @$mx;
		my $name = $host eq '.' ? '' : full_name($host, $row->{name});

		push(@{$mine{records}}, "\@ IN MX $preference $name.")
		    if $host ne '@';
		next unless defined $cert;
		my @record = add_host($world, $row, $name, $cert, $tlsa);
		my $zone = $name =~ /\Q$row->{name}\E\z/ ? \%mine :
		    \%{$world->{elsewhere}};
		push(@{$zone->{records}}, @record);
	}
	push(@{$mine{records}}, add_sts($world, $row)) if $row->{sts};
	$world->{dns}->zone($row->{name}, sign => $row->{sign}, %mine,
	    %{$row->{dns} // {}});
}

# Lets a domain ask for TLS reports to the addresses RUA, unless it does.
sub ask_for_reports {
	my ($row, $rua) = @_;
	my @records = @{$row->{records} // []};

	return $row if grep { /^_smtp\._tls / } @records;
	return { %$row, records => [@records,
	    "_smtp._tls IN TXT \"v=TLSRPTv1; rua=$rua\""] };
}

# Puts every domain of the table, and the further rows, into a new world; with
# RUA every one of the table asks for TLS reports to these addresses.
sub add_all {
	my ($world, $rua, @more) = @_;
	my @row = defined $rua ? map { ask_for_reports($_, $rua) } @table :
	    @table;

	$world->{pki}->add('webwrong', cn => 'other.test',
	    san => ['other.test']);
	add($world, $_) for @row, @more;
	$world->{dns}->zone('elsewhere.test', %{$world->{elsewhere}});
	$world->{dns}->zone('sender.test',
	    records => ['@ IN MX 10 mx', 'mx IN A 127.0.0.1']);
}

1;
