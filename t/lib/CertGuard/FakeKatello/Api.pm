# Foreman's and Katello's JSON APIs as a double gives them: hosts, content view environments,
# repositories, content view versions, organizations, lifecycle environments and a consumer. The
# shapes and which version has what: reference/katello.md 3.3 to 3.5.
package CertGuard::FakeKatello::Api;

use strict;
use warnings;

use JSON::PP ();
use List::Util qw(min);

use CertGuard::FakeKatello::Site;

my $json = JSON::PP->new->canonical->utf8;

# Stand where a real consumer has its private key, and where Foreman has the session of a login: must never be
# seen in a log or a cache.
use constant {KEY_CANARY => 'CANARY-PRIVATE-KEY-d41c07', SESSION_CANARY => 'CANARY-SESSION-5b90e2'};

my @routes = (
    [qr{\A/api/v2/hosts\z} => \&hosts, 'view_hosts'],
    [qr{\A/api/v2/hosts/([^/]+)\z} => \&host, 'view_hosts'],
    [qr{\A/katello/api/v2/repositories\z} => \&repositories],
    [qr{\A/katello/api/v2/content_view_environments\z} => \&content_view_environments],
    [qr{\A/katello/api/v2/content_view_versions\z} => \&content_view_versions],
    [qr{\A/katello/api/v2/organizations\z} => \&organizations, 'view_organizations'],
    [qr{\A/katello/api/v2/organizations/(\d+)\z} => \&organization, 'view_organizations'],
    [qr{\A/katello/api/v2(?:/organizations/(\d+))?/environments\z} => \&lifecycle_environments,
        'view_lifecycle_environments'],
);

# The answer to a request of a user, or undef when the path is no API's. KATELLO has site, version
# (as 4.15) and the switches numbers_as_strings and per_page_limit.
sub answer {
    my ($katello, $request, $user) = @_;
    for my $route (@routes) {
        my ($path, $method, $permission) = @$route;
        next unless $request->{path} =~ $path;
        my $id = $1;
        return denied($permission)
            if $permission && !grep { $_ eq $permission } @{$user->{permissions}};
        return $method->($katello, $request, $user, $id);
    }
    return undef;
}

sub is_api { return $_[0] =~ m{\A/(?:api|katello/api)/} }

sub document {
    my ($status, $value) = @_;
    return {
        status => $status,
        headers => [['Content-Type', 'application/json; charset=utf-8'],
            ['Set-Cookie', '_session_id=' . SESSION_CANARY . '; path=/; secure; HttpOnly; SameSite=Lax']],
        body => $json->encode($value),
    };
}

sub failed {
    my ($status, $message, %more) = @_;
    return document($status, {error => {message => $message, %more}});
}

sub denied {
    my ($permission) = @_;
    return failed(403, 'Access denied',
        details => "Missing one of the required permissions: $permission",
        missing_permissions => [$permission]);
}

sub at_least {
    my ($katello, $version) = @_;
    my ($major, $minor) = split /\./, $katello->{version};
    my ($wanted_major, $wanted_minor) = split /\./, $version;
    return $major > $wanted_major || ($major == $wanted_major && $minor >= $wanted_minor);
}

sub boolean { return $_[0] ? JSON::PP::true : JSON::PP::false }

