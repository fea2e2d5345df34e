# docs/status.schema.json and docs/status.md describe the JSON of certguard_status: all of it, and nothing else.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Example;
use CertGuard::Katello;
use CertGuard::Server;
use JSON::PP ();
use Test::More;

plan skip_all => 'JSON::Validator is not installed; tools/test installs it'
    if !eval { require JSON::Validator } && !$ENV{CI};
require JSON::Validator;

my $schema = JSON::PP->new->utf8->decode(CertGuard::Example::read_file('docs/status.schema.json'));
no_more($schema);
my $validator = JSON::Validator->new->schema($schema);

# Users of the schema are to ignore members that it does not know; here there must be none.
sub no_more {
    my ($part) = @_;
    return map { no_more($_) } @$part if ref $part eq 'ARRAY';
    return if ref $part ne 'HASH';
    no_more($_) for values %$part;
    $part->{additionalProperties} = JSON::PP::false if ref $part->{required} eq 'ARRAY';
}

# The status of a server with POLICY, after somebody has asked for TARGETS.
sub status {
    my ($policy, $locations, @targets) = @_;
    my $server = CertGuard::Server->start(policy => $policy, locations => "$locations location = /status { certguard_status; }");
    my $crowd = CertGuard::Crowd->new(address => $server->address);
    my $client;
    for my $target (@targets, '/status') {
        ($client) = $crowd->join('identity');
        $crowd->ask($target, $client);
        $crowd->settle(30, $client);
        $crowd->leave($client);
    }
    $server->stop;
    return JSON::PP->new->decode($client->{body});
}

sub is_valid {
    my ($name, $status) = @_;
    is_deeply [map {"$_"} $validator->validate($status)], [], "$name: as the schema says";
    return $status;
}

my $lookups = CertGuard::Katello::policy('stale: 0s') =~ s{(type: x509)}{"$1, crl: " . CertGuard::Pki::path('crl.pem')}er;
my $plain = $lookups =~ s/lookups:.*(?=guards:)//sr =~ s/^  registry:.*\n//mr;
my $both = 'location / { certguard registry; empty_gif; } location /content/ { certguard content; empty_gif; }';

my $full = is_valid('with a lookup', status($lookups, $both, '/v2/acme/dev/web/prod/nginx/tags/list',
    '/v2/acme/prod/busybox/tags/list', '/content/x', '/content/%2Fx'));
is scalar @{$full->{decisions}}, 4, 'which has decided';
is $full->{cache}{hosts}, 1, 'and remembers';
$katello->fail('503_json');
my $down = is_valid('when Katello is down', status($lookups, $both, ('/v2/acme/prod/busybox/tags/list') x 8));
is $down->{lookups}[0]{circuit}, 'open', 'which is told';
$katello->heal;
is_valid('without a lookup', status($plain, 'location / { certguard content; empty_gif; }', '/x'));
my $empty = is_valid('without a guard in use', status($plain, ''));
is_deeply $empty->{decisions}, [], 'there is nothing to tell';

for my $wrong (sub { $_[0]{lookups}[0]{more} = 1 }, sub { delete $_[0]{questions} }, sub { $_[0]{decisions}[0]{reason} = 'why' },
    sub { $_[0]{trust}[0]{failing} = 'no' }, sub { $_[0]{cache}{hits} = -1 }) {
    my $copy = JSON::PP->new->decode(JSON::PP->new->encode($full));
    $wrong->($copy);
    isnt scalar($validator->validate($copy)), 0, 'the schema knows what is wrong';
}

# Names of members, with those of what they hold: "trust guard", "lookups requests hit".
sub members {
    my ($of, @path) = @_;
    my @objects = grep { $_->{properties} } $of, $of->{items} // (), @{$of->{oneOf} // []};
    return map {
        my $properties = $_->{properties};
        map { (join(' ', @path, $_), members($properties->{$_}, @path, $_)) } keys %$properties
    } @objects;
}

subtest 'docs/status.md lists the members' => sub {
    my ($table) = CertGuard::Example::read_file('docs/status.md') =~ /^## JSON\n(.*)/ms;
    my %row;
    while ($table =~ /^\| (`\w+`(?:, `\w+`)*) \| (.*) \|$/mg) {
        my ($names, $content) = ($1, $2);
        $row{$_} = $content for $names =~ /`(\w+)`/g;
    }
    is_deeply [sort keys %row], [sort keys %{$schema->{properties}}], 'all of them, and no others';
    my %word = map { $_ => 1 } map {split} members($schema);
    my %value = map { $_ => 1 } qw(open closed certguard_cache);
    for my $name (sort keys %row) {
        my ($content, %member) = $row{$name};
        $member{$_} = 1 for map { (split)[1] } grep {/^$name /} members($schema);
        my @told = $content =~ /`\$?(\w+)`/g;
        is_deeply [grep { my $each = $_; !grep { $_ eq $each } @told } sort keys %member], [], "$name: with what they hold";
        is_deeply [grep { !$word{$_} && !$value{$_} } @told], [], 'and nothing that is not there';
    }
};

done_testing;
