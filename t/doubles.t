# The fake Katello and the fake Pulp behave as reference/katello.md says that the real ones do. They
# are what every other test believes in.
use strict;
use warnings;

use lib 't/lib';

use CertGuard::FakeKatello;
use CertGuard::FakePulp;
use CertGuard::Scratch;
use HTTP::Tiny;
use IO::Socket::INET;
use IO::Socket::UNIX;
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);

my ($web, $both, $empty, $bare, $deleted, $twice, $other) =
    sort keys %{CertGuard::FakeKatello::default_site()->{hosts}};
my $stranger = '00000000-0000-4000-8000-000000000000';
my $foreman_user = basic('certguard', 'a-personal-access-token');

my %certificate = map { $_ => certificate($_) } $web, $stranger, 'localhost';
my $katello = CertGuard::FakeKatello->start(
    certificate => CertGuard::Scratch::file('localhost.pem'),
    key => CertGuard::Scratch::file('localhost.key'),
    client_ca => CertGuard::Scratch::file("$web.pem"),
);

sub basic { return {Authorization => 'Basic ' . encode_base64("$_[0]:$_[1]", '')} }

# A self-signed certificate with this CN; its PEM.
sub certificate {
    my ($name) = @_;
    my ($pem, $key) = map { CertGuard::Scratch::file("$name.$_") } 'pem', 'key';
    my @command = (qw(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes
            -days 30 -subj), "/O=ACME/CN=$name", '-keyout', $key, '-out', $pem);
    system("@command 2>/dev/null") == 0 or die "openssl failed\n";
    open my $in, '<', $pem or die "$pem: $!\n";
    return do { local $/; <$in> };
}
my $http = HTTP::Tiny->new(timeout => 30, max_redirect => 0);

sub get { return request('GET', @_) }

