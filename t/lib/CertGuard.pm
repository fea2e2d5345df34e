# The scaffold of the integration tests: Test::Nginx, and beside it client certificates and a fake
# Pulp. t/README.md shows how a test is written with it.
#
#   use lib 't/lib';
#   use CertGuard;
#   use Test::Nginx::Socket 'no_plan';
#
# It adds sections to those of Test::Nginx:
#
#   --- policy               the policy file; certguard_policy is set in http {}
#   --- client_certificate   a name of CertGuard::Pki, or none: the request goes over TLS
#   --- connection           new (default) | kept | resumed: of every request after the first
#   --- http_version: 2      over HTTP/2, by curl
#   --- before_request eval  sub { my ($index) = @_; ... }, called before each request of the block
#   --- backend_requests     how many requests must have reached the fake Pulp
#   --- backend_received_like, --- backend_received_unlike    regular expressions on these requests
#   and an expectation (error_code, response_body_like, ...) that is no list holds for all requests
#   --- logged               lines that error.log must hold a part of after the last request
#   --- allowed_errors       regular expression: lines of [crit] and worse that are no failure
#
# In configurations: upstream "pulp" is the fake Pulp, $TEST_NGINX_PKI the directory of the
# certificates. The tested server listens for TLS on a unix socket (with HTTP/2), and for plain HTTP
# where Test::Nginx has it; ssl_verify_client is optional_no_ca unless the block says otherwise.
package CertGuard;

use strict;
use warnings;

use Test::More ();
use Time::HiRes qw(sleep);

use CertGuard::Scratch;        # both before Test::Nginx, see there
use CertGuard::Environment;
use CertGuard::Pki;
use CertGuard::FakePulp;
use CertGuard::Client;
use CertGuard::Nginx;
use Test::Nginx::Socket ();

my $tls_address = CertGuard::Scratch::file('tls.sock');

Test::Nginx::Util::no_root_location();    # a test says itself what its locations are

sub import {
    CertGuard::Pki::make();
    CertGuard::FakePulp::start();
}

Test::Nginx::Util::add_block_preprocessor(sub {
    my ($block) = @_;
    CertGuard::FakePulp::forget();

    expect_of_all($block);
    $block->set_value(http_config => http_config($block));
    $block->set_value(config => tls_config($block) . $block->config) if defined $block->config;
    if (defined $block->policy) {
        my $files = $block->user_files // '';
        $block->set_value(user_files => "$files>>> policy.yaml\n" . $block->policy);
    }
    $block->set_value(suppress_stderr => 1) if defined $block->must_die;    # it is in error.log too
});

# Of several requests Test::Nginx wants a list of expectations; a single one stands for all of them.
sub expect_of_all {
    my ($block) = @_;
    my $requests = $block->request // $block->raw_request;
    return unless ref $requests && @$requests > 1;
    for my $section (qw(error_code error_code_like response_body response_body_like response_body_unlike
        response_headers response_headers_like raw_response_headers_like raw_response_headers_unlike)) {
        my $expected = $block->$section;
        $block->set_value($section => [($expected) x @$requests]) if defined $expected && !ref $expected;
    }
}

