# ReportMails - mails with TLS reports as senders really write them, right and
# wrong, with what must be read of each.
#
#	my $all = ReportMails::samples(seed => 7, rounds => 3);
#
# gives a list of { name, rows, content, kind, want }: rows are those of the
# list of quirks that the sample is for; kind is "mail" or "file" (a report as it
# was attached; name has its extension); want is what ingest --json must print
# (verdict, organization, report_id, policies, success, failure, details,
# defects). The same seed makes the same samples; every round has other
# organisations, domains and counts.
package ReportMails;
use strict;
use warnings;
use IO::Compress::Gzip;
use IO::Compress::Zip qw(ZIP_CM_STORE ZIP_CM_DEFLATE);
use JSON::PP;
use MIME::Base64;
use MIME::QuotedPrint;

my @organizations = ('Google Inc.', 'Microsoft Corporation', 'Mail.ru',
    'Example & Sons', "O'Reilly <b>", 'Stalwart', 'Company "x"');

# A number from 0 to n - 1; one generator for all, so that a seed says it all.
my $state = 1;

sub pick {
	my ($n) = @_;
	$state = ($state * 1103515245 + 12345) & 0x7fffffff;
	return ($state >> 8) % $n;
}

sub seeded {
	my ($seed) = @_;
	$state = $seed & 0x7fffffff;
	return;
}

my $number = 0;

# What a report is about, different each time.
sub facts {
	my $n = ++$number;
	my $domain = "d$n.example.org";
	my $success = pick(100000);
	my $failure = 1 + pick(50);
	return {
		n => $n, org => $organizations[pick(scalar @organizations)],
		domain => $domain, submitter => "sender$n.example",
		mx => "mx1.$domain", id => "2026-11-20T00:00:00Z_$domain",
		success => $success, failure => $failure,
		begin => 1795132800, end => 1795219199,
	};
}

