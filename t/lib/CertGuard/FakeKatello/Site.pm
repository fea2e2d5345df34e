# What a Katello knows: organizations, lifecycle environments, content views, hosts, repositories and
# users, with numbers for all of them, from one small description:
#
#   {
#       organizations => {ACME => 'ACME Corp'},          # label => name; the first is the default
#       environments => {                                # content view environment => repositories
#           'Library' => ['acme/prod/busybox'],
#           'Dev/web' => ['acme/dev/web/prod/nginx', 'acme/dev/web/prod/redis'],
#           'OTHER:Prod/db' => [],                       # of another organization
#       },
#       public => ['Prod'],       # lifecycle environments that anybody may pull from
#       hosts => {                # subscription UUID => environments in the host's order, or a hash:
#           '5f1a0c7e-…' => ['Dev/web'],
#           '77aa22bb-…' => {environments => [], organization => 'OTHER', name => 'db.example.com',
#                            state => 'deleted'},     # deleted | twice (two rows) | no_content
#       },
#       users => {                # login => password, or a hash
#           certguard => {password => 'token', permissions => ['view_hosts', ...],
#                         organizations => ['ACME']},
#       },
#   }
#
# A repository may also be a hash: {path => 'ACME/Dev/web/custom/x', type => 'yum'}.
package CertGuard::FakeKatello::Site;

use strict;
use warnings;

use constant READER => [qw(view_hosts view_content_views view_lifecycle_environments view_products
        view_organizations)];

sub new {
    my ($class, $description) = @_;
    my $self = bless {%$description}, $class;
    $self->number_organizations;
    $self->number_environments;
    $self->number_hosts;
    for my $user (values %{$self->{users}}) {
        $user = {password => $user} unless ref $user;
        $user->{permissions} //= READER;
    }
    return $self;
}

sub number_organizations {
    my ($self) = @_;
    my $names = $self->{organizations} //= {ACME => 'ACME Corp'};
    my $id = 3;
    $self->{organization} =
        {map { $_ => {id => $id++, label => $_, name => $names->{$_}} } sort keys %$names};
    ($self->{default_organization}) = sort keys %$names;
}

# Ids are handed out in the order of the labels, so the same description has the same ids.
sub number_environments {
    my ($self) = @_;
    my %public = map { $_ => 1 } @{$self->{public} // []};
    my (%lifecycle, %view);
    my ($lifecycle_id, $view_id, $environment_id, $repository_id) = (5, 7, 12, 301);
    for my $key (sort keys %{$self->{environments}}) {
        my ($organization, $label) = $self->split_key($key);
        my ($lifecycle_label, $view_label) = split m{/}, $label, 2;
        my $lifecycle = $lifecycle{"$organization:$lifecycle_label"} //= {
            id => $lifecycle_id++, label => $lifecycle_label, name => $lifecycle_label,
            library => $lifecycle_label eq 'Library' ? 1 : 0, public => $public{$lifecycle_label},
            organization => $self->{organization}{$organization},
        };
        my $view = $view{"$organization:" . ($view_label // '')} //= {
            id => $view_id++,
            label => $view_label // 'Default_Organization_View',
            name => defined $view_label ? ucfirst $view_label : 'Default Organization View',
            default => defined $view_label ? 0 : 1,
        };
        my $environment = $self->{environment}{$key} = {
            id => $environment_id, version_id => 100 + $environment_id, key => $key,
            label => $label, lifecycle => $lifecycle, view => $view,
            organization => $self->{organization}{$organization},
        };
        $environment_id++;
        for my $repository (@{$self->{environments}{$key}}) {
            my %row = ref $repository ? %$repository : (name => $repository, type => 'docker');
            push @{$environment->{repositories}},
                {%row, id => $repository_id++, environment => $environment};
        }
    }
}

sub split_key {
    my ($self, $key) = @_;
    return $key =~ /\A([^:]+):(.*)\z/ ? ($1, $2) : ($self->{default_organization}, $key);
}

sub number_hosts {
    my ($self) = @_;
    my $id = 41;
    for my $uuid (sort keys %{$self->{hosts}}) {
        my $given = $self->{hosts}{$uuid};
        my %host = ref $given eq 'ARRAY' ? (environments => $given) : %$given;
        my @keys = @{$host{environments} // []};
        my ($organization) = @keys ? $self->split_key($keys[0]) : $self->{default_organization};
        $self->{host}{$uuid} = {
            %host,
            id => $id, uuid => $uuid, name => $host{name} // "host$id.example.com",
            state => $host{state} // 'registered',
            organization => $self->{organization}{$host{organization} // $organization},
            environments =>
                [map { $self->{environment}{$_} // die "no environment $_\n" } @keys],
        };
        $id++;
    }
}

sub organizations { return sort { $a->{id} <=> $b->{id} } values %{$_[0]{organization}} }

sub environments { return sort { $a->{id} <=> $b->{id} } values %{$_[0]{environment}} }

# Rows of the hosts table that have this subscription UUID.
sub hosts_with {
    my ($self, $uuid) = @_;
    my $host = $self->{host}{lc $uuid} or return;
    return if $host->{state} eq 'deleted';
    return $host->{state} eq 'twice' ? ($host, {%$host, id => $host->{id} + 1000}) : $host;
}

sub host_by {
    my ($self, $id) = @_;
    my ($host) = grep { $_->{state} ne 'deleted' && ($_->{id} eq $id || $_->{name} eq $id) }
        values %{$self->{host}};
    return $host;
}

sub was_deleted {
    my ($self, $uuid) = @_;
    return ($self->{host}{lc $uuid} // {state => ''})->{state} eq 'deleted';
}

sub hosts { return grep { $_->{state} ne 'deleted' } map { $_[0]{host}{$_} } sort keys %{$_[0]{host}} }

sub images {
    my ($environment) = @_;
    return grep { $_->{type} eq 'docker' } @{$environment->{repositories} // []};
}

# Names of containers, of all environments or of those that FILTER lets through.
sub names {
    my ($self, $filter) = @_;
    return map { $_->{name} } map { images($_) } grep { !$filter || $filter->($_) }
        $self->environments;
}

sub public_names {
    my ($self) = @_;
    return $self->names(sub { $_[0]{lifecycle}{public} });
}

sub host_names {
    my ($self, $host) = @_;
    my %seen;
    return grep { !$seen{$_}++ } map { $_->{name} } map { images($_) } @{$host->{environments}};
}

# The environments that have a container of this name.
sub environments_of {
    my ($self, $name) = @_;
    return grep { grep { $_->{name} eq $name } images($_) } $self->environments;
}

1;
