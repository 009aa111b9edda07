# World::Web - the HTTPS host of MTA-STS policies, a real nginx
package World::Web;
use strict;
use warnings;
use IO::Socket::INET;
use World::Proc;

our $address = '127.0.3.1';

# VIEW is the World::Root that has nginx, PKI the World::Pki.
sub new {
	my ($class, $view, $pki) = @_;

	mkdir($view->path('/run/web'), 0755);
	return bless { view => $view, pki => $pki, site => {} }, $class;
}

# Says what https://HOST/.well-known/mta-sts.txt is; publish() makes it so.
#	body	text of the policy, served as text/plain
#	type	another media type
#	status	another status instead of the body, with
#	to	the place that a redirect names
#	cert	name of a certificate in the PKI
#	location  nginx's own words for what is done there, instead of all
#		that but cert
#	whole	nginx's words for what is done with all of the host, likewise
sub site {
	my ($self, $host, %arg) = @_;

	$self->{site}{$host} = { cert => 'web', %arg };
}

# Replaces the text of the policy at HOST, also while the server runs.
sub write {
	my ($self, $host, $body) = @_;

	$self->{site}{$host}{body} = $body;
	World::Proc::write_file($self->{view}->path("/run/web/$host.txt"),
	    $body);
}

sub site_text {
	my ($self, $host) = @_;
	my %site = %{$self->{site}{$host}};
	my $type = $site{type} // 'text/plain';
	my $to = $site{to} // '';
	my $where = 'location ' . ($site{whole} ? '/' :
	    '= /.well-known/mta-sts.txt');
	my $do = $site{whole} // $site{location} // ($site{status} ?
	    "return $site{status} $to;" :
	    "alias /run/web/$host.txt; default_type $type; types { }");

	$self->write($host, $site{body} // '');
	return <<END;
server {
	listen $address:443 ssl;
	server_name $host;
	ssl_certificate /run/pki/$site{cert}.pem;
	ssl_certificate_key /run/pki/$site{cert}.key;
	$where { $do }
}
END
}

# Writes the configuration; a running server takes it over at once.
sub publish {
	my ($self) = @_;
	my $sites = join('', map { $self->site_text($_) }
	    sort keys %{$self->{site}});

	$self->{pki}->make;
	World::Proc::write_file($self->{view}->path('/run/web/nginx.conf'),
	    <<END);
daemon off;
worker_processes 1;
pid /run/web/nginx.pid;
error_log /run/web/error.log;
events { worker_connections 512; }
http {
	log_format w '\$msec \$host \$status \$ssl_server_name';
	access_log /run/web/access.log w;
	client_body_temp_path /tmp/web1;
	proxy_temp_path /tmp/web2;
	fastcgi_temp_path /tmp/web3;
	uwsgi_temp_path /tmp/web4;
	scgi_temp_path /tmp/web5;
	server_names_hash_bucket_size 128;
	ssl_protocols TLSv1.2 TLSv1.3;
$sites}
END
	$self->restart if $self->{proc};
}

sub start {
	my ($self) = @_;

	$self->publish unless -e $self->{view}->path('/run/web/nginx.conf');
	$self->{proc} = $self->{view}->spawn(
	    command => ['nginx', '-c', '/run/web/nginx.conf'],
	    log => $self->{view}->path('/run/web/nginx.log'));
	World::Proc::wait_until(10, sub {
		die "nginx ended: " . World::Proc::slurp(
		    $self->{view}->path('/run/web/nginx.log'))
		    unless $self->{proc}->alive;
		IO::Socket::INET->new(PeerAddr => $address, PeerPort => 443);
	}) or die "nginx does not answer\n";
}

sub stop {
	my ($self) = @_;

	$self->{proc}->stop if $self->{proc};
	$self->{proc} = undef;
}

sub restart {
	my ($self) = @_;

	$self->stop;
	$self->start;
}

# Number of requests that reached HOST with the status given (200).
sub requests {
	my ($self, $host, $status) = @_;
	my $log = World::Proc::slurp(
	    $self->{view}->path('/run/web/access.log'));
	my $with = $status // 200;
	my @hit = $log =~ /^\S+ \Q$host\E $with /mg;

	return scalar(@hit);
}

1;
