# World::Roots - Debian roots for the test world, made by mmdebstrap
#
# A root is made once, below the build directory, and kept until its recipe
# (suite, package list, this file's version) changes.  Worlds mount it
# read-only, so any number of them share one.  Sources are the roots' own;
# nothing of the host's apt configuration is read or written here.
package World::Roots;
use strict;
use warnings;
use Fcntl qw(:flock);
use File::Path qw(make_path);

my $version = 1;		# raise when the way roots are made changes
my $mirror = 'http://deb.debian.org/debian';
my $security = 'http://deb.debian.org/debian-security';

# One line a root: its name, suite, further suites, packages.
my %recipe = (
	bookworm => [ 'bookworm', [],
	    [qw(postfix ca-certificates nsd unbound ldnsutils
	    nginx-light openssl)] ],
	backports => [ 'bookworm', ['bookworm-backports'],
	    [qw(postfix/bookworm-backports ca-certificates)] ],
	# Postfix 3.10 with libtlsrpt
	trixie => [ 'trixie', [], [qw(postfix ca-certificates)] ],
	'sendmail-8.17' => [ 'bookworm', [],
	    [qw(sendmail-bin sendmail-cf m4 ca-certificates)] ],
	'sendmail-8.18' => [ 'bookworm', ['bookworm-backports'],
	    [qw(sendmail-bin/bookworm-backports sendmail-cf/bookworm-backports
	    sendmail-base/bookworm-backports m4 ca-certificates)] ],
	# what others verify DKIM signatures with, and openssl for keys
	verifiers => [ 'bookworm', [],
	    [qw(opendkim python3-dkim python3-nacl libmail-dkim-perl
	    openssl)] ],
	rspamd => [ 'bookworm', [], [qw(rspamd)] ],
);

# Names of all roots that the world knows.
sub names {
	return sort keys %recipe;
}

sub sources {
	my ($suite, $more) = @_;

	return ("deb $mirror $suite main", "deb $security $suite-security main",
	    map { "deb $mirror $_ main" } @$more);
}

sub stamp_text {
	my ($name) = @_;
	my ($suite, $more, $packages) = @{$recipe{$name}};

	return join("\n", $version, sources($suite, $more), @$packages) . "\n";
}

sub slurp {
	my ($path) = @_;

	open(my $fh, '<', $path) or return '';
	local $/;
	return scalar <$fh>;
}

# What mmdebstrap is told of keys.  A Debian 12 whose keyring is older than a
# suite cannot verify it; the keyring of today's Debian 12 can, and is itself
# verified by the host's keys.  It is unpacked below DIR, not installed.
sub keyring {
	my ($dir, $suite) = @_;
	my $keys = 'usr/share/keyrings/debian-archive';
	my $ours = "$dir/keyring/$keys-keyring.gpg";

	return () if -e "/$keys-$suite-stable.gpg";
	if (!-e "$dir/keyring/$keys-$suite-stable.gpg") {
		system('rm', '-rf', '--one-file-system', "$dir/keyring");
		system('sh', '-c', 'exec "$@" >"$0" 2>&1', "$dir/keyring.log",
		    'mmdebstrap', '--mode=root', '--variant=extract',
		    '--include=debian-archive-keyring', 'bookworm',
		    "$dir/keyring", sources('bookworm',
		    ['bookworm-updates'])) == 0 && -e $ours or
		    die "cannot get the keys of $suite: see " .
		    "$dir/keyring.log\n";
	}
	return ("--keyring=$ours");
}

# Starts mmdebstrap for one root; returns its process id.
sub start_one {
	my ($dir, $name) = @_;
	my ($suite, $more, $packages) = @{$recipe{$name}};
	my @keys = keyring($dir, $suite);

	my $pid = fork() // die "fork: $!\n";
	return $pid if $pid;
	open(STDIN, '<', '/dev/null');
	open(STDOUT, '>', "$dir/$name.log") or die "$dir/$name.log: $!\n";
	open(STDERR, '>&', \*STDOUT);
	# Sendmail's scripts stop every process of that name that they see.
	exec(qw(unshare --pid --fork --kill-child),
	    'mmdebstrap', '--mode=root', '--variant=essential', @keys,
	    '--include=' . join(',', @$packages),
	    '--dpkgopt=force-unsafe-io',
	    '--dpkgopt=path-exclude=/usr/share/doc/*',
	    '--dpkgopt=path-exclude=/usr/share/man/*',
	    '--dpkgopt=path-exclude=/usr/share/locale/*',
	    $suite, "$dir/$name.new", sources($suite, $more));
	die "mmdebstrap: $!\n";
}

sub failed {
	my ($dir, $name) = @_;
	my @log = split(/\n/, slurp("$dir/$name.log"));

	splice(@log, 0, @log - 15) if @log > 15;
	return join("\n", "cannot make the root '$name' (suites " .
	    join(', ', $recipe{$name}[0], @{$recipe{$name}[1]}) .
	    ", packages @{$recipe{$name}[2]}); the end of $dir/$name.log:",
	    @log) . "\n";
}

# Makes the named roots below DIR where they are missing or out of date, all
# at once; dies naming root, suites and packages when one can't be had.
# NOTE is called with one line of text before the work begins.
sub make {
	my ($dir, $note, @names) = @_;

	make_path($dir);
	open(my $lock, '>', "$dir/lock") or die "$dir/lock: $!\n";
	flock($lock, LOCK_EX) or die "$dir/lock: $!\n";
	my (%pid, %seen);
	# a world whose sender's root is the common one names it twice
	for my $name (grep { !$seen{$_}++ } @names) {
		die "no root is called '$name'\n" unless $recipe{$name};
		next if slurp("$dir/$name.stamp") eq stamp_text($name);
		$note->("making the root '$name' with mmdebstrap " .
		    "(once; about a minute)");
		unlink("$dir/$name.stamp");
		system('rm', '-rf', '--one-file-system', "$dir/$name",
		    "$dir/$name.new");
		$pid{$name} = start_one($dir, $name);
	}
	my $trouble = '';
	for my $name (sort keys %pid) {
		waitpid($pid{$name}, 0);
		if ($? != 0) {
			$trouble .= failed($dir, $name);
			next;
		}
		rename("$dir/$name.new", "$dir/$name") or
		    die "$dir/$name: $!\n";
		open(my $fh, '>', "$dir/$name.stamp") or
		    die "$dir/$name.stamp: $!\n";
		print $fh stamp_text($name);
		close($fh) or die "$dir/$name.stamp: $!\n";
	}
	die $trouble if $trouble ne '';
}

1;
