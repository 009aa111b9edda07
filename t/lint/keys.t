#!/usr/bin/perl
# Every key of the config table stands in the man page and in the sample file,
# under its own section, and neither names a key that doesn't exist.
#
# The table's rows begin { "section", "key", ... A section such as
# "signature.*" stands for every table of that form. In tlsherald.toml.5 a
# section is a line that holds [section], a key an .It line that names it; in
# the sample a key may be commented out ("#key = ...").
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Source qw(top files text);
use Test::More;

# The rows of the table's source, each [section, key].
sub rows {
	my ($text) = @_;
	my @rows;
	push @rows, [ $1, $2 ]
	    while $text =~ /^\t+\{\s*"([^"]*)",\s*"([^"]+)",/mg;
	return @rows;
}

# The keys of a text by section, { section => { key => line } }, where line
# patterns say what opens a section and what names a key.
sub keys_of {
	my ($text, $opens, $names) = @_;
	my (%keys, $line);
	my $section = '';

	for (split /\n/, $text) {
		$line++;
		if (/$opens/) {
			$section = $1 // '';
			$keys{$section} //= {};
		} elsif (/$names/) {
			$keys{$section}{$1} = $line;
		}
	}
	return \%keys;
}

sub man_keys {
	return keys_of($_[0], qr/^\.S[sh] (?:.*\[([\w.*-]+)\])?/,
	    qr/^\.It (?:[A-Z][a-z] )*"?([a-z][\w-]*)"?/);
}

sub sample_keys {
	return keys_of($_[0], qr/^#?\s?\[([\w.*-]+)\]/,
	    qr/^\s*#?\s?([a-z][\w-]*)\s*=/);
}

# Whether a section as written fits a section of the table: a part that is *
# in the table, or written in capitals in the man page, fits every name.
sub section_fits {
	my ($table, $written) = @_;
	my @table = split /\./, $table;
	my @written = split /\./, $written;

	return if @table != @written;
	for my $i (0 .. $#table) {
		next if $table[$i] eq $written[$i] || $table[$i] eq '*';
		return;
	}
	return 1;
}

# Rows that a document lacks, and keys of it that no row has.
sub differences {
	my ($rows, $keys) = @_;
	my @bad;

	for my $row (@$rows) {
		my ($section, $key) = @$row;
		next if grep { section_fits($section, $_) &&
		    exists $keys->{$_}{$key} } keys %$keys;
		push @bad, "[$section] $key is missing";
	}
	for my $written (sort keys %$keys) {
		next if !grep { section_fits($_->[0], $written) } @$rows;
		for my $key (sort keys %{$keys->{$written}}) {
			next if grep { $_->[1] eq $key &&
			    section_fits($_->[0], $written) } @$rows;
			push @bad, "[$written] $key is no key " .
			    "(line $keys->{$written}{$key})";
		}
	}
	return @bad;
}

# the test itself
my @rows = rows(<<'END');
	{ "log", "level", CONF_ENUM, offsetof(struct conf, log.level) },
	{ "log",
	    "to", CONF_ENUM },
	{ "queue.tls.*", "dane", CONF_ENUM, "optional" },
END
is(scalar @rows, 3, 'rows are read');
my $man = ".Sh KEYS\n.Ss [log]\n.It Ic level\n.It Ic to = Ar x\n" .
    ".Ss [queue.tls.ID]\n.It Cm dane\n";
is(join(',', differences(\@rows, man_keys($man))), '', 'a good page passes');
is(join(',', differences(\@rows, man_keys($man =~ s/level/lvl/r))),
    '[log] level is missing,[log] lvl is no key (line 3)',
    'a wrong key is found');
is(join(',', differences(\@rows, man_keys($man =~ s/\Q[log]/[lag]/r))),
    '[log] level is missing,[log] to is missing', 'a wrong section is found');
my $sample = "[log]\n#level = 1\nto = \"x\"\n[queue.tls.default]\ndane = 1\n";
is(join(',', differences(\@rows, sample_keys($sample))), '',
    'a good sample passes');
is(join(',', differences(\@rows, sample_keys($sample =~ s/dane/dana/r))),
    '[queue.tls.*] dane is missing,[queue.tls.default] dana is no key (line 5)',
    'a wrong sample is found');

my $table = 'share/conf/conf_table.c';
SKIP: {
	skip "$table is not there yet", 1 if !-f top() . "/$table";
	@rows = rows(text($table));
	cmp_ok(scalar @rows, '>', 0, "$table has rows");
	my %documents = (
		'tlsherald.toml.5' => \&man_keys,
		'tlsherald.toml' => \&sample_keys,
	);
	for my $name (sort keys %documents) {
		my ($file) = files(qr{/\Q$name\E$}, qw(share milter man));
		ok(defined $file, "$name is in the tree") or next;
		my @bad = differences(\@rows, $documents{$name}->(text($file)));
		is(join("\n", @bad), '', "$file names every key of the table");
	}
}
done_testing();