sub request {
    my ($method, $target, $headers, $content) = @_;
    my $response = $http->request($method, $katello->url . $target,
        {headers => $headers // {}, defined $content ? (content => $content) : ()});
    $response->{json} = eval { decode_json($response->{content}) };
    return $response;
}

sub in_header {
    my ($pem) = @_;
    return {'X-RHSM-SSL-CLIENT-CERT' => $pem =~ tr/\n/ /r};
}

sub catalog {
    my ($headers) = @_;
    my $response = get('/v2/_catalog', $headers);
    return $response->{status} == 200 ? [sort @{$response->{json}{repositories}}] : $response->{status};
}

sub host { return get(qq(/api/v2/hosts?search=subscription_uuid%3D%22$_[0]%22&per_page=2), $foreman_user) }

my @of_web = qw(acme/dev/web/prod/nginx acme/dev/web/prod/redis);
my @of_all = sort @of_web, qw(acme/open/web/prod/nginx acme/prod/busybox other/prod/db/prod/postgres);

subtest 'a host is found by its subscription UUID' => sub {
    my $found = host($web);
    is $found->{status}, 200;
    is $found->{json}{subtotal}, 1;
    my $row = $found->{json}{results}[0];
    is $row->{subscription_facet_attributes}{uuid}, $web;
    is $row->{organization_name}, 'ACME Corp';
    ok !exists $row->{organization_label}, 'the label of the organization is not there';
    is $row->{content_facet_attributes}{content_view_environments}[0]{label}, 'Dev/web';

    is_deeply [map { $_->{label} } @{host($both)->{json}{results}[0]{content_facet_attributes}
                {content_view_environments}}], ['Library', 'Dev/web'], 'in the order of priority';
    is_deeply host($_)->{json}{results}, [], 'nobody' for $stranger, $deleted;
    is scalar @{host($twice)->{json}{results}}, 2, 'two rows';
    ok !host($bare)->{json}{results}[0]{content_facet_attributes}, 'a host without content';
};

subtest 'the JSON of a host is that of the version' => sub {
    my %has = (    # version => paths that it has, of those that came and went
        '4.7' => [],
        '4.8' => ['environments'],
        '4.14' => ['environments', 'candlepin_name'],
        '4.15' => ['environments', 'label', 'labels'],
        '4.18' => ['environments', 'label', 'labels', 'id'],
        '4.20' => ['environments', 'label', 'labels', 'id', 'view.label'],
        '5.0' => ['environments', 'label', 'labels', 'id', 'view.label'],
    );
    for my $version (sort keys %has) {
        $katello->set(version => $version);
        my $facet = host($web)->{json}{results}[0]{content_facet_attributes};
        my $first = ($facet->{content_view_environments} // [])->[0] // {};
        my %there = (
            environments => exists $facet->{content_view_environments},
            candlepin_name => exists $first->{candlepin_name}, label => exists $first->{label},
            labels => exists $facet->{content_view_environment_labels}, id => exists $first->{id},
            'view.label' => exists $first->{content_view}{label},
        );
        is_deeply [sort grep { $there{$_} } keys %there], [sort @{$has{$version}}], $version;
        is exists $facet->{content_view_id}, $version eq '4.7', "$version: a content view's id";
        is $facet->{content_view}{name}, 'Web', "$version: the single content view";
    }
    $katello->set(version => '5.0');
};

subtest 'Foreman refuses in its own words' => sub {
    is_deeply host_as({})->{json}, {error => {message => 'Unable to authenticate user '}};
    is_deeply host_as(basic('certguard', 'wrong'))->{json},
        {error => {message => 'Unable to authenticate user certguard'}};
    my $denied = host_as(basic('nobody', 'nothing'));
    is $denied->{status}, 403;
    is_deeply $denied->{json}{error}{missing_permissions}, ['view_hosts'];
    my $bad = get('/api/v2/hosts?search=no_such_field%3D1', $foreman_user);
    is $bad->{status}, 400;
    is $bad->{json}{error}{class}, 'ScopedSearch::QueryNotSupported';
    $katello->forget;
};

sub host_as { return get("/api/v2/hosts?search=subscription_uuid%3D$web", $_[0]) }

subtest 'repositories are those of a content view environment' => sub {
    my $row = host($web)->{json}{results}[0]{content_facet_attributes}{content_view_environments}[0];
    my $ids = "content_view_id=$row->{content_view}{id}&environment_id=$row->{lifecycle_environment}{id}";
    my $path = '/katello/api/v2/repositories?';
    my $all = get("$path$ids&content_type=docker&full_result=true", $foreman_user)->{json};
    is_deeply [map { $_->{container_repository_name} } @{$all->{results}}], \@of_web;
    is $all->{results}[0]{organization}{label}, 'ACME';
    my $yum = get("$path$ids&content_type=yum", $foreman_user)->{json}{results}[0];
    is $yum->{container_repository_name}, undef, 'yum has no container name';
    is $yum->{relative_path}, 'ACME/Dev/web/custom/prod/tools';
    is_deeply get("${path}content_view_id=999&environment_id=1", $foreman_user)->{json}{results}, [],
        'an unknown id is no error';
    my $bad = get("${path}search=%28", $foreman_user);
    ok $bad->{status} == 200 && $bad->{json}{error}, 'a bad search is an error in a 200';

    my $second = get("$path$ids&content_type=docker&per_page=1&page=2", $foreman_user)->{json};
    is $second->{subtotal}, 2;
    is_deeply [map { $_->{container_repository_name} } @{$second->{results}}], [$of_web[1]];
    $katello->set(per_page_limit => 1);
    is scalar @{get("$path$ids&content_type=docker&full_result=true", $foreman_user)->{json}{results}},
        1, 'a Katello that pages all the same';
    $katello->set(per_page_limit => 0, numbers_as_strings => 1);
    my $strings = get("$path$ids&content_type=docker", $foreman_user)->{content};
    like $strings, qr/"subtotal":"2"/, 'numbers as strings';
    $katello->set(numbers_as_strings => 0);
};

subtest 'labels are found in four places' => sub {
    my $id = host($web)->{json}{results}[0]{id};
    my $environment = get("/katello/api/v2/content_view_environments?host_id=$id", $foreman_user)
        ->{json}{results}[0];
    is $environment->{label}, 'Dev/web';
    is $environment->{organization}{label}, 'ACME';
    is get('/katello/api/v2/content_view_environments?host_id=1', $foreman_user)->{status}, 404;
    is_deeply [map { $_->{label} } @{get('/katello/api/v2/organizations?per_page=all', $foreman_user)
                ->{json}{results}}], ['ACME', 'OTHER'];
    is get('/katello/api/v2/organizations/3', $foreman_user)->{json}{label}, 'ACME';
    my ($open) = grep { $_->{registry_unauthenticated_pull} }
        @{get('/katello/api/v2/environments', $foreman_user)->{json}{results}};
    is $open->{label}, 'Open';
    my $version = get("/katello/api/v2/content_view_versions?content_view_id=$environment->{content_view}{id}"
            . "&environment_id=$environment->{lifecycle_environment}{id}", $foreman_user)->{json};
    is $version->{results}[0]{content_view}{label}, 'web';
    is $version->{results}[0]{environments}[0]{label}, 'Dev';
};

subtest 'the catalog is what the asker may read, or too much' => sub {
    is_deeply catalog({HostUUID => $web}), \@of_web;
    is_deeply catalog({HostUUID => $empty}), [];
    is_deeply catalog({HostUUID => $stranger}), ['acme/open/web/prod/nginx'], 'public only';
    is_deeply catalog({}), ['acme/open/web/prod/nginx'];
    is_deeply catalog(in_header($certificate{$web})), \@of_web;
    is_deeply catalog(in_header($certificate{$stranger})), \@of_all, 'a stranger sees everything';
    is_deeply catalog({'X-RHSM-SSL-CLIENT-CERT' => '(null)'}), ['acme/open/web/prod/nginx'];
    is_deeply catalog({%{in_header($certificate{$web})}, HostUUID => $empty}), [],
        'HostUUID is believed before a certificate';
    is_deeply catalog({%$foreman_user, HostUUID => $web}), \@of_all, 'a user before HostUUID';
    is_deeply catalog({Authorization => 'Bearer unknown', HostUUID => $web}),
        ['acme/open/web/prod/nginx'], 'a bad token does not fall back';
    is catalog(basic('certguard', 'wrong')), 401;
    is get('/v2/_catalog', in_header('rubbish'))->{status}, 500;

    $katello->set(fail_open => 0);
    is_deeply catalog(in_header($certificate{$stranger})), ['acme/open/web/prod/nginx'];
    $katello->set(fail_open => 1, nulls => 1, shuffle => 1);
    my $entries = get('/v2/_catalog', {HostUUID => $web})->{json}{repositories};
    is_deeply $entries, [$of_web[1], undef, $of_web[0]], 'another order, and null';
    $katello->set(nulls => 0, shuffle => 0, catalog_bytes => 5_000_000);
    my $big = get('/v2/_catalog', {HostUUID => $web});
    cmp_ok length $big->{content}, '>', 4_900_000, 'five megabytes';
    ok $big->{json}, 'of JSON';
    $katello->set(catalog_bytes => 0);
    $katello->forget;
};

subtest 'certificates of the connection count when no header speaks' => sub {
    my $over_tls = sub {
        my ($name, @headers) = @_;
        my @with = map { ("--$_->[0]", CertGuard::Scratch::file("$name.$_->[1]")) }
            ['cert', 'pem'], ['key', 'key'];
        @with = () unless $name;
        my @command = ('curl', '-sk', @with, (map { ('-H', "'$_'") } @headers),
            $katello->tls_url . '/v2/_catalog');
        return [sort @{decode_json(`@command`)->{repositories}}];
    };
    is_deeply $over_tls->(''), ['acme/open/web/prod/nginx'], 'none';
    is_deeply $over_tls->($web), \@of_web, 'that of a host';
    is_deeply $over_tls->($web, 'X-RHSM-SSL-CLIENT-CERT: (null)'), ['acme/open/web/prod/nginx'],
        'the header says that there is none';
    is_deeply $over_tls->($web, "HostUUID: $both"), ['acme/dev/web/prod/nginx',
        'acme/dev/web/prod/redis', 'acme/prod/busybox'], 'HostUUID';
    like +($katello->requests)[-1]{certificate}, qr/BEGIN CERTIFICATE/, 'it is in the record';
};

subtest 'the registry challenges, and gives tokens to users' => sub {
    my $ping = get('/v2/');
    is $ping->{status}, 401;
    is_deeply $ping->{json}, {error => {message => 'Unable to authenticate user '}};
    is $ping->{headers}{'docker-distribution-api-version'}, 'registry/2.0';
    my $host = $katello->url =~ s{http://}{}r;
    is $ping->{headers}{'www-authenticate'}, qq(Bearer realm="http://$host/v2/token",)
        . 'service="127.0.0.1",scope="repository:registry:pull,push"';
    like get('/v2/', {'X-Forwarded-Proto' => 'https'})->{headers}{'www-authenticate'},
        qr{realm="https://};
    is get('/v2/', $_)->{status}, 200 for {HostUUID => $web}, in_header($certificate{$web}),
        $foreman_user;
    is get('/v2/', $_)->{status}, 401 for {HostUUID => $stranger}, in_header($certificate{$stranger});

    my $anonymous = get('/v2/token')->{json};
    is $anonymous->{token}, 'unauthenticated';
    is $anonymous->{expires_in}, 180;
    my $scope = '/v2/token?service=x&scope=repository:';
    is get("${scope}acme/open/web/prod/nginx:pull")->{json}{token}, 'unauthenticated';
    my $refused = get("${scope}acme/open/web/prod/nginx:pull,push");
    is $refused->{status}, 401;
    ok !$refused->{headers}{'www-authenticate'}, 'without challenge';
    ok !$refused->{headers}{'docker-distribution-api-version'}, 'and without version';
    is get("$scope$of_web[0]:pull", in_header($certificate{$web}))->{status}, 401,
        'a certificate is nobody here';
    my $wrong = get("$scope$of_web[0]:pull&account=pusher", basic('pusher', 'wrong'));
    is $wrong->{json}{error}{message}, 'Unable to authenticate user pusher';

    my $token = get('/v2/token?account=pusher&service=x', basic('pusher', 'push'))->{json};
    cmp_ok abs($token->{expires_in} - 3600), '<', 60;
    like $token->{issued_at}, qr/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/;
    is get('/v2/', {Authorization => "Bearer $token->{token}"})->{status}, 200;
    is get('/v2/', {Authorization => 'Bearer unauthenticated'})->{status}, 401;
    $katello->forget;
    is get('/v2/', {Authorization => "Bearer $token->{token}"})->{status}, 401, 'revoked';
    $katello->forget;
};

subtest 'content goes to those who may read it' => sub {
    my $manifest = "/v2/$of_web[0]/manifests/latest";
    my $pulled = get($manifest, {HostUUID => $web});
    is $pulled->{status}, 200;
    is $pulled->{headers}{'docker-content-digest'}, CertGuard::Images::digest($pulled->{content});
    for my $part ($pulled->{json}{config}, @{$pulled->{json}{layers}}) {
        my $blob = get("/v2/$of_web[0]/blobs/$part->{digest}", {HostUUID => $web});
        is CertGuard::Images::digest($blob->{content}), $part->{digest};
        is length $blob->{content}, $part->{size};
    }
    is_deeply get("/v2/$of_web[0]/tags/list", {HostUUID => $web})->{json},
        {name => $of_web[0], tags => ['latest']};
    is get($manifest)->{status}, 401, 'anonymous';
    my $hidden = get($manifest, {HostUUID => $empty});
    is $hidden->{status}, 404;
    is_deeply $hidden->{json},
        {errors => [{code => 'NAME_UNKNOWN', message => "$of_web[0] was not found!"}]};
    is get('/v2/acme/open/web/prod/nginx/manifests/latest', $_)->{status}, 200, 'public'
        for {}, {HostUUID => $empty};
    is get("/v2/$of_web[0]/manifests/no-such-tag", {HostUUID => $web})->{json}{errors}[0]{message},
        'no-such-tag was not found!';
};

subtest 'uploads are for users, and, as in real life, for any certificate' => sub {
    my $start = '/v2/acme/prod/made/blobs/uploads/';
    is request('POST', $start)->{status}, 401;
    is request('POST', $start, {HostUUID => $web})->{status}, 404, 'HostUUID has no user';
    is request('POST', $start, $foreman_user)->{json}{errors}[0]{code}, 'DENIED';
    is request('POST', $start, in_header($certificate{$web}))->{status}, 202, 'a certificate';
    my $pusher = basic('pusher', 'push');
    my $begun = request('POST', $start, $pusher);
    is $begun->{status}, 202;
    is request('PATCH', $begun->{headers}{location}, $pusher, 'layer')->{headers}{range}, '0-4';
    my $digest = CertGuard::Images::digest('layer and more');
    is request('PUT', "$begun->{headers}{location}?digest=$digest", $pusher, ' and more')->{status}, 201;
    is request('PUT', '/v2/acme/prod/made/manifests/1.0', $pusher, '{}')->{status}, 201;
    is get("/v2/acme/prod/made/blobs/$digest", $pusher)->{content}, 'layer and more';
    is get('/v2/acme/prod/made/manifests/1.0', $pusher)->{content}, '{}';
    is request('POST', '/v2/short/blobs/uploads/', $pusher)->{json}{errors}[0]{code}, 'NAME_INVALID';
};

subtest 'search and index are filtered, search by its own rules' => sub {
    my $search = get('/v1/search?q=nginx&n=1', $foreman_user)->{json};
    is $search->{num_results}, 2;
    is_deeply $search->{results}, [{name => 'acme/dev/web/prod/nginx', description => undef}];
    is get('/v1/search?q=x', {'Docker-Distribution-Api-Version' => 'registry/2.0'})->{status}, 404;
    is get('/v1/_ping', {HostUUID => $web})->{status}, 200;
    my $query = '/index/static?label%3Aorg.flatpak.ref%3Aexists=1&architecture=amd64&os=linux&tag=latest';
    is_deeply [map { $_->{Name} } @{get($query, {HostUUID => $web})->{json}{Results}}], \@of_web;
    is_deeply get($query, {HostUUID => $empty})->{json}{Results}, [];
    $katello->forget;
};

subtest 'a consumer is shown to itself and to users; a dead one to nobody' => sub {
    my $self = get("/rhsm/consumers/$web", in_header($certificate{$web}));
    is $self->{json}{owner}{key}, 'ACME';
    is_deeply [map { $_->{name} } @{$self->{json}{environments}}], ['Dev/web'];
    like $self->{json}{idCert}{key}, qr/${\ CertGuard::FakeKatello::KEY_CANARY}/;
    is get("/rhsm/consumers/$web", in_header($certificate{$stranger}))->{status}, 401;
    is get("/rhsm/consumers/$web")->{status}, 401;
    is get("/rhsm/consumers/$both", $foreman_user)->{json}{environment}{name}, 'Library,Dev/web';
    is get("/rhsm/consumers/$stranger")->{status}, 404, 'never was';
    my $gone = get("/rhsm/consumers/$deleted");
    is $gone->{status}, 410;
    is $gone->{json}{deletedId}, $deleted;
    $katello->forget;
};

subtest 'too many failures lock an address out' => sub {
    $katello->set(lock_after => 5);
    get('/v2/token?account=x') for 1 .. 5;
    my $locked = host($web);
    is $locked->{status}, 401;
    like $locked->{json}{error}{message}, qr/Too many tries/;
    is get('/katello/api/v2/organizations', {%$foreman_user, 'X-Forwarded-For' => '192.0.2.7'})->{status},
        200, 'another address is not';
    $katello->forget;
    is host($web)->{status}, 200, 'until it is forgotten';
    $katello->set(lock_after => 30);
};

subtest 'it fails as it is told, so often as it is told' => sub {
    $katello->fail('503_json', match => 'GET /api', times => 2);
    is host($web)->{status}, $_ for 503, 503, 200;
    $katello->fail($_->[0]) for ['301'];
    is host($web)->{status}, 301;
    is get('/v2/')->{headers}{location}, 'https://katello.example.com/users/login';
    $katello->heal;
    $katello->fail('truncated');
    my $cut = $http->get($katello->url . '/v2/_catalog');
    is $cut->{status}, 599, 'a truncated body';
    $katello->heal;
    $katello->fail('reset', times => 1);
    is get('/v2/')->{status}, 599, 'a reset';
    $katello->fail({status => 200, body => 'x' x 100, rate => 200, headers => []}, times => 1);
    my $start = time;
    get('/v2/');
    cmp_ok time - $start, '>', 0.4, 'a slow body';
    $katello->fail({wait => 0.3}, times => 1);
    $start = time;
    is get('/v2/')->{status}, 401, 'the real answer, late';
    cmp_ok time - $start, '>=', 0.3;
    $katello->heal;
};

sub raw_client {
    my ($request) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $katello->url =~ /(\d+)$/)
        or die "connect: $!\n";
    syswrite $socket, "$request\r\nHost: x\r\n\r\n";
    return $socket;
}

sub wait_until {
    my ($condition) = @_;
    my $give_up = time + 120;
    sleep 0.01 until $condition->() || time > $give_up;
    return $condition->();
}

subtest 'the container gateway believes in any certificate, and only passes reads on' => sub {
    my $gateway = '/container_gateway';
    is get("$gateway/v2/")->{status}, 401;
    is get("$gateway/v2/", in_header($certificate{$stranger}))->{status}, 200, 'also of no host';
    is get("$gateway/v2/", {'X-RHSM-SSL-CLIENT-CERT' => '(null)'})->{status}, 401;
    is request('POST', "$gateway/v2/a/b/c/blobs/uploads/", basic('pusher', 'push'))->{status}, 404;
    is get("$gateway/v2/token?account=pusher", basic('pusher', 'push'))->{status}, 200;
    is get("$gateway/v2/", {Authorization => 'Bearer pat-pusher'})->{status}, 200;
    my $manifest = "$gateway/v2/$of_web[0]/manifests/latest";
    like get($manifest, in_header($certificate{$web}))->{headers}{location},
        qr{^https://proxy\.example\.com/pulp/container/$of_web[0]/manifests/sha256:};
    is get($manifest, in_header($certificate{$stranger}))->{status}, 401;
    is get($manifest)->{status}, 404, 'to an unknown user it does not exist';
    my $index = "$gateway/index/static?label:org.flatpak.ref:exists=1";
    cmp_ok scalar @{get($index)->{json}{Results}}, '>',
        scalar @{get($index, in_header($certificate{$web}))->{json}{Results}}, 'an index of everything';
    my ($pem, $key) = map { CertGuard::Scratch::file("$web.$_") } 'pem', 'key';
    my $url = $katello->tls_url . "$gateway/v2/";
    my $over_tls = qx(curl -sk -o /dev/null -w '%{http_code}' --cert $pem --key $key $url);
    is $over_tls, 200, 'without the header the certificate of the connection counts';
};

subtest 'a thousand clients wait, and others are served meanwhile' => sub {
    $katello->forget;
    $katello->fail('hang', match => '/hangs');
    $katello->fail('hold', match => '_catalog');
    my @hanging = map { raw_client('GET /hangs HTTP/1.1') } 1 .. 1000;
    my @held = map { raw_client('GET /v2/_catalog HTTP/1.1') } 1 .. 20;
    ok wait_until(sub { $katello->count('.') == 1020 }), 'all have arrived';
    is get('/v2/', {HostUUID => $web})->{status}, 200;
    is $katello->release, 20;
    for my $socket (@held) {
        sysread $socket, my $answer, 4096;
        like $answer, qr{^HTTP/1\.1 200 OK\r\n} or last;
    }
    undef @hanging;
    undef @held;
    ok wait_until(sub { $katello->state->{open_connections} <= 1 }), 'who goes away is forgotten';
    $katello->heal;
};

subtest 'it remembers every request with its headers' => sub {
    $katello->forget;
    get('/v2/?a=1', {'X-Twice' => ['one', 'two'], HostUUID => $web});
    get('/api/v2/hosts', $foreman_user);
    is $katello->count, 2;
    is $katello->count('^GET /api/'), 1;
    my ($first) = $katello->requests;
    is $first->{target}, '/v2/?a=1';
    is_deeply [map { $_->[1] } grep { $_->[0] eq 'X-Twice' } @{$first->{headers}}], ['one', 'two'];
};

subtest 'it can die and come back where it was' => sub {
    $katello->set(version => '4.8');
    my $url = $katello->url;
    $katello->stop;
    is get('/v2/')->{status}, 599;
    $katello->restart;
    is $katello->url, $url;
    ok exists host($web)->{json}{results}[0]{content_facet_attributes}{content_view_environments};
    ok !exists host($web)->{json}{results}[0]{content_facet_attributes}{content_view_environment_labels};
};

subtest 'a client that breaks off the TLS handshake harms nobody' => sub {
    my ($port) = $katello->tls_url =~ /(\d+)$/;
    my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
    syswrite $client, "GET / HTTP/1.1\r\n\r\n";
    my $end = sysread $client, my ($alert), 4096;
    $end = sysread $client, $alert, 4096 while $end;
    is get('/api/v2/hosts', $foreman_user)->{status}, 200;
};

# The fake Pulp, on its unix socket.

CertGuard::FakePulp::start();

sub pulp {
    my ($method, $target, @headers) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => CertGuard::FakePulp::address() =~ s/^unix://r)
        or die "connect: $!\n";
    syswrite $socket, join("\r\n", "$method $target HTTP/1.1", 'Host: x', 'Connection: close', @headers)
        . "\r\n\r\n";
    my $bytes = do { local $/; <$socket> };
    my ($head, $body) = $bytes =~ /\A(.*?)\r\n\r\n(.*)\z/s;
    my ($status) = $head =~ m{^HTTP/1\.1 (\d+)};
    return {status => $status, head => $head, body => $body,
        location => $head =~ /^Location: (\S+)/m ? $1 : undef};
}

subtest 'the fake Pulp echoes, also what looks like a registry' => sub {
    like pulp('GET', '/v2/a/manifests/1?status=404', 'X-CLIENT-CERT: %2B')->{body}, qr/^X-CLIENT-CERT: %2B\r$/m;
    is pulp('HEAD', '/x')->{body}, '';
};

subtest 'the fake Pulp is a registry that lets anybody read' => sub {
    CertGuard::FakePulp::registry(manifests => 'redirect', origin => 'https://pulp.example.com');
    my $manifest = pulp('GET', "/pulpcore_registry/v2/$of_web[0]/manifests/latest");
    is $manifest->{status}, 302;
    like $manifest->{location},
        qr{^https://pulp\.example\.com/pulp/container/$of_web[0]/manifests/sha256:\w+\?expires=\d+&validate_token=\w+:\w+$};
    my $target = $manifest->{location} =~ s{https://[^/]+}{}r;
    my $content = pulp('GET', $target);
    is $content->{status}, 200;
    my $document = decode_json($content->{body});
    is pulp('GET', $target =~ s/redis|nginx/busybox/r)->{status}, 403, 'the token is for one path';
    is pulp('GET', $target =~ s/expires=\d+/expires=9999999999/r)->{status}, 403, 'and for one time';
    is pulp('GET', $target =~ s/\?.*//r)->{status}, 403;

    CertGuard::FakePulp::registry(redirect => 307);
    is pulp('GET', "/v2/$of_web[0]/manifests/latest")->{status}, 200, 'a manifest as it is';
    my $blob = pulp('GET', "/v2/$of_web[0]/blobs/$document->{layers}[0]{digest}");
    is $blob->{status}, 307;
    my $layer = pulp('GET', $blob->{location} =~ s{https://[^/]+}{}r);
    is CertGuard::Images::digest($layer->{body}), $document->{layers}[0]{digest};
    is pulp('GET', '/v2/no/such/manifests/latest')->{status}, 404;
    is decode_json(pulp('GET', "/v2/$of_web[0]/tags/list?n=0")->{body})->{name}, $of_web[0];
    is pulp('GET', '/pulpcore_registry/v2/')->{status}, 401;
};

subtest 'the index of flatpak minds its parameters' => sub {
    my $query = '/pulpcore_registry/index/static?label%3Aorg.flatpak.ref%3Aexists=1&tag=latest';
    my $index = decode_json(pulp('GET', $query)->{body});
    is $index->{Registry}, 'https://katello.example.com';
    is scalar @{$index->{Results}}, 5;
    is_deeply decode_json(pulp('GET', "$query&architecture=s390x")->{body})->{Results}, [];
    is pulp('GET', '/index/static?tag=latest')->{status}, 400, 'a label is needed';
    my $unknown = pulp('GET', "$query&page=1");
    is $unknown->{status}, 400;
    is $unknown->{body}, '["Unsupported page."]';
    CertGuard::FakePulp::registry(filler => 20_000);
    cmp_ok length pulp('GET', $query)->{body}, '>', 4_000_000, 'a big one';
};

subtest 'over TLS the fake Pulp asks for a certificate, and remembers whose' => sub {
    my ($certificate, $key) = map { CertGuard::Scratch::file("$web.$_") } 'pem', 'key';
    my $port = CertGuard::FakePulp::start_tls(certificate => $certificate, key => $key, client_ca => $certificate);
    my $curl = "curl -sk -o /dev/null -w '%{http_code}' https://127.0.0.1:$port/pulpcore_registry/v2/_catalog";
    is qx($curl), 403;
    is qx($curl --cert $certificate --key $key), 200;
    like((CertGuard::FakePulp::requests())[-1], qr/^TLS client: $web$/m);
};

subtest 'the fake Pulp remembers what it received' => sub {
    CertGuard::FakePulp::forget();
    pulp('GET', '/v2/x/tags/list', 'HostUUID: forged');
    my @requests = CertGuard::FakePulp::requests();
    is scalar @requests, 1;
    like $requests[0], qr/^HostUUID: forged\r$/m;
};

done_testing();
