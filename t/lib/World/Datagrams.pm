# World::Datagrams - a collector's socket in the sender's jail that only listens
#
# What Postfix with libtlsrpt tells a collector, read raw.  The socket lies
# where Postfix looks for it by default, below its queue directory.
package World::Datagrams;
use strict;
use warnings;
use File::Path qw(make_path);
use IO::Select;
use JSON::PP;
use Socket qw(AF_UNIX SOCK_DGRAM MSG_DONTWAIT pack_sockaddr_un);
use World::Proc;

# Within the jail, and main.cf's lines for it.
my $path = '/run/tlsrpt/tlsrpt.sock';
our $main = "smtp_tlsrpt_enable = yes\n" .
    'smtp_tlsrpt_socket_name = ' . substr($path, 1) . "\n";

# Binds the socket for the sender given.  How many datagrams may wait in a new
# network namespace is the kernel's old default, 10; a round brings more.
sub new {
	my ($class, $sender) = @_;
	my $file = $sender->view->path("/var/spool/postfix$path");
	my $self = bless { data => [] }, $class;

	open(my $fh, '>', '/proc/sys/net/unix/max_dgram_qlen') or
	    die "max_dgram_qlen: $!\n";
	print $fh "512\n";
	close($fh) or die "max_dgram_qlen: $!\n";
	make_path($file =~ s{/[^/]*\z}{}r);
	socket($self->{socket}, AF_UNIX, SOCK_DGRAM, 0) or
	    die "socket: $!\n";
	bind($self->{socket}, pack_sockaddr_un($file)) or die "$file: $!\n";
	chmod(0666, $file) or die "$file: $!\n";
	return $self;
}

# Every datagram that came so far, a list of octet strings in their order.
sub raw {
	my ($self) = @_;

	while (IO::Select->new($self->{socket})->can_read(0)) {
		recv($self->{socket}, my $data, 1 << 18, MSG_DONTWAIT) //
		    die "recv: $!\n";
		push(@{$self->{data}}, $data);
	}
	return @{$self->{data}};
}

# The same decoded, those of one domain.
sub of {
	my ($self, $domain) = @_;

	return grep { $_->{d} eq $domain }
	    map { JSON::PP->new->latin1->decode($_) } $self->raw;
}

# Waits for COUNT datagrams of a domain; returns those that came.
sub await {
	my ($self, $domain, $count, $seconds) = @_;

	World::Proc::wait_until($seconds // 10, sub {
		$self->of($domain) >= $count });
	return $self->of($domain);
}

1;
