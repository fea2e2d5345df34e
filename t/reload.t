# nginx -s reload: a changed policy is taken over, a broken one changes nothing.

use lib 't/lib';
use CertGuard;
use CertGuard::Nginx;
use Test::Nginx::Socket 'no_plan';

master_on();
workers(2);

our $theirs = <<"EOP";
version: 1
guards:
  content: { type: x509, ca: $ENV{TEST_NGINX_PKI}/other-ca.pem }
EOP

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'notice');
    $block->set_value(policy => <<'EOP');
version: 1
guards:
  content: { type: x509, ca: $TEST_NGINX_PKI/ca.pem }
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    location / { certguard content; proxy_pass http://pulp; }
EOC
});

# What happens before the second request of each block.
sub on_reload {
    my ($policy) = @_;
    return sub {
        my ($index) = @_;
        return if $index != 1;
        CertGuard::Nginx::replace(CertGuard::Nginx::file('policy.yaml'), $policy) if defined $policy;
        CertGuard::Nginx::reload();
    };
}

run_tests();

__DATA__

=== TEST 1: a changed policy counts from the reload on
--- client_certificate: host
--- before_request eval
main::on_reload($main::theirs)
--- request eval
["GET /", "GET /"]
--- error_code eval
[200, 403]
--- backend_requests: 1



=== TEST 2: an unchanged one goes on as before
--- client_certificate: host
--- before_request eval
main::on_reload()
--- request eval
["GET /", "GET /"]
--- error_code eval
[200, 200]
--- backend_requests: 2



=== TEST 3: a broken policy leaves the old one in force, and says what is wrong
--- client_certificate: host
--- before_request eval
main::on_reload("version: 1\nguards:\n  content: { type: x509, ca: gone.pem }\n")
--- request eval
["GET /", "GET /"]
--- error_code eval
[200, 200]
--- backend_requests: 2
--- allowed_errors: \[emerg\].*(gone\.pem|can't be used)



=== TEST 4: a policy that is no YAML too
--- client_certificate: stranger
--- before_request eval
main::on_reload("version: 1\nguards: {{{\n")
--- request eval
["GET /", "GET /"]
--- error_code eval
[403, 403]
--- allowed_errors: \[emerg\].*policy
