# What Mail::DKIM says of a mail, and mails that it signs.
#
#	mail_dkim.pl verify KEYS MAIL		"SELECTOR RESULT" per signature
#	mail_dkim.pl sign MAIL HEADER/BODY KEYFILE	the signature field
#
# KEYS has lines "NAME RECORD".
use strict;
use warnings;
use Mail::DKIM::DNS;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

# A resolver that knows the records of a file.
package Records;

sub new {
	my ($class, $file) = @_;
	my %record;

	open(my $fh, '<', $file) or die "$file: $!\n";
	while (<$fh>) {
		chomp;
		my ($name, $text) = split(/ /, $_, 2);
		$record{$name} = $text;
	}
	return bless { record => \%record }, $class;
}

sub send {
	my ($self, $name, $type) = @_;
	my $packet = Net::DNS::Packet->new($name, $type);
	my $text = $self->{record}{$name};

	$packet->push(answer => Net::DNS::RR->new(name => $name, type => 'TXT',
	    txtdata => [$text =~ /(.{1,255})/g])) if defined $text;
	return $packet;
}

sub query { my $self = shift; return $self->send(@_) }
sub errorstring { return '' }

package main;

sub feed {
	my ($dkim, $file) = @_;

	open(my $fh, '<:raw', $file) or die "$file: $!\n";
	local $/;
	$dkim->PRINT(scalar <$fh>);
	$dkim->CLOSE;
}

my ($what, @arg) = @ARGV;
if ($what eq 'verify') {
	Mail::DKIM::DNS::resolver(Records->new($arg[0]));
	my $dkim = Mail::DKIM::Verifier->new;
	feed($dkim, $arg[1]);
	print $_->selector . ' ' . $_->result_detail . "\n"
	    for $dkim->signatures;
} else {
	my $dkim = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256',
	    Method => $arg[1], Domain => 'example.org', Selector => 'other',
	    KeyFile => $arg[2]);
	feed($dkim, $arg[0]);
	print $dkim->signature->as_string . "\r\n";
}
