# World::Rua - servers that take reports by HTTPS, each as it is told to answer
#
# nginx speaks TLS with a certificate of the kind asked for and hands everything
# to one small HTTP server of ours behind it, which keeps what came and answers
# as the host's list says: the next status of it for each request, the last one
# again and again.
package World::Rua;
use strict;
use warnings;
use File::Path qw(make_path);
use IO::Socket::INET;
use World::Proc;

my $port = 8080;
my %word = (200 => 'OK', 201 => 'Created', 204 => 'No Content',
    301 => 'Moved Permanently', 302 => 'Found', 404 => 'Not Found',
    413 => 'Too Large', 429 => 'Too Many Requests',
    500 => 'Internal Server Error', 503 => 'Service Unavailable');

# The server behind, in the world given, which was not started yet.
sub new {
	my ($class, $world) = @_;
	my $self = bless { world => $world, dir => "$world->{run}/rua" },
	    $class;

	make_path($self->{dir});
	my $listen = IO::Socket::INET->new(Listen => 64, ReuseAddr => 1,
	    LocalAddr => $World::Web::address, LocalPort => $port) or
	    die "port $port: $!\n";
	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0) {
		$self->serve($listen);
		POSIX::_exit(0);
	}
	return $self;
}

# A host that takes reports: its name, below one of the world's zones, the kind
# of its certificate (good, self, wrong or expired) and the statuses it answers;
# 'hang' is none at all, 'to' where a redirect leads.  World::publish() puts it
# into service.  Returns the URI of its reports.
sub host {
	my ($self, $name, %arg) = @_;
	my ($pki, $web) = ($self->{world}{pki}, $self->{world}{web});
	my $kind = $arg{cert} // 'good';
	my $san = $kind eq 'wrong' ? 'other.test' : $name;

	$pki->add("rua-$name", cn => $san, san => [$san],
	    $kind eq 'self' || $kind eq 'expired' ? ($kind => 1) : ());
	$web->site($name, cert => "rua-$name",
	    whole => "proxy_pass http://$World::Web::address:$port; " .
	    'proxy_set_header Host $host; proxy_read_timeout 600s; ' .
	    'client_max_body_size 100m;');
	$self->answers($name, @{$arg{answers} // [200]});
	World::Proc::write_file("$self->{dir}/$name.to", $arg{to} // '');
	return "https://$name/reports";
}

# Says what a host answers from now on.
sub answers {
	my ($self, $name, @status) = @_;

	World::Proc::write_file("$self->{dir}/$name.plan",
	    join("\n", @status) . "\n");
}

# Takes the next status of a host's list.
sub next_answer {
	my ($self, $name) = @_;
	my $file = "$self->{dir}/$name.plan";
	my ($first, @rest) = split(/\n/, World::Proc::slurp($file));

	$self->answers($name, @rest) if @rest;
	return $first;
}

sub serve {
	my ($self, $listen) = @_;
	my (@hanging, $n);

	while (my $client = $listen->accept) {
		my ($head, $body) = read_request($client) or next;
		my ($host) = $head =~ /^Host: *([\w.-]+)/mi or next;
		my $status = eval { $self->next_answer($host) } // 404;
		my $file = sprintf('%s/%06d', $self->{dir}, ++$n);

		World::Proc::write_file("$file.body", $body);
		World::Proc::write_file("$file.head", "$host $status\n$head");
		# who hangs keeps its connection for ever
		push(@hanging, $client), next if $status eq 'hang';
		my $to = World::Proc::slurp("$self->{dir}/$host.to");
		print $client "HTTP/1.1 $status $word{$status}\r\n" .
		    ($to ne '' ? "Location: $to\r\n" : '') .
		    "Content-Length: 0\r\nConnection: close\r\n\r\n";
		close($client);
	}
}

# Header and body of a request, or nothing.
sub read_request {
	my ($client) = @_;
	my $text = '';

	while ($text !~ /\r\n\r\n/) {
		sysread($client, $text, 65536, length($text)) or return;
	}
	my ($head, $body) = $text =~ /\A(.*?\r\n)\r\n(.*)\z/s;
	my ($size) = $head =~ /^Content-Length: *(\d+)/mi;
	while (length($body) < ($size // 0)) {
		sysread($client, $body, 65536, length($body)) or return;
	}
	return ($head, $body);
}

# What came for a host so far, a list of hashes in their order: status (as it
# was answered), head (text) and body.
sub requests {
	my ($self, $name) = @_;
	my @found;

	for my $file (sort glob("$self->{dir}/*.head")) {
		my ($host, $status, $head) = World::Proc::slurp($file) =~
		    /\A(\S+) (\S+)\n(.*)\z/s;
		push(@found, { status => $status, head => $head =~ s/\r//gr,
		    body => World::Proc::slurp($file =~ s/head\z/body/r) })
		    if $host eq $name;
	}
	return @found;
}

# Waits until COUNT requests came for a host; returns them.
sub await {
	my ($self, $name, $count, $seconds) = @_;

	World::Proc::wait_until($seconds // 20, sub {
		$self->requests($name) >= $count }) or
	    die "no $count requests for $name\n";
	return $self->requests($name);
}

1;
