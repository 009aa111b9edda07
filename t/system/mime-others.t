#!/usr/bin/perl
# The same mails through Python's standard library and through GMime give the
# same attachments, byte for byte. Where a mail is so broken that the others
# leave it or differ from each other, the sample is named here with the reason.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::Bin/../lib";
use Analyzer;
use ReportMails;
use Test::More;

my $build = $ENV{BUILDDIR} // getcwd();
my $dir = tempdir(CLEANUP => 1);
my %differ = (
	'base64-rubbish' => 'octets above 127 are no text to them',
	'base64-footer' => 'what follows the padding is theirs to guess',
	'no-boundary' => 'they do not guess a boundary',
	'misspelt-type' => 'they take ContentType for what it says: nothing',
	'empty-attachment' => 'line ends of an empty part',
	'no-final-boundary' => 'the last line end is theirs',
	'whole-body-json' => 'Python makes its CRLF LF',
);
my @samples = grep { $_->{kind} eq 'mail' &&
    !$differ{$_->{name} =~ s/^\d+-|\.eml$//gr} }
    @{ReportMails::samples(seed => 25, rounds => 6)};
my @paths = map {
	Analyzer::write_file("$dir/$_->{name}", $_->{content});
	"$dir/$_->{name}";
} @samples;

# { path => [lines] } of what a program prints.
sub parts {
	my (@command) = @_;
	my (%parts, $path);

	open my $in, '-|', @command, @paths or die "@command: $!\n";
	while (<$in>) {
		chomp;
		if (m{^/}) {
			$path = $_;
			$parts{$path} = [];
		} else {
			push @{$parts{$path}}, $_;
		}
	}
	close $in or return;
	return \%parts;
}

# Parts that are attachments; how texts end is a matter of taste.
sub attachments {
	my ($lines) = @_;
	return [grep { !m{^text/} } @{$lines // []}];
}

my $ours = parts("$build/t/system/mime_parts");
ok($ours && keys %$ours == @paths, 'our walker reads all ' . @paths);
cmp_ok(scalar(map { @{attachments($_)} } values %$ours), '>=', @paths - 30,
    'and finds attachments');

sub compare {
	my ($name, @command) = @_;
	my $theirs = parts(@command);

	ok($theirs, "$name reads them") or return;
	for (@paths) {
		is_deeply(attachments($ours->{$_}), attachments($theirs->{$_}),
		    "$name: " . s{.*/}{}r);
	}
	return;
}

SKIP: {
	skip 'no python3', 1 if system('python3 -c pass 2>/dev/null') != 0;
	compare('Python', 'python3', "$FindBin::Bin/mime_parts.py");
}
SKIP: {
	my $flags = `pkg-config --cflags --libs gmime-3.0 2>/dev/null`;
	chomp $flags;
	skip 'no GMime (libgmime-3.0-dev)', 1 if $flags eq '';
	is(system("cc -o $dir/gmime $FindBin::Bin/mime_parts_gmime.c $flags"), 0,
	    'a program over GMime');
	compare('GMime', "$dir/gmime");
}
done_testing();
