# Exposition: judges pages in Prometheus' text format.
package Exposition;
use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(mistakes);

# What is wrong with a page, by the format's rules (what promtool looks at
# too): HELP and TYPE once and before the samples, samples of a family
# together, names, labels, escapes and numbers of their form, counters named
# _total, histograms cumulative with +Inf equal to _count, no sample twice.
sub mistakes {
	my ($text) = @_;
	my (@bad, %type, %help, %seen, %closed, $family, %bucket, %count);
	my $number = qr/[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf|NaN)/;

	push @bad, 'no newline at the end' if $text !~ /\n\z/;
	for (split(/\n/, $text)) {
		if (/^# HELP ([a-zA-Z_:][\w:]*) (.+)$/) {
			$closed{$family} = 1 if defined $family;
			$family = $1;
			push @bad, "HELP twice: $family" if $help{$family}++;
			push @bad, "a name without prefix: $family"
			    if $family !~ /^tlsherald_/;
			next;
		}
		if (/^# TYPE ([a-zA-Z_:][\w:]*) (\w+)$/) {
			my ($name, $type) = ($1, $2);
			push @bad, "TYPE apart from HELP: $name"
			    if $name ne ($family // '');
			push @bad, "TYPE twice: $name" if $type{$name};
			push @bad, "unknown type: $type"
			    if $type !~ /^(?:counter|gauge|histogram)$/;
			push @bad, "a counter is no _total: $name"
			    if ($type eq 'counter') != ($name =~ /_total$/);
			$type{$name} = $type;
			next;
		}
		if (!/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ($number)$/) {
			push @bad, "no sample: $_";
			next;
		}
		my ($name, $labels, $value) = ($1, $2 // '', $3);
		push @bad, "labels: $_" if $labels ne '' && $labels !~
		    /^(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,|$))+$/;
		push @bad, "twice: $name\{$labels}" if $seen{"$name\{$labels"}++;
		my $of = $name;
		if (($type{$family // ''} // '') eq 'histogram') {
			push @bad, "no part of a histogram: $name"
			    if $of !~ s/_(bucket|sum|count)$//;
			my ($part) = $name =~ /_(bucket|sum|count)$/;
			$part //= '';
			(my $rest = $labels) =~ s/,?le="([^"]*)"//;
			if ($part eq 'bucket') {
				my $le = $1;
				push @bad, "not cumulative: $_"
				    if $value < ($bucket{$rest}{n} // 0);
				push @bad, "bounds do not rise: $_"
				    if defined $bucket{$rest}{le} &&
				    $bucket{$rest}{le} ne '+Inf' &&
				    $le ne '+Inf' &&
				    $le <= $bucket{$rest}{le};
				$bucket{$rest} = { n => $value, le => $le };
			} elsif ($part eq 'count') {
				$count{$rest} = $value;
			}
		}
		push @bad, "a sample out of its family: $_"
		    if $of ne ($family // '') || $closed{$of};
		push @bad, "no TYPE: $_" if !$type{$of};
	}
	for (sort keys %bucket) {
		push @bad, "no +Inf: $_" if $bucket{$_}{le} ne '+Inf';
		push @bad, "+Inf is not _count: $_"
		    if $bucket{$_}{n} != ($count{$_} // -1);
	}
	return @bad;
}

1;