sub http_config {
    my ($block) = @_;
    my $text = "    upstream pulp { server " . CertGuard::FakePulp::address() . "; }\n";
    if (defined $block->policy) {
        $text .= "    certguard_policy " . Test::Nginx::Util::html_dir() . "/policy.yaml;\n";
    }
    return $text . ($block->http_config // '');
}

sub tls_config {
    my ($block) = @_;
    my $http2_in_listen = Test::Nginx::Util::get_nginx_version() < 1.025001;
    my $text = "listen unix:$tls_address ssl" . ($http2_in_listen ? " http2;\n" : ";\nhttp2 on;\n");
    $text .= "ssl_certificate $ENV{TEST_NGINX_PKI}/server.pem;\n";
    $text .= "ssl_certificate_key $ENV{TEST_NGINX_PKI}/server.key;\n";
    $text .= "ssl_verify_client optional_no_ca;\n" if $block->config !~ /ssl_verify_client/;
    return $text;
}

# Requests with a client certificate go their own way; all checks of the response stay Test::Nginx's.
my %client_of_block;
my $send_plain = \&Test::Nginx::Socket::send_request;

sub send_request ($$$$@) {
    my ($packets, $middle_delay, $timeout, $block, @rest) = @_;
    my $state = $client_of_block{$block->name} //= {requests => 0};
    if (my $hook = $block->before_request) {
        $hook->($state->{requests});
    }
    $state->{requests}++;
    return $send_plain->($packets, $middle_delay, $timeout, $block, @rest)
        unless defined $block->client_certificate;

    my $client = $state->{client} //= CertGuard::Client->new(
        address => $tls_address,
        certificate => word($block->client_certificate),
        connection => word($block->connection // 'new'),
    );
    my $method = word($block->http_version // '1.1') eq '2' ? 'exchange_http2' : 'exchange';
    my $response = eval { $client->$method($packets, $timeout) };
    Test::More::fail($block->name . " - $@") if $@;
    my $head_request = $packets->[0]{value} =~ /^\s*HEAD\s/ ? 1 : 0;
    return ($response, $head_request);
}

sub word {
    my ($text) = @_;
    $text =~ s/^\s+|\s+$//g;
    return $text;
}

sub check_backend {
    my ($block) = @_;
    my @requests = CertGuard::FakePulp::requests();
    my $name = $block->name;
    if (defined $block->backend_requests) {
        Test::More::is(scalar @requests, word($block->backend_requests),
            "$name - number of requests that reached the backend");
    }
    my $all = join '', @requests;
    if (defined(my $like = $block->backend_received_like)) {
        Test::More::like($all, pattern($like), "$name - what the backend received");
    }
    if (defined(my $unlike = $block->backend_received_unlike)) {
        Test::More::ok(@requests > 0, "$name - the backend received something");
        Test::More::unlike($all, pattern($unlike), "$name - what the backend must not receive");
    }
}

# Test::Nginx looks for --- error_log after each request; this looks once, after the last.
sub check_logged {
    my ($block) = @_;
    defined $block->logged or return;
    my @expected = patterns($block->logged);
    wait_for_log(0, @expected);
    my $all = CertGuard::Nginx::error_log();
    Test::More::ok($all =~ $_, $block->name . " - error.log has $_") for @expected;
}

# Waits until lines of error.log behind its first FROM bytes have all PATTERNS: nginx may write of a request after the answer.
# Whoever looks for them then says what is missing.
sub wait_for_log {
    my ($from, @patterns) = @_;
    for (1 .. 1000) {
        my $all = CertGuard::Nginx::error_log();
        my @lines = length $all > $from ? split /^/, substr $all, $from : ();
        return if !grep { my $pattern = $_; !grep { $_ =~ $pattern } @lines } @patterns;
        sleep 0.03;
    }
}

# Of sections of lines, regular expressions, or lists of both.
sub patterns {
    return map { ref $_ eq 'ARRAY' ? patterns(@$_) : ref $_ ? $_ : map {qr/\Q$_\E/} split /\n+/, $_ } @_;
}

sub pattern {
    my ($text) = @_;
    return $text if ref $text;
    $text = word($text);
    return qr/$text/mi;    # of no case: a header is the same header in any, and HTTP/2's are lower
}

# What nginx says in its whole life, to its last breath: [alert] is where leaked connections, crashed
# workers and corrupt zones are reported, and stderr, with the sanitizers' reports, is this file too.
sub check_error_log {
    my ($block) = @_;
    open my $log, '<', $Test::Nginx::Util::ErrLogFile or return;
    my @expected = patterns(grep {defined} $block->error_log, $block->shutdown_error_log);
    push @expected, pattern($block->allowed_errors) if defined $block->allowed_errors;
    my $serious = defined $block->must_die ? qr/\[(?:alert|crit)\]/ : qr/\[(?:alert|crit|emerg)\]/;
    $serious = qr/$serious|Sanitizer|runtime error:/;
    my @bad;
    while (my $line = <$log>) {
        push @bad, $line if $line =~ $serious && !grep { $line =~ $_ } @expected;
    }
    push @bad, CertGuard::Environment::valgrind_report() || ();
    Test::More::ok(!@bad, $block->name . ' - nothing serious in error.log')
        or Test::More::diag(@bad);
}

# A configuration that nginx refuses ends this file at once and with nginx's words; Test::Nginx would
# try for half a minute and then end the whole run.
sub check_configuration {
    my ($block) = @_;
    return if defined $block->must_die || defined $block->reload_fails;
    my $preload = $ENV{TEST_NGINX_LD_PRELOAD};
    local $ENV{LD_PRELOAD} = $preload if defined $preload;
    my @command = ($Test::Nginx::Util::NginxBinary, '-t', '-q', '-e', 'stderr',
        '-p', $Test::Nginx::Util::ServRoot, '-c', $Test::Nginx::Util::ConfFile);
    my $output = `@command 2>&1`;
    die $block->name . ": nginx refuses the configuration:\n$output" if $? != 0;
}

{
    no warnings 'redefine';
    *Test::Nginx::Socket::send_request = \&send_request;

    my $write_config = \&Test::Nginx::Util::write_config_file;
    *Test::Nginx::Util::write_config_file = sub ($$$) {
        $write_config->(@_);
        check_configuration($_[0]);
    };

    # Test::Nginx looks at the first of a block's expectations of a body only.
    my $check_body = \&Test::Nginx::Socket::check_response_body;
    *Test::Nginx::Socket::check_response_body = sub ($$$$$$) {
        my ($block) = @_;
        $check_body->(@_);
        return unless defined $block->response_body_unlike;
        return unless defined $block->response_body || defined $block->response_body_like;
        local @{$block}{qw(response_body response_body_like)};
        $check_body->(@_);
    };

    my $check_log = \&Test::Nginx::Socket::check_error_log;
    *Test::Nginx::Socket::check_error_log = sub ($$$$) {
        my ($block) = @_;
        wait_for_log($Test::Nginx::Util::ErrLogFilePos, patterns($block->error_log)) if defined $block->error_log;
        $check_log->(@_);
    };

    my $check_shutdown = \&Test::Nginx::Util::check_prev_block_shutdown_error_log;
    *Test::Nginx::Util::check_prev_block_shutdown_error_log = sub () {
        $check_shutdown->();
        check_error_log($Test::Nginx::Util::PrevBlock) if defined $Test::Nginx::Util::PrevBlock;
    };
}
Test::Nginx::Util::add_test_cleanup_handler(\&check_backend);
Test::Nginx::Util::add_test_cleanup_handler(\&check_logged);

1;
