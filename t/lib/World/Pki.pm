# World::Pki - the private certificate authority and its certificates
#
# Certificates are asked for with add() and made together by make(), in one
# run of a shell inside the root.  All of them use the key 'leaf' unless told
# otherwise, so a TLSA record of the key matches every certificate.
package World::Pki;
use strict;
use warnings;
use Digest::SHA qw(sha256_hex sha512_hex);
use MIME::Base64 qw(decode_base64);
use World::Proc;

# VIEW is the World::Root to run openssl in; files are kept in its /run/pki.
sub new {
	my ($class, $view) = @_;
	my $self = bless { view => $view, todo => [] }, $class;

	mkdir($self->path(''), 0755);
	$view->sh(<<'END');
cd /run/pki
for key in ca leaf other; do
	openssl ecparam -name prime256v1 -genkey -noout -out $key.key
	chmod 644 $key.key
	openssl pkey -in $key.key -pubout -outform DER -out $key.spki
done
openssl req -x509 -new -key ca.key -subj '/CN=Test World CA' -days 30 \
	-addext basicConstraints=critical,CA:TRUE -out ca.pem 2>&1
: >index.txt
cat >ca.conf <<'EOT'
[ca]
default_ca = c
[c]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = p
unique_subject = no
copy_extensions = copy
[p]
commonName = optional
EOT
END
	return $self;
}

# The host's path of a file of ours.
sub path {
	my ($self, $file) = @_;

	return $self->{view}->path("/run/pki/$file");
}

# Asks for the certificate FILE.pem (and FILE.key beside it).
#	cn	common name
#	san	list of DNS names; none: a certificate without SAN
#	self	signed by its own key instead of the CA
#	expired	validity ended in 2020
#	key	leaf (default) or other
sub add {
	my ($self, $file, %arg) = @_;
	my $key = $arg{key} // 'leaf';
	my @san = @{$arg{san} // []};
	my $ext = @san ? '-addext subjectAltName=' .
	    join(',', map { "DNS:$_" } @san) : '';
	my $from = $arg{self} ? '' : '-CA ca.pem -CAkey ca.key';
	my $new = "openssl req -new -key $key.key -subj '/CN=$arg{cn}' $ext";

	push(@{$self->{todo}}, $arg{expired} ?
	    "$new -out $file.csr && openssl ca -batch -notext " .
	    "-config ca.conf -cert ca.pem -keyfile ca.key -in $file.csr " .
	    "-startdate 20200101000000Z -enddate 20200201000000Z " .
	    "-out $file.pem 2>&1" :
	    "$new -x509 -days 30 $from -out $file.pem 2>&1",
	    "ln -f $key.key $file.key");
}

# Makes everything that was asked for since the last call.
sub make {
	my ($self) = @_;
	my $todo = $self->{todo};

	return unless @$todo;
	$self->{view}->sh(join("\n", 'cd /run/pki', @$todo));
	$self->{todo} = [];
}

# The data of a TLSA record 3 1 1 for the key named.
sub tlsa {
	my ($self, $key) = @_;

	return $self->tlsa_data(3, 1, 1, $key);
}

# The data of any TLSA record. NAME is a certificate for selector 0 (of those
# made already), else a key.
sub tlsa_data {
	my ($self, $usage, $selector, $type, $name) = @_;
	my @hash = (sub { unpack('H*', $_[0]) }, \&sha256_hex, \&sha512_hex);
	my $data = World::Proc::slurp($self->path($name .
	    ($selector ? '.spki' : '.pem')));

	$data = decode_base64($data =~ s/^-.*\n//mgr) unless $selector;
	return "$usage $selector $type " . $hash[$type]->($data);
}

1;
