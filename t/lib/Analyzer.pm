# Analyzer - tlsherald-analyzer in a folder of its own, and what it prints
#
# No network, no root. new(TEXT) makes a folder with a config whose state
# directory is in it, TEXT follows. Everything goes with the object.
package Analyzer;
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Temp qw(tempdir);
use JSON::PP;

sub new {
	my ($class, $text) = @_;
	my $build = abs_path($ENV{BUILDDIR} // getcwd());
	my $dir = tempdir('tlsherald-XXXXXX', TMPDIR => 1, CLEANUP => 1);
	my $self = bless { dir => $dir,
	    program => "$build/analyzer/tlsherald-analyzer" }, $class;

	die "$self->{program} is not built\n" unless -x $self->{program};
	chmod(0755, $dir);
	$self->configure($text // '');
	return $self;
}

# Writes the config anew.
sub configure {
	my ($self, $text) = @_;

	write_file("$self->{dir}/tlsherald.toml",
	    "[server]\nstate-dir = \"$self->{dir}/state\"\n$text");
	return;
}

sub write_file {
	my ($path, $content) = @_;

	open my $out, '>:raw', $path or die "$path: $!\n";
	print $out $content or die "$path: $!\n";
	close $out or die "$path: $!\n";
	return;
}

sub dir {
	my ($self) = @_;
	return $self->{dir};
}

# Makes a Maildir below the folder; mails is a list of [name, content].
sub maildir {
	my ($self, $name, @mails) = @_;
	my $path = "$self->{dir}/$name";

	mkdir($path) or die "$path: $!\n";
	mkdir("$path/$_") or die "$path/$_: $!\n" for qw(new cur tmp);
	my $n = 0;
	write_file("$path/" . ($n++ % 2 ? "cur/$_->[0]:2,S" : "new/$_->[0]"),
	    $_->[1]) for @mails;
	return $path;
}

# The words of a command line.
sub words {
	my ($self, @args) = @_;
	return ($self->{program}, '-c', "$self->{dir}/tlsherald.toml", @args);
}

# Runs a command, { input => FILE }; gives status, output, errors.
sub run {
	my ($self, @args) = @_;
	my $how = ref $args[0] ? shift @args : {};
	my ($out, $err) = ("$self->{dir}/out", "$self->{dir}/err");
	my $pid = fork() // die "fork: $!\n";

	if ($pid == 0) {
		open STDIN, '<', $how->{input} // '/dev/null' or die;
		open STDOUT, '>', $out or die;
		open STDERR, '>', $err or die;
		$how->{child}->() if $how->{child};
		exec($self->words(@args)) or die;
	}
	$how->{watch}->($pid) if $how->{watch};
	waitpid($pid, 0);
	my $status = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
	return ($status, slurp($out), slurp($err));
}

sub slurp {
	my ($path) = @_;

	open my $in, '<:raw', $path or die "$path: $!\n";
	local $/;
	my $text = <$in>;
	return $text // '';
}

# Runs ingest --json; gives status, { place => line }, totals, errors.
sub ingest {
	my ($self, @args) = @_;
	my $how = ref $args[0] ? shift @args : {};
	my ($status, $out, $err) = $self->run($how, 'ingest', '--json', @args);
	my (%line, $totals);

	for (map { decode_json($_) } split /\n/, $out) {
		if ($_->{totals}) {
			$totals = $_->{totals};
		} else {
			$line{$_->{source} =~ s{.*/}{}r} = $_;
		}
	}
	return ($status, \%line, $totals, $err);
}

1;
