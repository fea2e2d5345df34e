# The RHSM guard: the certificate is good, and the requested path lies under one that it names.
# (G4, G5, G6, G7)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

CertGuard::Pki::certificate('v3', map { ('--v3-path', $_) }
    '/some/path/foo', '/content/dist/$releasever/$basearch/os');
CertGuard::Pki::certificate('v1', map { ('--v1-path', $_) }
    '/some/path/foo', '/content/dist/rhel-$releasever/os');
CertGuard::Pki::certificate('sca', '--sca', '--v3-path', '/ACME/Dev/web');
CertGuard::Pki::certificate('expired-v3', '--v3-path', '/some/path/foo', '--from', '-2d', '--until', '-1h');
CertGuard::Pki::certificate('broken', '--ext', '1.3.6.1.4.1.2312.9.6=0c03332e34',
    '--ext', '1.3.6.1.4.1.2312.9.7=0403789c00');

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'warn') if !defined $block->log_level;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
guards:
  content:
    type: rhsm
    ca: $TEST_NGINX_PKI/ca.pem
    serves: content
    path_prefix: /pulp/content/
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    location /pulp/content { certguard content; proxy_pass http://pulp; }
EOC
});

run_tests();

__DATA__

=== TEST 1: a path at or below an authorized one is granted (G4, G5)
--- client_certificate: v3
--- connection: kept
--- request eval
["GET /pulp/content/some/path/foo", "GET /pulp/content/some/path/foo/", "HEAD /pulp/content/some/path/foo/a/b.rpm?x",
 "GET /pulp/content//some///path/foo/a"]
--- error_code eval
[200, 200, 200, 200]
--- no_error_log
[warn]



=== TEST 2: paths beside and above it are refused, whole segments count (G6)
--- client_certificate: v3
--- connection: kept
--- request eval
[map {"GET /pulp/content$_"} "", "/", "/some", "/some/path", "/some/path/bar", "/another/path", "/some/path/foobar",
    "/some/path/Foo", "/some/path/fo", "/x/some/path/foo"]
--- error_code eval
[(403) x 10]
--- backend_requests: 0
--- logged
: not_entitled: no path in the certificate covers the request



=== TEST 3: a variable stands for one whole segment
--- client_certificate: v3
--- connection: kept
--- request eval
[map {"GET /pulp/content/content/dist/$_"} "8/x86_64/os/x", "8/x86_64/oss", "8/x86_64/7/os", "8/os"]
--- error_code eval
[200, 403, 403, 403]



=== TEST 4: v1 certificates name paths too, with variables inside a segment (G7)
--- client_certificate: v1
--- connection: kept
--- request eval
[map {"GET /pulp/content$_"} "/some/path/foo/x", "/some/path/bar", "/content/dist/rhel-8/os", "/content/dist/rhel-/os"]
--- error_code eval
[200, 403, 200, 403]



=== TEST 5: simple content access: organization and environment
--- client_certificate: sca
--- connection: kept
--- request eval
[map {"GET /pulp/content/ACME$_"} "/Dev/web/custom/p/r/repodata/repomd.xml", "/Dev/other/x", "/Library/x"]
--- error_code eval
[200, 403, 403]



=== TEST 6: an identity certificate names no paths
--- client_certificate: host
--- request
GET /pulp/content/some/path/foo
--- error_code: 403
--- error_log
: not_entitled:



=== TEST 7: trust comes first
--- client_certificate: expired-v3
--- config
    error_page 495 = @late;
    location /pulp/content { certguard content; proxy_pass http://pulp; }
    location @late { certguard content; proxy_pass http://pulp; }
--- request
GET /pulp/content/some/path/foo
--- error_code: 403
--- error_log
: expired:



=== TEST 8: a broken payload opens nothing
--- client_certificate: broken
--- request
GET /pulp/content/some/path/foo
--- error_code: 403
--- error_log
: bad_certificate:



=== TEST 9: the prefix is a whole number of segments
--- client_certificate: v3
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- connection: kept
--- request eval
["GET /pulp/contentsome/path/foo", "GET /some/path/foo", "GET /pulp/content/some/path/foo"]
--- error_code eval
[403, 403, 200]
--- logged
the path is not below the guard's path_prefix /pulp/content/



=== TEST 10: without prefix the whole path is compared
--- client_certificate: v3
--- policy
version: 1
guards:
  content: { type: rhsm, ca: $TEST_NGINX_PKI/ca.pem }
--- config
    location / { certguard content; proxy_pass http://pulp; }
--- connection: kept
--- request eval
["GET /some/path/foo/x", "GET /pulp/content/some/path/foo"]
--- error_code eval
[200, 403]



=== TEST 11: match base_path: a certificate opens distributions at, above and below its path (G6)
--- client_certificate: v3
--- policy
version: 1
guards:
  some: { type: rhsm, ca: $TEST_NGINX_PKI/ca.pem, path_prefix: /pulp/content/, match: base_path,
          base_path: [some, some/path, some/path/foo, some/path/foo/deep, some/path/bar, another/path] }
--- config
    location /pulp/content { certguard some; proxy_pass http://pulp; }
--- connection: kept
--- request eval
[map {"GET /pulp/content$_"} "/some/x", "/some/path/x", "/some/path/foo/x", "/some/path/foo/deep/x",
    "/some/path/bar/x", "/another/path/x", "/other/x", "/"]
--- error_code eval
[200, 200, 200, 200, 403, 403, 403, 403]



=== TEST 12: a path that could mean something else to the backend is 400
--- client_certificate: v3
--- request eval
[map {"GET /pulp/content/some/path/foo$_"} "/../bar", "/%2e%2e/bar", "/..%2Fbar", "/a%2Fb", "/a%5Cb", "/a%0Ab", "/./b",
    "/a%7Fb", "/ok"]
--- error_code eval
[400, 400, 400, 400, 400, 400, 400, 400, 200]
--- backend_requests: 1
--- logged
: bad_request_path: the path holds



=== TEST 13: what a rewrite made of the path is what counts
--- client_certificate: v3
--- config
    rewrite ^/short/(.*) /pulp/content/some/path/$1;
    location /pulp/content { certguard content; proxy_pass http://pulp; }
--- connection: kept
--- request eval
["GET /short/foo/x", "GET /short/bar/x"]
--- error_code eval
[200, 403]
--- backend_received_like: ^GET /pulp/content/some/path/foo/x



=== TEST 14: over HTTP/2: refused by path
--- client_certificate: v3
--- http_version: 2
--- request
GET /pulp/content/some/path/bar
--- error_code: 403
--- backend_requests: 0



=== TEST 15: over HTTP/2: granted
--- client_certificate: v3
--- http_version: 2
--- request
GET /pulp/content/some/path/foo/x
--- backend_requests: 1
