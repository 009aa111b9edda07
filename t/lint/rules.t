#!/usr/bin/perl
# The table t/policy/RULES and the tests agree: every rule has a test that is
# there, and every scenario belongs to a rule.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(top files text);
use Test::More;

# What is wrong with a table, given the scenarios ("x.scn: name" => how often)
# and a function that says whether words stand in a file.
sub faults {
	my ($table, $scenario, $stands) = @_;
	my (@found, %rule, %mapped, $id);

	for (split /\n/, $table) {
		next if /^(?:#|$)/;
		if (/^\t(\S+?): (\S.*)$/) {
			my ($file, $name) = ($1, $2);

			defined $id or push(@found, "no rule above: $name"),
			    next;
			$rule{$id}++;
			$mapped{"$file: $name"}++;
			my $there = $file =~ m{^t/} ? $stands->($file, $name) :
			    $scenario->{"$file: $name"};
			push(@found, "$id: no such test: $file: $name")
			    if !$there;
		} elsif (/^([a-z0-9.-]+)  (choice|\d{4}(?: [\d.]+)?)  \S/) {
			$id = $1;
			push(@found, "$id: twice") if exists $rule{$id};
			$rule{$id} //= 0;
		} else {
			push(@found, "what is this: $_");
		}
	}
	push(@found, map { "$_: no test" } grep { !$rule{$_} } sort keys %rule);
	push(@found, map { "no rule: $_" } grep { !$mapped{$_} }
	    sort keys %$scenario);
	return (join('', map { "$_\n" } @found), \%rule, \%mapped);
}

# Scenarios of a file by what the table calls them.
sub scenarios {
	my ($file, $text) = @_;

	$file =~ s{.*/}{};
	return map { "$file: $_" } $text =~ /^scenario (\S.*)$/mg;
}

# Do these words stand in that file?
sub stands {
	my ($file, $words) = @_;

	return -f top() . "/$file" && index(text($file), $words) >= 0;
}

# the test itself
my $some = "a.rule  7672 2.1  text\n\tx.scn: one\n\tt/x.t: two\n";
my $has = sub { "@_" eq 't/x.t two' };
my %one = map { $_ => 1 } scenarios('t/policy/x.scn', "scenario one\nask\n");
is((faults($some, \%one, $has))[0], '', 'a good table passes');
for (
    ["${some}b  choice  text\n", 'b: no test', 'a rule without a test'],
    ["$some\tx.scn: on\n", 'a.rule: no such test: x.scn: on',
	'a name that is not exact'],
    ["$some\ty.scn: one\n", 'a.rule: no such test: y.scn: one',
	'a file that is not there'],
    ["$some\tt/x.t: three\n", 'a.rule: no such test: t/x.t: three',
	'words that do not stand in a test'],
    ["$some$some", 'a.rule: twice', 'a rule that comes twice'],
    ["${some}b  somewhere  text\n", 'what is this: b  somewhere  text',
	'a rule without a section'],
    ["\tx.scn: one\n$some", 'no rule above: one', 'a test above all rules'],
    ["a  choice  text\n\tt/x.t: two\n", 'no rule: x.scn: one',
	'a scenario without a rule']) {
	my ($table, $fault, $about) = @$_;

	is((faults($table, \%one, $has))[0], "$fault\n", "$about is found");
}
ok(!stands('t/lint/none.t', 'x'), 'a file that is not there is found');

my %scenario;
for my $file (files(qr/\.scn$/, 't/policy')) {
	$scenario{$_}++ for scenarios($file, text($file));
}
is(join("\n", grep { $scenario{$_} > 1 } sort keys %scenario), '',
    'no two scenarios of a file have one name');
my ($found, $rule, $mapped) = faults(text('t/policy/RULES'), \%scenario,
    \&stands);
is($found, '', 'every rule has its tests, every scenario its rule');
my $scn = grep { $scenario{$_} } keys %$mapped;
diag(sprintf('%d rules, %d scenarios, %d other tests', scalar(keys %$rule),
    $scn, scalar(keys %$mapped) - $scn));
ok($scn > 0, 'scenarios are mapped');
done_testing();
