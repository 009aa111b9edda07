# World::Root - one mounted view of a root: read-only, with own folders on top
#
# The root itself is shared and never written.  What a server must write
# (/run, /etc/postfix, its spool, ...) is a folder of the world's run
# directory, filled from the root's own copy and mounted over it.
package World::Root;
use strict;
use warnings;
use File::Path qw(make_path);
use World::Proc;

# Mounts ROOT at AT.  OWN is the directory of the host that holds the view's
# own folders, WRITABLE the folders of the root that become the view's own,
# each starting as a copy of the root's.  /run is always own and empty.
sub new {
	my ($class, %arg) = @_;
	my $self = bless { %arg }, $class;

	make_path($self->{at}, "$self->{own}/run");
	World::Proc::run('mount', '--bind', $self->{root}, $self->{at});
	World::Proc::run('mount', '-o', 'remount,bind,ro', $self->{at});
	World::Proc::run('mount', '--rbind', '/dev', "$self->{at}/dev");
	World::Proc::run('mount', '-t', 'proc', 'proc', "$self->{at}/proc");
	World::Proc::run('mount', '--bind', "$self->{own}/run",
	    "$self->{at}/run");
	$self->own_copy($_) for @{$self->{writable} // []}, '/tmp';
	$self->bind_file($self->{resolv}, '/etc/resolv.conf');
	return $self;
}

# Makes DIR of the root the view's own, starting as a copy.
sub own_copy {
	my ($self, $dir) = @_;
	my $copy = $self->{own} . $dir;

	if (!-d $copy) {
		make_path($copy =~ s{/[^/]*\z}{}r);
		World::Proc::run('cp', '-a', $self->{root} . $dir, $copy);
	}
	World::Proc::run('mount', '--bind', $copy, $self->{at} . $dir);
}

# Shows the host's FILE at PATH of the view, which must exist in the root.
sub bind_file {
	my ($self, $file, $path) = @_;

	World::Proc::run('mount', '--bind', $file, $self->{at} . $path);
}

# The host's name of a path of the view.
sub path {
	my ($self, $path) = @_;

	return $self->{at} . $path;
}

# Runs a command in the root; returns what it printed, dies when it fails.
sub run {
	my ($self, @command) = @_;

	return World::Proc::run('chroot', $self->{at}, @command);
}

# Runs shell text in the root.
sub sh {
	my ($self, $text) = @_;

	return $self->run('sh', '-ec', $text);
}

# Starts a command that stays in the foreground; returns a World::Proc.
sub spawn {
	my ($self, %arg) = @_;

	$arg{command} = ['chroot', $self->{at}, @{$arg{command}}];
	return World::Proc->spawn(%arg);
}

1;
