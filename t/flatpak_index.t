# Flatpak's index on ways around the filter that reduces it: what the host may not see must not come
# along any of them. t/registry.t has the filter itself.

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

our $hosts = <<'EOH';
>>> hosts.yaml
version: 1
organizations:
  ACME:
    hosts:
      5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11: [Dev/web]
    environments:
      Dev/web: acme/dev/web/prod/nginx
EOH

# Long enough that nothing of it waits in nginx for more.
our $index = '>>> index/static' . "\n" . '{"Registry":"/","Results":['
    . join(',', map {qq({"Name":"$_","Images":[]})} 'acme/dev/web/prod/nginx', map {"other/prod/app$_"} 1 .. 4000)
    . "]}\n";

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'info');
    $block->set_value(user_files => $hosts . $index);
    $block->set_value(client_certificate => 'identity');
    $block->set_value(policy => <<'EOP');
version: 1
lookups:
  site: { source: file, file: hosts.yaml }
guards:
  registry: { type: host, ca: $TEST_NGINX_PKI/ca.pem, serves: registry, lookup: site }
EOP
    $block->set_value(http_config => <<'EOC');
    server {
        listen unix:$TEST_NGINX_PKI/plain.sock;
        root html;
    }
    server {
        listen unix:$TEST_NGINX_PKI/compressed.sock;
        root html;
        add_header Content-Encoding gzip;
    }
EOC
});

run_tests();

__DATA__

=== TEST 1: the parts that `slice` fetches by subrequests do not come around the filter
--- config
    location /index/ {
        certguard registry;
        slice 16k;
        proxy_set_header Range $slice_range;
        proxy_http_version 1.1;
        proxy_pass http://unix:$TEST_NGINX_PKI/plain.sock:;
    }
--- raw_request eval
"GET /index/static HTTP/1.0\r\nHost: localhost\r\n\r\n"
--- error_code: 200
--- response_body_like: ^\{"Registry":"/","Results":\[\{"Name":"acme/dev/web/prod/nginx"
--- response_body_unlike: other/prod
--- error_log
certguard: the backend's flatpak index can't be used: parts of it come by subrequests



=== TEST 2: nor does what an error page asks another backend for, when the first one's index is no good
--- config
    location /index/ {
        certguard registry;
        error_page 502 = @other;
        proxy_pass http://unix:$TEST_NGINX_PKI/compressed.sock:;
    }
    location @other { proxy_pass http://unix:$TEST_NGINX_PKI/plain.sock:; }
--- request
GET /index/static
--- error_code: 200
--- response_body_like: ^\{"Registry":"/","Results":\[\{"Name":"acme/dev/web/prod/nginx"
--- response_body_unlike: other/prod
--- error_log
certguard: the backend's flatpak index can't be used: it is compressed
