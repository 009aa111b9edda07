#!/usr/bin/perl
# Sites that come from another policy server: Postfix keeps the lines that
# server's documentation told it to have, and only the address changes.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use World;

my $world = World->enter(name => 'migration', sender => 'backports');

$world->start(tlsherald => 0);
my $sender = $world->sender;

# A domain, and what must become of its mail.
my @always = (
	['sts-good.test', 'sent Verified'],
	['sts-wrongname.test', 'deferred'],
	['sts-selfsigned.test', 'deferred'],
	['sts-nostarttls.test', 'deferred'],
	['sts-testing.test', 'sent Untrusted'],
	['sts-webpki.test', 'sent Untrusted'],
	['plain.test', 'sent Untrusted'],
	['plain-nostarttls.test', 'sent'],
	['insec-dane-sts.test', 'sent Verified'],
);
my @dane = (
	['dane-good.test', 'sent Verified'],
	['dane-mismatch.test', 'deferred'],
	['dane-over-sts.test', 'deferred'],
	['dane-unusable.test', 'sent Untrusted'],
	['insec-dane.test', 'deferred'],
);

# Mail to each domain of the list through a Postfix with these lines.
sub site {
	my ($lines, %more) = @_;
	my $mark = $sender->log_mark;
	my $daemon = $world->daemon($world->config(%{$more{config} // {}}));

	$sender->publish(tlsherald => 0, more => $lines);
	$daemon->start;
	for my $row (@{$more{rows}}) {
		my ($domain, $want) = @$row;
		my $to = "u\@$domain";
		my $id = $sender->send('alice@sender.test', [$to])->{id};
		my $r = $sender->result($id, $to);
		my $end = $r->{status} eq 'sent' && $r->{tls} ne '' ?
		    "sent $r->{tls}" : $r->{status};

		is($end, $want, "$domain: $want") or diag($r->{line});
	}
	my @complaint = grep { /(?:warning|error|fatal|panic): / &&
	    !/no TLSA records|TLSA certificate usage/ }
	    split(/^/, $sender->log_text($mark));
	is(join('', @complaint), '', 'Postfix has nothing to complain of');
	is($daemon->stop, 0, 'the daemon ends clean');
}

subtest 'postfix-tlspol before Postfix 3.10: QUERY' => sub {
	site(<<'END', rows => [@always, @dane]);
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tls_dane_insecure_mx_policy = dane
smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:QUERY
END
};

subtest 'postfix-tlspol with Postfix 3.10: QUERYwithTLSRPT' => sub {
	site(<<'END', rows => [@always, @dane]);
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:QUERYwithTLSRPT
END
};

subtest 'postfix-tlspol, its address kept' => sub {
	site(<<'END', rows => [$always[0], @dane[0, 1]],
smtp_dns_support_level = dnssec
smtp_tls_security_level = dane
smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8642:QUERYwithTLSRPT
END
	    config => { 'policy.listen' =>
	    '["inet:127.0.0.1:8461", "inet:127.0.0.1:8642"]' });
};

# It knows no DANE, and its documentation says nothing of what DANE needs of
# Postfix; so what is not there is at Postfix's own default.
my $resolver = join('', map { "$_\n" } grep { /^\w/ } split(/\n/,
    $sender->view->run('postconf', '-d', 'smtp_dns_support_level',
    'smtp_tls_dane_insecure_mx_policy'))) . <<'END';
smtp_tls_security_level = may
smtp_tls_policy_maps = socketmap:inet:127.0.0.1:8461:postfix
END

subtest 'postfix-mta-sts-resolver' => sub {
	site($resolver, rows => [@always, ['dane-over-sts.test',
	    'sent Verified'], ['dane-good.test', 'sent Untrusted']],
	    config => { 'policy.mta-dnssec' => '"no"' });
};

subtest 'the same without a word of DANE in our config' => sub {
	my $daemon = $world->daemon($world->config);

	$daemon->start;
	my ($status, $out) = $daemon->command_at_sender('check');
	is($status, 1, 'check has findings');
	like($out, qr/smtp_dns_support_level = dnssec/,
	    'and says what DANE needs') or diag($out);
	is($daemon->stop, 0, 'the daemon ends clean');
};

subtest 'postfix-mta-sts-resolver, and the line that DANE needs' => sub {
	site($resolver =~ s/^smtp_dns_support_level =\K.*/ dnssec/mr,
	    rows => [@always, @dane]);
};
done_testing();