sub policy {
	my ($f, %over) = @_;
	return {
		policy => { 'policy-type' => 'sts', 'policy-domain' => $f->{domain},
		    'policy-string' => ['version: STSv1', 'mode: testing',
			"mx: $f->{mx}", 'max_age: 86400'],
		    'mx-host' => [$f->{mx}], %{$over{policy} // {}} },
		summary => { 'total-successful-session-count' => $f->{success},
		    'total-failure-session-count' => $f->{failure} },
		'failure-details' => [{ 'result-type' => 'certificate-expired',
		    'sending-mta-ip' => '192.0.2.' . (1 + pick(250)),
		    'receiving-mx-hostname' => $f->{mx},
		    'receiving-ip' => '2001:db8::' . (1 + pick(99)),
		    'failed-session-count' => $f->{failure} }],
		%{$over{entry} // {}},
	};
}

sub report {
	my ($f, %over) = @_;
	return {
		'organization-name' => $f->{org},
		'date-range' => { 'start-datetime' => '2026-11-20T00:00:00Z',
		    'end-datetime' => '2026-11-20T23:59:59Z' },
		'contact-info' => "tls\@$f->{submitter}",
		'report-id' => $f->{id}, policies => [policy($f)], %over,
	};
}

my $json = JSON::PP->new->canonical->utf8;

sub text_of {
	my ($report) = @_;
	return ref $report ? $json->encode($report) : $report;
}

sub gzipped {
	my ($text) = @_;
	my $out;

	IO::Compress::Gzip::gzip(\$text => \$out, -Minimal => 1) or
	    die $IO::Compress::Gzip::GzipError;
	return $out;
}

sub zipped {
	my ($text, $name, %how) = @_;
	my $out;

	IO::Compress::Zip::zip(\$text => \$out, Name => $name, Time => 1795132800,
	    Method => $how{method} // ZIP_CM_DEFLATE,
	    Stream => $how{stream} // 0) or
	    die $IO::Compress::Zip::ZipError;
	return $out;
}

sub file_name {
	my ($f, $extension) = @_;
	return "$f->{submitter}!$f->{domain}!$f->{begin}!$f->{end}" .
	    ($extension // '.json.gz');
}

# A mail as RFC 8460 section 5.3 has it, but for what %m says otherwise:
#	data	the attachment's octets		type, name, encoding
#	headers { name => value or undef }	part_headers likewise, of the part
#	first	the first part			final => 0: no last boundary
#	eol	line end			whole: the body is the report
sub mail {
	my ($f, %m) = @_;
	my $eol = $m{eol} // "\r\n";
	my $name = $m{name} // file_name($f);
	my $boundary = "b=_$f->{n}";
	my %top = ('From' => "tls\@$f->{submitter}",
	    'To' => "tlsrpt\@$f->{domain}",
	    'Date' => 'Sat, 21 Nov 2026 02:03:04 +0000',
	    'Message-ID' => "<$f->{n}\@$f->{submitter}>",
	    'Subject' => "Report Domain: $f->{domain} Submitter: " .
		"$f->{submitter} Report-ID: <$f->{id}>",
	    'TLS-Report-Domain' => $f->{domain},
	    'TLS-Report-Submitter' => $f->{submitter},
	    'MIME-Version' => '1.0',
	    'Content-Type' => 'multipart/report; report-type="tlsrpt"; ' .
		"boundary=\"$boundary\"", %{$m{headers} // {}});
	my $encoded = defined $m{encoded} ? $m{encoded} :
	    encode_base64($m{data}, "\n");
	my %part = ('Content-Type' => $m{type} // 'application/tlsrpt+gzip',
	    'Content-Transfer-Encoding' => $m{encoding} // 'base64',
	    'Content-Disposition' => "attachment; filename=\"$name\"",
	    %{$m{part_headers} // {}});
	my $first = $m{first} // "Content-Type: text/plain\n\nA report.\n";
	my $header = sub {
		my ($h) = @_;
		return join '', map { "$_: $h->{$_}\n" }
		    grep { defined $h->{$_} } sort keys %$h;
	};
	my $text;

	if ($m{whole}) {
		delete $top{'Content-Type'};
		$text = $header->({ %top, %part }) . "\n$encoded";
	} else {
		$text = $header->(\%top) . "\n--$boundary\n$first" .
		    "\n--$boundary\n" . $header->(\%part) . "\n$encoded" .
		    ($m{more} // '');
		$text .= "\n--$boundary--\n" if $m{final} // 1;
	}
	$text =~ s/\n/$eol/g if $eol ne "\n";
	return $text;
}

# What is read of a report that is all right.
sub want {
	my ($f, %over) = @_;
	return { verdict => 'ok', organization => $f->{org},
	    report_id => $f->{id}, policies => 1, success => $f->{success},
	    failure => $f->{failure}, details => 1, defects => [], %over };
}

# A mail whose JSON is odd: what of the model differs, and what is read then.
sub odd {
	my ($change, %want) = @_;
	return sub {
		my ($f) = @_;
		my $r = report($f);
		my %more = $change->($f, $r, $r->{policies}[0]);

		return (mail($f, data => gzipped(text_of($more{text} // $r))),
		    want($f, %want, %{$more{want} // {}}));
	};
}

# A mail whose JSON is good and whose packing or mail is odd.
sub packed {
	my ($how, %want) = @_;
	return sub {
		my ($f) = @_;
		my $text = text_of(report($f));
		my %m = (data => gzipped($text), $how->($f, $text));
		my $more = delete $m{want} // {};

		return (mail($f, %m), want($f, %want, %$more));
	};
}

my @salvaged = (verdict => 'salvaged');

sub salvaged {
	return (@salvaged, defects => [@_]);
}

sub noted {
	return (defects => [@_]);
}

sub rejected {
	return (verdict => 'rejected', organization => undef,
	    report_id => undef, policies => 0, success => 0, failure => 0,
	    details => 0, defects => [@_]);
}

sub other {
	return rejected(), verdict => 'other', defects => [];
}

# rows of the list => [ name, maker ]
my @makers = (
	# ---- RFC 8460 itself
	[ '-', 'rfc', packed(sub { () }) ],
	[ '-', 'success-only', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{summary}{'total-failure-session-count'} = 0;
		delete $p->{'failure-details'};
		return (want => { failure => 0, details => 0 });
	}) ],
	[ '-', 'many-policies', odd(sub {
		my ($f, $r) = @_;
		$r->{policies} = [map { policy({ %$f, domain => "p$_.$f->{domain}" }) }
		    1 .. 40];
		return (want => { policies => 40, success => 40 * $f->{success},
		    failure => 40 * $f->{failure}, details => 40 });
	}) ],
	[ '-', 'plain-json', packed(sub {
		my ($f, $text) = @_;
		return (data => $text, type => 'application/tlsrpt+json',
		    name => file_name($f, '.json'));
	}) ],
	# ---- what is in the JSON
	[ '1', 'nested-policy-string', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{policy} = { 'policy-type' => 'tlsa',
		    'policy-domain' => $f->{mx},
		    'policy-string' => ['["3 1 1 ab","2 1 1 cd"]'] };
		return ();
	}, salvaged('string-nested')) ],
	[ '2', 'no-mx-host', odd(sub {
		delete $_[2]{policy}{'mx-host'};
		return ();
	}) ],
	[ '3', 'mx-host-text', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{policy}{'mx-host'} = $f->{mx};
		return ();
	}, salvaged('not-array')) ],
	[ '4', 'draft-names', odd(sub {
		my ($f, $r, $p) = @_;
		my $d = $p->{'failure-details'}[0];
		$p->{policy}{'mx-host-pattern'} = delete $p->{policy}{'mx-host'};
		$d->{'additional-info-uri'} = 'https://x.example/';
		$d->{'failure-error-code'} = 'E1';
		return ();
	}, salvaged('old-name')) ],
	[ '5', 'mx-prefix', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{policy}{'mx-host'} = ["mx: $f->{mx}"];
		return ();
	}, salvaged('mx-prefix')) ],
	[ '6', 'no-policy-domain', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{policy} = { 'policy-type' => 'no-policy-found' };
		return ();
	}, salvaged('domain-absent')) ],
	[ '7', 'nulls', odd(sub {
		my ($f, $r, $p) = @_;
		$r->{'contact-info'} = undef;
		$p->{policy}{'policy-string'} = [];
		$p->{policy}{'mx-host'} = [];
		$_->{'receiving-mx-helo'} = $_->{'failure-reason-code'} = undef
		    for @{$p->{'failure-details'}};
		return ();
	}, salvaged('null', 'contact-absent')) ],
	[ '8', 'end-midnight', odd(sub {
		$_[1]{'date-range'}{'end-datetime'} = '2026-11-21T00:00:00Z';
		return ();
	}) ],
	[ '9', 'no-zone', odd(sub {
		$_[1]{'date-range'} = { 'start-datetime' => '2026-11-20T00:00:00',
		    'end-datetime' => '2026-11-20T23:59:59' };
		return ();
	}, salvaged('date-no-zone')) ],
	[ '10', 'fetch-error', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{'failure-details'} = [{ 'result-type' =>
		    'sts-policy-fetch-error',
		    'failed-session-count' => $f->{failure} }];
		return ();
	}) ],
	[ '11', 'sums-differ', odd(sub {
		my ($f, $r, $p) = @_;
		push @{$p->{'failure-details'}}, { 'result-type' =>
		    'validation-failure', 'failed-session-count' => 7 };
		return (want => { details => 2 });
	}, noted('sum-differs')) ],
	[ '12', 'no-failure-count', odd(sub {
		delete $_[2]{summary}{'total-failure-session-count'};
		return ();
	}, salvaged('count-absent')) ],
	[ '13', 'unknown-types', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{policy}{'policy-type'} = 'dane-ta';
		$p->{'failure-details'}[0]{'result-type'} = 'TOO-TIRED';
		return ();
	}, salvaged('type-unknown', 'result-unknown')) ],
	[ '13', 'upper-case', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{policy}{'policy-type'} = 'STS';
		$p->{'failure-details'}[0]{'result-type'} =
		    'CERTIFICATE-EXPIRED';
		return ();
	}, salvaged('type-case', 'result-case')) ],
	[ '14', 'sts-and-dane', odd(sub {
		my ($f, $r) = @_;
		push @{$r->{policies}}, policy($f, policy => {
		    'policy-type' => 'tlsa', 'policy-domain' => $f->{mx},
		    'policy-string' => ['3 1 1 ab'], 'mx-host' => [] });
		return (want => { policies => 2, success => 2 * $f->{success},
		    failure => 2 * $f->{failure}, details => 2 });
	}) ],
	[ '15', 'id-bare-plus', odd(sub {
		my ($f, $r) = @_;
		$r->{'report-id'} = "133997$f->{n}+$f->{domain}+";
		return (want => { report_id => $r->{'report-id'} });
	}) ],
	[ '15', 'id-angle', odd(sub {
		my ($f, $r) = @_;
		$r->{'report-id'} =
		    "<2026.11.20T00.00.00Z+$f->{domain}\@$f->{submitter}>";
		return (want => { report_id => $r->{'report-id'} });
	}) ],
	[ '15', 'id-epoch', odd(sub {
		my ($f, $r) = @_;
		$r->{'report-id'} = "$f->{begin}_deadbeef$f->{n}";
		return (want => { report_id => $r->{'report-id'} });
	}) ],
	[ '15', 'id-number', odd(sub {
		my ($f, $r) = @_;
		$r->{'report-id'} = 20261120000 + $f->{n};
		return (want => { report_id => "$r->{'report-id'}" });
	}, salvaged('wrong-type')) ],
	[ '26', 'latin-1', odd(sub {
		my ($f, $r) = @_;
		$r->{'organization-name'} = 'M@ller';
		return (text => text_of($r) =~ s/M\@ller/M\xfcller/r,
		    want => { organization => "M\x{fffd}ller" });
	}, salvaged('json-utf8')) ],
	[ '26', 'bom', odd(sub {
		my ($f, $r) = @_;
		return (text => "\xef\xbb\xbf" . text_of($r));
	}, salvaged('json-bom')) ],
	[ '-', 'counts-as-texts', odd(sub {
		my ($f, $r, $p) = @_;
		$p->{summary}{'total-successful-session-count'} =
		    "$f->{success}";
		return ();
	}, salvaged('count-text')) ],
	[ '-', 'negative', odd(sub {
		$_[2]{summary}{'total-successful-session-count'} = -5;
		return (want => { success => 0 });
	}, salvaged('count-negative')) ],
	[ '-', 'huge', odd(sub {
		my ($f, $r, $p) = @_;
		return (text => text_of($r) =~
		    s/(successful-session-count":)\d+/${1}1e30/r,
		    want => { success => 9007199254740991 });
	}, salvaged('count-huge')) ],
	[ '-', 'duplicate-key', odd(sub {
		my ($f, $r) = @_;
		return (text => text_of($r) =~ s/^\{/{"report-id":"$f->{id}",/r);
	}, salvaged('json-duplicate')) ],
	[ '-', 'nul', odd(sub {
		my ($f, $r) = @_;
		$r->{'organization-name'} = 'a@b';
		return (text => text_of($r) =~ s/a\@b/a\\u0000b/r,
		    want => { organization => "a\x{fffd}b" });
	}, salvaged('json-nul')) ],
	[ '-', 'cut-json', odd(sub {
		my ($f, $r) = @_;
		return (text => text_of($r) =~ s/\}\z//r);
	}, salvaged('json-truncated')) ],
	[ '-', 'trailing', odd(sub {
		my ($f, $r) = @_;
		return (text => text_of($r) . "\n-- \nfooter");
	}, salvaged('json-trailing')) ],
	[ '-', 'no-organization', odd(sub {
		my ($f, $r) = @_;
		delete $r->{'organization-name'};
		return (want => { organization => $f->{submitter} });
	}, salvaged('org-absent')) ],
	# ---- packing and mail
	[ '16', 'gz-name-on-json', packed(sub {
		my ($f, $text) = @_;
		return (data => $text);
	}) ],
	[ '16', 'end-plus-86400', packed(sub {
		my ($f) = @_;
		return (name => file_name({ %$f, end => $f->{begin} + 86400 },
		    '!001.json.gz'));
	}) ],
	[ '17', 'name-in-pieces', packed(sub {
		my ($f) = @_;
		my $name = file_name($f);
		return (part_headers => { 'Content-Disposition' =>
		    'attachment; filename*0="' . substr($name, 0, 20) .
		    "\";\n\tfilename*1=\"" . substr($name, 20) . '"' });
	}) ],
	[ '17', 'name-in-description', packed(sub {
		my ($f) = @_;
		return (part_headers => { 'Content-Disposition' => 'attachment',
		    'Content-Description' => file_name($f) });
	}) ],
	[ '18', 'folded-type', packed(sub {
		my ($f) = @_;
		return (headers => { 'Content-Type' => "multipart/report; \n" .
		    "\tboundary=\"b=_$f->{n}\"; report-type=tlsrpt" });
	}) ],
	[ '18', 'misspelt-type', packed(sub {
		my ($f) = @_;
		return (headers => { 'Content-Type' => undef, 'ContentType' =>
		    "multipart/report; boundary=\"b=_$f->{n}\"" });
	}, salvaged('mail-header')) ],
	[ '19', 'html-only', packed(sub {
		return (first => "Content-Type: text/html\n\n<p>Report\n");
	}) ],
	[ '19', 'banner', packed(sub {
		return (first => "Content-Type: text/plain\n\n[External Email] " .
		    "{careful}\n\nA report.\n");
	}) ],
	(map {
		my $type = $_;
		[ '20', 'type-' . ($type =~ s{.*/}{}r), packed(sub {
			return (type => $type);
		}, noted('mail-type')) ]
	} qw(application/octet-stream application/gzip application/x-gzip
	    application/json application/tlsrpt)),
	[ '20', 'type-tlsrpt+zip', packed(sub {
		my ($f, $text) = @_;
		return (type => 'application/tlsrpt+zip',
		    name => file_name($f, '.zip'),
		    data => zipped($text, file_name($f, '.json')));
	}, noted('mail-type')) ],
	[ '21', 'zip-named-gzip', packed(sub {
		my ($f, $text) = @_;
		return (data => zipped($text, 'report.json'));
	}) ],
	[ '21', 'stored-zip', packed(sub {
		my ($f, $text) = @_;
		return (data => zipped($text, 'report.json',
		    method => ZIP_CM_STORE));
	}) ],
	[ '21', 'streamed-zip', packed(sub {
		my ($f, $text) = @_;
		return (data => zipped($text, 'report.json', stream => 1));
	}) ],
	[ '21', 'gzip-named-zip', packed(sub {
		my ($f) = @_;
		return (type => 'application/zip', name => file_name($f, '.zip'));
	}, noted('mail-type')) ],
	[ '22', 'whole-body', packed(sub {
		return (whole => 1);
	}) ],
	[ '22', 'whole-body-json', packed(sub {
		my ($f, $text) = @_;
		return (whole => 1, encoded => "$text\n", encoding => '8bit',
		    type => 'application/tlsrpt+json',
		    name => file_name($f, '.json'));
	}) ],
	[ '23', 'base64-long-lines', packed(sub {
		my ($f, $text) = @_;
		return (encoded => encode_base64(gzipped($text), '') . "\n");
	}) ],
	[ '23', 'base64-blanks', packed(sub {
		my ($f, $text) = @_;
		return (encoded => encode_base64(gzipped($text), "  \n\n"));
	}) ],
	[ '23', 'base64-rubbish', packed(sub {
		my ($f, $text) = @_;
		return (encoded => encode_base64(gzipped($text), "!\x80\n"));
	}, salvaged('mail-base64')) ],
	[ '23', 'base64-footer', packed(sub {
		my ($f, $text) = @_;
		my $n = 3 - length(gzipped($text)) % 3;
		$text .= ' ' x 3 while length(gzipped($text)) % 3 == 0;
		return (encoded => encode_base64(gzipped($text)) .
		    "-- \nscanned by gateway\n");
	}, salvaged('mail-base64')) ],
	[ '24', 'gzip-members', packed(sub {
		my ($f, $text) = @_;
		return (data => gzipped(substr($text, 0, 50)) .
		    gzipped(substr($text, 50)));
	}, noted('gzip-members')) ],
	[ '24', 'gzip-trailing', packed(sub {
		my ($f, $text) = @_;
		return (data => gzipped($text) . "\0\0\0\0");
	}, salvaged('gzip-trailing')) ],
	[ '25', 'bare-lf', packed(sub {
		return (eol => "\n");
	}) ],
	[ '25', 'no-final-boundary', packed(sub {
		return (final => 0);
	}, salvaged('mail-unclosed')) ],
	[ '25', 'no-boundary', packed(sub {
		return (headers => { 'Content-Type' => 'multipart/mixed' });
	}, salvaged('mail-boundary')) ],
	[ '-', 'quoted-printable', packed(sub {
		my ($f, $text) = @_;
		return (encoded => encode_qp($text, "\n"),
		    encoding => 'quoted-printable',
		    type => 'application/tlsrpt+json',
		    name => file_name($f, '.json'));
	}) ],
	[ '27', 'odd-date', packed(sub {
		return (headers => { Date => 'Fri, May 09 2017 16:54:30 -0800' });
	}) ],
	[ '-', 'forwarded', sub {
		my ($f) = @_;
		my $inner = mail($f, data => gzipped(text_of(report($f))),
		    eol => "\n");
		return ("From: someone\@example.net\nTo: tlsrpt\@example.net\n" .
		    "Content-Type: message/rfc822\n\n$inner", want($f));
	} ],
	# ---- nothing to be had
	[ '-', 'dmarc', sub {
		my ($f) = @_;
		my $xml = '<?xml version="1.0"?><feedback></feedback>';
		return (mail($f, data => gzipped($xml),
		    type => 'application/gzip',
		    name => "$f->{submitter}!$f->{domain}!1!2.xml.gz",
		    headers => { 'TLS-Report-Domain' => undef,
			'TLS-Report-Submitter' => undef,
			'Content-Type' =>
			    "multipart/mixed; boundary=\"b=_$f->{n}\"" }),
		    { other() });
	} ],
	[ '-', 'plain-mail', sub {
		my ($f) = @_;
		return ("From: a\@example.net\nTo: tlsrpt\@example.org\n" .
		    "Subject: $f->{n}\n\n{ hello }\n", { other() });
	} ],
	[ '-', 'cut-gzip', packed(sub {
		my ($f, $text) = @_;
		return (data => substr(gzipped($text), 0, -12));
	}, rejected('json-truncated', 'gzip-truncated')) ],
	[ '-', 'bad-crc', packed(sub {
		my ($f, $text) = @_;
		my $gz = gzipped($text);
		substr($gz, -8, 1) ^= "\x01";
		return (data => $gz);
	}, rejected('gzip-check')) ],
	[ '-', 'no-policies', odd(sub {
		delete $_[1]{policies};
		return ();
	}, rejected('no-policies')) ],
	[ '-', 'empty-attachment', packed(sub {
		return (encoded => '');
	}, rejected('json-empty')) ],
);

sub samples {
	my (%arg) = @_;
	my @all;

	seeded($arg{seed} // 1);
	$number = 0;
	for my $round (1 .. ($arg{rounds} // 1)) {
		for (@makers) {
			my ($rows, $name, $make) = @$_;
			my ($content, $want) = $make->(facts());

			push @all, { name => sprintf('%02d-%s.eml', $round, $name),
			    rows => $rows, kind => 'mail', content => $content,
			    want => $want };
		}
		push @all, bare($round);
	}
	# 28: the same report again, in another mail
	my ($first) = grep { $_->{name} =~ /-rfc\.eml/ } @all;
	push @all, { name => 'zz-again.eml', rows => '28', kind => 'mail',
	    content => $first->{content} =~ s/^Message-ID: </Message-ID: <2/mr,
	    want => { %{$first->{want}}, verdict => 'duplicate' } };
	return \@all;
}

# Reports as they were attached, without a mail.
sub bare {
	my ($round) = @_;
	my @all;

	for my $extension ('.json', '.json.gz', '.zip') {
		my $f = facts();
		my $text = text_of(report($f));
		my $data = $extension eq '.json' ? $text :
		    $extension eq '.zip' ? zipped($text, file_name($f, '.json')) :
		    gzipped($text);

		push @all, { name => file_name($f, $extension), rows => '-',
		    kind => 'file', content => $data, want => want($f) };
	}
	return @all;
}

# The rows of the list of quirks that have a sample.
sub rows {
	my %seen;

	return [sort { $a <=> $b } grep { !$seen{$_}++ } grep { $_ ne '-' }
	    map { $_->[0] } @makers, ['28']];
}

1;