# A page of ROWS in the envelope of a list. Foreman shows everything for per_page=all, Katello for
# full_result=true.
sub page {
    my ($katello, $request, $rows, %more) = @_;
    my $params = $request->{params};
    my $everything = ($params->{full_result} // '') =~ /\A(?:true|1)\z/;
    $everything ||= ($params->{per_page} // '') eq 'all';
    $everything &&= !$katello->{per_page_limit};
    my $per_page = ($params->{per_page} // '') =~ /\A(\d+)\z/ ? $1 : 20;
    $per_page = min($per_page, $katello->{per_page_limit}) if $katello->{per_page_limit};
    $per_page = @$rows || 1 if $everything;
    my $page = ($params->{page} // '') =~ /\A([1-9]\d*)\z/ ? $1 : 1;
    my $first = ($page - 1) * $per_page;
    my @shown = @{$rows}[$first .. min($first + $per_page, scalar @$rows) - 1];
    my %document = (
        total => scalar @$rows, subtotal => scalar @$rows, page => 0 + $page,
        per_page => 0 + $per_page, search => $params->{search},
        sort => {by => undef, order => undef}, %more,
        results => [map { ref $_ eq 'CODE' ? $_->() : $_ } @shown],
    );
    return document(200, $katello->{numbers_as_strings} ? in_strings(\%document) : \%document);
}

sub in_strings {
    my ($value) = @_;
    return [map { in_strings($_) } @$value] if ref $value eq 'ARRAY';
    return {map { $_ => in_strings($value->{$_}) } keys %$value} if ref $value eq 'HASH';
    return ref $value || !defined $value ? $value : "$value";
}

sub katello_page {
    my ($katello, $request, $rows, %more) = @_;
    return page($katello, $request, $rows, selectable => scalar @$rows, error => undef, %more);
}

sub sees {
    my ($user, $organization) = @_;
    return !$user->{organizations}
        || grep { $_ eq $organization->{label} } @{$user->{organizations}};
}

sub hosts {
    my ($katello, $request, $user) = @_;
    my $site = $katello->{site};
    my $search = $request->{params}{search} // '';
    my @hosts = grep { $_->{state} ne 'unregistered' } $site->hosts;
    my $total = grep { sees($user, $_->{organization}) } @hosts;
    if ($search =~ /\A\s*subscription_uuid\s*=\s*"?([^"\s]+)"?\s*\z/) {
        @hosts = $site->hosts_with($1);
    }
    elsif ($search =~ /\A\s*name\s*=\s*"?([^"\s]+)"?\s*\z/) {
        my $name = $1;
        @hosts = grep { $_->{name} eq $name } @hosts;
    }
    elsif ($search ne '') {
        return failed(400, "Field '$search' not recognized for searching!",
            class => 'ScopedSearch::QueryNotSupported');
    }
    my @rows = map { host_row($katello, $_) } grep { sees($user, $_->{organization}) } @hosts;
    return page($katello, $request, \@rows, total => $total);
}

sub host {
    my ($katello, $request, $user, $id) = @_;
    my $host = $katello->{site}->host_by($id);
    return failed(404, "Resource host not found by id '$id'")
        unless $host && sees($user, $host->{organization});
    return document(200, host_row($katello, $host));
}

sub host_row {
    my ($katello, $host) = @_;
    my %row = (
        id => $host->{id}, name => $host->{name}, ip => '192.0.2.' . $host->{id} % 256,
        organization_id => $host->{organization}{id},
        organization_name => $host->{organization}{name},
        location_id => 2, location_name => 'Default Location', enabled => boolean(1),
        subscription_facet_attributes => {
            id => $host->{id} - 1, uuid => $host->{uuid},
            last_checkin => '2026-05-04 03:02:01 UTC', registered_through => 'katello.example.com',
        },
    );
    $row{content_facet_attributes} = content_facet($katello, $host)
        unless $host->{state} eq 'no_content';
    return \%row;
}

sub content_facet {
    my ($katello, $host) = @_;
    my @environments = @{$host->{environments}};
    my $single = @environments == 1 ? $environments[0] : undef;
    my %facet = (
        id => $host->{id} - 2, uuid => $host->{uuid},
        content_source_id => 1, content_source_name => 'katello.example.com',
        content_view => $single && {
            id => $single->{view}{id}, name => $single->{view}{name}, composite => boolean(0),
            at_least($katello, '4.17') ? (rolling => boolean(0)) : (),
        },
        lifecycle_environment => $single
            && {id => $single->{lifecycle}{id}, name => $single->{lifecycle}{name}},
    );
    if (at_least($katello, '4.8')) {
        $facet{content_view_environments} =
            [map { host_environment($katello, $_) } @environments];
    }
    else {
        @facet{qw(content_view_id content_view_name)} = @{$single->{view}}{qw(id name)} if $single;
        @facet{qw(lifecycle_environment_id lifecycle_environment_name)} =
            @{$single->{lifecycle}}{qw(id name)} if $single;
    }
    if (at_least($katello, '4.15')) {
        $facet{content_view_environment_labels} = join ',', map { $_->{label} } @environments;
        $facet{multi_content_view_environment} = boolean(@environments > 1);
    }
    return \%facet;
}

