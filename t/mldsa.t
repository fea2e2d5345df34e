# Clients and CAs with ML-DSA keys, which OpenSSL 3.5 and later have: their certificates are five to ten
# times as large as others, and are forwarded whole. They are made by openssl itself.

use lib 't/lib';

BEGIN {
    require Test::More;
    my $version = qx(openssl version 2>&1) // '';
    my ($major, $minor) = $version =~ /^OpenSSL (\d+)\.(\d+)/ or die "openssl can't be run: $version\n";
    Test::More::plan(skip_all => "OpenSSL $major.$minor has no ML-DSA, 3.5 has")
        if $major < 3 || ($major == 3 && $minor < 5);
}
use CertGuard;
use Test::Nginx::Socket 'no_plan';

my $rhsm = '1.3.6.1.4.1.2312.9';

# Each strength is signed by the CA of the same one.
for my $strength (qw(65 87)) {
    new_key("ca-$strength", $strength);
    openssl(qw(req -x509 -days 2 -subj), "/CN=ML-DSA-$strength CA", '-key', key("ca-$strength"),
        '-out', pem("ca-$strength"));
    client("client-$strength", $strength);
}
client('large-87', '87', '1.3.6.1.4.1.99999.1=ASN1:UTF8:' . 'x' x 5000);

sub key { return CertGuard::Pki::path("$_[0].key") }
sub pem { return CertGuard::Pki::path("$_[0].pem") }

sub new_key {
    my ($name, $strength) = @_;
    openssl('genpkey', '-algorithm', "ML-DSA-$strength", '-out', key($name));
}

# A host's RHSM v1 entitlement to /ACME/Library.
sub client {
    my ($name, $strength, @extensions) = @_;
    new_key($name, $strength);
    my @added = map { ('-addext', $_) } 'basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth',
        "$rhsm.4.1=ASN1:UTF8:an order", "$rhsm.2.1583436688666.1.6=ASN1:UTF8:/ACME/Library", @extensions;
    my $wanted = CertGuard::Pki::path("$name.csr");
    openssl(qw(req -new -subj), '/O=ACME/CN=' . CertGuard::Pki::HOST, '-key', key($name), @added, '-out', $wanted);
    openssl(qw(x509 -req -days 1 -copy_extensions copy -in), $wanted, '-CA', pem("ca-$strength"),
        '-CAkey', key("ca-$strength"), '-out', pem($name));
}

# What it says is shown when it fails.
sub openssl {
    my @command = ('openssl', @_);
    my $said = qx(@{[map {"'$_' "} @command]} 2>&1);
    $? == 0 or die "@command: $said\n";
}

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'warn');
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  any: { type: x509, ca: [$TEST_NGINX_PKI/ca-65.pem, $TEST_NGINX_PKI/ca-87.pem] }
  content:
    type: rhsm
    ca: [$TEST_NGINX_PKI/ca-65.pem, $TEST_NGINX_PKI/ca-87.pem]
    path_prefix: /pulp/content/
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    proxy_set_header X-Expected $ssl_client_escaped_cert;
    location / { certguard any; proxy_pass http://pulp; }
    location /pulp/content/ { certguard content; proxy_pass http://pulp; }
EOC
});

run_tests();

__DATA__

=== TEST 1: a client with ML-DSA-65 is granted, and its certificate forwarded to the last byte
--- client_certificate: client-65
--- connection: resumed
--- request eval
["GET /x", "GET /pulp/content/ACME/Library/x"]
--- error_code: 200
--- response_body_like: (?sm)^X-Expected: (-----BEGIN\S{7000,}END%20CERTIFICATE-----%0A)\r\n.*^X-CLIENT-CERT: \1\r\n
--- backend_requests: 2



=== TEST 2: and one with ML-DSA-87
--- client_certificate: client-87
--- connection: kept
--- request eval
["GET /x", "GET /pulp/content/ACME/Library/x"]
--- error_code: 200
--- response_body_like: (?sm)^X-Expected: (-----BEGIN\S{9500,}END%20CERTIFICATE-----%0A)\r\n.*^X-CLIENT-CERT: \1\r\n
--- backend_requests: 2



=== TEST 3: they are no more than certificates: the path decides, and the CA
--- client_certificate: client-87
--- request eval
["GET /pulp/content/ACME/Other/x", "GET /other-ca"]
--- policy
version: 1
guards:
  any: { type: x509, ca: $TEST_NGINX_PKI/ca-65.pem }
  content:
    type: rhsm
    ca: $TEST_NGINX_PKI/ca-87.pem
    path_prefix: /pulp/content/
--- error_code: 403
--- backend_requests: 0
--- logged
: not_entitled: 
: untrusted_issuer: 



=== TEST 4: what is larger than max_header is told from other refusals
--- client_certificate: large-87
--- request
GET /x
--- error_code: 403
--- backend_requests: 0
--- logged
: certificate_too_large: the urlencoded certificate has



=== TEST 5: and granted where the backend takes more
--- client_certificate: large-87
--- policy
version: 1
guards:
  any: { type: x509, ca: $TEST_NGINX_PKI/ca-87.pem, max_header: 32k }
  content: { type: rhsm, ca: $TEST_NGINX_PKI/ca-87.pem }
--- request
GET /x
--- response_body_like: (?sm)^X-Expected: (-----BEGIN\S{16385,}END%20CERTIFICATE-----%0A)\r\n.*^X-CLIENT-CERT: \1\r\n
--- backend_requests: 1
