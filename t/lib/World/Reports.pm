# World::Reports - TLS reports as a receiver sees them (RFC 8460)
#
# Reads mails and HTTPS bodies and holds what RFC 8460 sections 4 and 5 say of
# their form against them.
package World::Reports;
use strict;
use warnings;
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
use JSON::PP;
use MIME::Base64 qw(decode_base64);

# The report in gzipped octets: its JSON, decoded.
sub from_gzip {
	my ($octets) = @_;

	gunzip(\$octets, \my $text) or die "gunzip: $GunzipError\n";
	return JSON::PP->new->utf8->decode($text);
}

# Header fields of a text: a hash of lower-case names, unfolded.
sub fields {
	my ($header) = @_;
	my $text = $header =~ s/\r?\n[ \t]+/ /gr;

	return { map { /^([\w-]+):\s*(.*?)\s*$/ ? (lc($1) => $2) : () }
	    reverse split(/\r?\n/, $text) };
}

# A mail of World::Postfix::mails(): a hash with
#	fields		of its header
#	text		the part for people
#	type, file	media type and file name of the attachment
#	report		the JSON
#	mail		the file it lies in
# or nothing when it is no multipart/report of TLS.
sub from_mail {
	my ($mail) = @_;
	my $fields = fields($mail->{header});
	my $type = $fields->{'content-type'} // '';

	return unless $type =~ m{^multipart/report}i &&
	    $type =~ /report-type="?tlsrpt"?/i;
	my ($boundary) = $type =~ /boundary="?([^";]+)/i;
	my (undef, $text, $data) = split(/^--\Q$boundary\E(?:--)?\n/m,
	    $mail->{body});
	my ($head, $body) = split(/\n\n/, $data, 2);
	my $part = fields($head);
	my ($file) = ($part->{'content-disposition'} // '') =~
	    /filename="?([^";]+)/i;

	return { fields => $fields, text => (split(/\n\n/, $text, 2))[1],
	    type => $part->{'content-type'} =~ s/;.*//r, file => $file,
	    mail => $mail->{file}, report => from_gzip(decode_base64($body)) };
}

# Every report among mails.
sub all {
	return map { from_mail($_) } @_;
}

# The same by the domain that each is for (TLS-Report-Domain): a hash of lists.
sub by_domain {
	my %found;

	push(@{$found{$_->{fields}{'tls-report-domain'}}}, $_) for all(@_);
	return \%found;
}

# Of a report one line per policy, sorted: "TYPE DOMAIN SUCCESS FAILURE" and for
# each detail " RESULT MX COUNT", the result with "/REASON" where Postfix's own
# word says more.
sub lines {
	my ($report) = @_;
	my @line;

	for my $p (@{$report->{policies}}) {
		my @detail = sort map {
		    my $mx = $_->{'receiving-mx-hostname'} // '-';
		    my ($why) = ($_->{'failure-reason-code'} // '') =~
			/\A([a-z_-]+)\z/;
		    my $result = join('/', $_->{'result-type'}, $why // ());
		    " $result $mx $_->{'failed-session-count'}" }
		    @{$p->{'failure-details'} // []};

		push(@line, join(' ', $p->{policy}{'policy-type'},
		    $p->{policy}{'policy-domain'},
		    $p->{summary}{'total-successful-session-count'},
		    $p->{summary}{'total-failure-session-count'}) .
		    join('', @detail));
	}
	return join("\n", sort @line);
}

# What is wrong with the texts of a report's policies, a list of words.
sub policy_faults {
	my ($report) = @_;
	my @fault;

	for my $policy (map { $_->{policy} } @{$report->{policies}}) {
		my $type = $policy->{'policy-type'};
		my @text = @{$policy->{'policy-string'} // []};
		my @mx = map { /\Amx: (.*)/ } @text;
		# a policy that could not be fetched has no text
		my $right = $type eq 'no-policy-found' ? !@text :
		    $type eq 'tlsa' ? !grep { !/\A3 1 1 [0-9A-F]{64}\z/ } @text :
		    !@text || join(' ', @text) =~ /\Aversion:[ ]STSv1[ ]mode:
		    [ ](?:enforce|testing)[ ]mx:.*[ ]max_age:[ ]604800\z/x;

		push(@fault, "$type: @text") unless $right;
		push(@fault, "$type: mx-host") if join(' ', @mx) ne
		    join(' ', @{$policy->{'mx-host'} // []});
	}
	return @fault;
}

1;