sub host_environment {
    my ($katello, $environment) = @_;
    my ($view, $lifecycle) = @{$environment}{qw(view lifecycle)};
    my %view = (id => $view->{id}, name => $view->{name}, composite => boolean(0));
    my %lifecycle = (id => $lifecycle->{id}, name => $lifecycle->{name});
    my %row = (content_view => \%view, lifecycle_environment => \%lifecycle);
    if (at_least($katello, '4.14')) {
        @view{qw(content_view_version content_view_version_id)} =
            ('4.0', $environment->{version_id});
        $view{content_view_version_latest} = boolean(1);
        $view{content_view_default} = boolean($view->{default});
        $lifecycle{lifecycle_environment_library} = boolean($lifecycle->{library});
        $row{at_least($katello, '4.15') ? 'label' : 'candlepin_name'} = $environment->{label};
    }
    $view{rolling} = boolean(0) if at_least($katello, '4.17');
    $row{id} = $environment->{id} if at_least($katello, '4.18');
    if (at_least($katello, '4.20')) {
        $view{label} = $view->{label};
        $lifecycle{label} = $lifecycle->{label};
    }
    return \%row;
}

# As Katello: both ids select the repositories of that environment; the content view alone those of
# its Library; an id that there is not selects nothing.
sub repositories {
    my ($katello, $request, $user) = @_;
    my $params = $request->{params};
    if (defined $params->{search} && $params->{search} !~ /\A[\w ="]*\z/) {
        return katello_page($katello, $request, [], error => 'Invalid search query');
    }
    my @environments = grep { sees($user, $_->{organization}) } $katello->{site}->environments;
    if (defined $params->{content_view_id}) {
        @environments = grep { $_->{view}{id} eq $params->{content_view_id} } @environments;
        @environments = grep { $_->{lifecycle}{library} } @environments
            unless defined $params->{environment_id};
    }
    if (defined $params->{environment_id}) {
        @environments =
            grep { $_->{lifecycle}{id} eq $params->{environment_id} } @environments;
    }
    my @repositories = map { @{$_->{repositories} // []} } @environments;
    if (defined $params->{content_type}) {
        @repositories = grep { $_->{type} eq $params->{content_type} } @repositories;
    }
    my @rows = map { my $repository = $_; sub { repository_row($repository) } } @repositories;
    return katello_page($katello, $request, \@rows);
}

sub repository_row {
    my ($repository) = @_;
    my ($name, $environment) = @{$repository}{qw(name environment)};
    my ($organization, $view) = @{$environment}{qw(organization view)};
    my $is_image = $repository->{type} eq 'docker';
    my $path = $is_image ? $name : $repository->{path};
    my ($label) = $path =~ m{([^/]+)\z};
    return {
        id => $repository->{id}, name => $label, label => $label, description => undef,
        organization_id => $organization->{id}, organization => {%$organization},
        backend_identifier => "$organization->{id}-$environment->{id}-$repository->{id}",
        relative_path => $path, container_repository_name => $is_image ? $name : undef,
        full_path => ($is_image ? 'katello.example.com/' : 'https://katello.example.com/pulp/content/')
            . $path,
        library_instance_id => 1000 + $repository->{id}, content_type => $repository->{type},
        docker_upstream_name => $is_image ? "library/$label" : undef,
        product => {id => 9, cp_id => '100000000000009', name => 'Prod'},
        content_view => {id => $view->{id}, name => $view->{name}},
        content_view_version => {
            id => $environment->{version_id}, name => "$view->{name} 4.0",
            content_view_id => $view->{id},
        },
        environment => {map { $_ => $environment->{lifecycle}{$_} } qw(id name)},
    };
}

sub content_view_environments {
    my ($katello, $request, $user) = @_;
    return failed(404, 'Route not found') unless at_least($katello, '4.15');
    my @environments = $katello->{site}->environments;
    if (defined(my $id = $request->{params}{host_id})) {
        my $host = $katello->{site}->host_by($id);
        return failed(404, "Could not find host with id $id")
            unless $host && sees($user, $host->{organization});
        @environments = @{$host->{environments}};
    }
    return katello_page($katello, $request,
        [map { content_view_environment_row($_) } grep { sees($user, $_->{organization}) }
                @environments]);
}

sub content_view_environment_row {
    my ($environment) = @_;
    my ($view, $lifecycle) = @{$environment}{qw(view lifecycle)};
    my %lifecycle = ((map { $_ => $lifecycle->{$_} } qw(id name label)),
        library => boolean($lifecycle->{library}));
    return {
        id => $environment->{id}, name => $environment->{label}, label => $environment->{label},
        organization => {%{$environment->{organization}}},
        content_view => {(map { $_ => $view->{$_} } qw(id name label)),
            default => boolean($view->{default})},
        lifecycle_environment => \%lifecycle, environment => \%lifecycle,
        default => boolean($view->{default} && $lifecycle->{library}),
    };
}

sub content_view_versions {
    my ($katello, $request, $user) = @_;
    my $params = $request->{params};
    my @environments = grep {
        sees($user, $_->{organization})
            && (!defined $params->{content_view_id} || $_->{view}{id} eq $params->{content_view_id})
    } $katello->{site}->environments;
    return failed(404, "Could not find content view with id $params->{content_view_id}")
        if defined $params->{content_view_id} && !@environments;
    @environments = grep { $_->{lifecycle}{id} eq $params->{environment_id} } @environments
        if defined $params->{environment_id};
    return katello_page($katello, $request,
        [map { content_view_version_row($_) } @environments]);
}

sub content_view_version_row {
    my ($environment) = @_;
    my ($view, $lifecycle) = @{$environment}{qw(view lifecycle)};
    return {
        id => $environment->{version_id}, version => '4.0', name => "$view->{name} 4.0",
        content_view_id => $view->{id},
        content_view => {id => $view->{id}, name => $view->{name}, label => $view->{label}},
        default => boolean($view->{default}),
        environments => [{(map { $_ => $lifecycle->{$_} } qw(id name label))}],
        repositories => [map { {
            id => $_->{id}, name => $_->{name} // $_->{path}, label => $_->{name} // $_->{path},
            content_type => $_->{type}, library_instance_id => 1000 + $_->{id},
        } } @{$environment->{repositories} // []}],
    };
}

sub organizations {
    my ($katello, $request, $user) = @_;
    return katello_page($katello, $request,
        [map { {%$_, title => $_->{name}} } grep { sees($user, $_) }
                $katello->{site}->organizations]);
}

sub organization {
    my ($katello, $request, $user, $id) = @_;
    my ($found) = grep { $_->{id} eq $id && sees($user, $_) } $katello->{site}->organizations;
    return failed(404, "Couldn't find Organization with 'id'=$id") unless $found;
    return document(200, {%$found, title => $found->{name}});
}

sub lifecycle_environments {
    my ($katello, $request, $user, $organization) = @_;
    $organization //= $request->{params}{organization_id};
    my %seen;
    my @rows = map { {
        id => $_->{id}, name => $_->{name}, label => $_->{label}, library => boolean($_->{library}),
        organization_id => $_->{organization}{id}, organization => {%{$_->{organization}}},
        registry_name_pattern => undef, registry_unauthenticated_pull => boolean($_->{public}),
    } } grep {
        !$seen{$_->{id}}++ && sees($user, $_->{organization})
            && (!defined $organization || $_->{organization}{id} eq $organization)
    } map { $_->{lifecycle} } $katello->{site}->environments;
    return katello_page($katello, $request, \@rows);
}

# Candlepin's document of a consumer.
sub consumer {
    my ($host) = @_;
    my @labels = map { $_->{label} } @{$host->{environments}};
    return document(200, {
        uuid => $host->{uuid}, name => $host->{name}, username => 'admin',
        owner => {
            id => sprintf('%032x', $host->{organization}{id}),
            key => $host->{organization}{label}, displayName => $host->{organization}{name},
        },
        environments => [map { {id => sprintf('%032x', $_->{id}), name => $_->{label}} }
                @{$host->{environments}}],
        environment => @labels ? {id => undef, name => join(',', @labels)} : undef,
        idCert => {
            key => "-----BEGIN PRIVATE KEY-----\n" . KEY_CANARY . "\n-----END PRIVATE KEY-----\n",
            cert => "-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----\n",
            serial => {serial => 4242, revoked => boolean(0)},
        },
        facts => {'uname.machine' => 'x86_64'}, type => {label => 'system'},
    });
}

1;
