# A guard that serves a registry: what a host may pull, list and log in to, as the tables of
# DESIGN.md 6 and 7 say. The hosts file answers here; t/lookup.t asks Katello. (C3, C8)

use lib 't/lib';
use CertGuard;
use Test::Nginx::Socket 'no_plan';

CertGuard::FakePulp::registry(manifests => 'direct');
CertGuard::Pki::certificate('infrastructure', '--cn', 'katello.example.com');
CertGuard::Pki::certificate('moved', '--org', 'OTHER');
CertGuard::Pki::crl('late-crl', '--from', '-2d', '--until', '-1h');
CertGuard::Pki::certificate('unregistered', '--cn', '00000000-0000-4000-8000-000000000000');

our $hosts = <<'EOH';
>>> hosts.yaml
version: 1
organizations:
  ACME:
    hosts:
      5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11: [Dev/web]
    environments:
      Dev/web: [acme/dev/web/prod/nginx, acme/dev/web/prod/redis]
      Library: acme/prod/busybox
public: [acme/open/web/prod/nginx]
EOH

add_block_preprocessor(sub {
    my ($block) = @_;
    $block->set_value(log_level => 'info') if !defined $block->log_level;
    $block->set_value(user_files => $hosts);
    $block->set_value(client_certificate => 'identity') if !defined $block->client_certificate;
    $block->set_value(policy => <<'EOP') if !defined $block->policy;
version: 1
lookups:
  site: { source: file, file: hosts.yaml }
guards:
  registry: { type: host, ca: $TEST_NGINX_PKI/ca.pem, serves: registry, lookup: site }
EOP
    $block->set_value(config => <<'EOC') if !defined $block->config;
    certguard registry;
    certguard_pass @users;
    location / { proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; proxy_set_header X-Where users; }
EOC
});

run_tests();

__DATA__

=== TEST 1: a repository of the host's environment is granted, with the certificate
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- error_code: 200
--- backend_requests: 1
--- backend_received_like: X-CLIENT-CERT: -----BEGIN%20CERTIFICATE
--- backend_received_unlike: X-Where



=== TEST 2: the same for tags, blobs, referrers and where Pulp redirects to, with HEAD and GET
--- request eval
my $digest = 'sha256:' . '0' x 64;
["HEAD /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/tags/list",
    "GET /v2/acme/dev/web/prod/nginx/blobs/$digest", "GET /v2/acme/dev/web/prod/nginx/referrers/$digest",
    "GET /pulp/container/acme/dev/web/prod/nginx/blobs/$digest?expires=1&validate_token=x:y"]
--- error_code_like eval
["^200", "^200", "^(302|404)", "^(200|404)", "^(200|302|403|404)"]
--- backend_requests: 5



=== TEST 3: what anybody may pull is granted, too
--- request
GET /v2/acme/open/web/prod/nginx/manifests/latest
--- error_code: 200



=== TEST 4: other repositories are not, whether or not they exist, and names are whole
--- request eval
["GET /v2/acme/prod/busybox/manifests/latest", "GET /v2/acme/dev/web/prod/nothing/manifests/latest",
    "GET /v2/acme/dev/web/prod/nginx10/tags/list", "GET /v2/acme/dev/web/prod/nginx/sub/tags/list",
    "GET /v2/acme/dev/web/prod/tags/list"]
--- error_code: 403
--- response_body_like eval
[map { qr[^\{"errors":\[\{"code":"DENIED","message":"host 5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11 has no access to acme/$_"] }
    "prod/busybox", "dev/web/prod/nothing", "dev/web/prod/nginx10", "dev/web/prod/nginx/sub", "dev/web/prod"]
--- response_headers
Docker-Distribution-API-Version: registry/2.0
Content-Type: application/json
--- backend_requests: 0
--- logged
not_in_environment: host 5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11 has no access to acme/prod/busybox



=== TEST 5: HEAD is refused like GET, without a body
--- request
HEAD /v2/acme/prod/busybox/manifests/latest
--- error_code: 403
--- response_body:
--- backend_requests: 0



=== TEST 6: the ping lets the host in and shows how a user may log in
--- request eval
["GET /v2/", "HEAD /v2/"]
--- more_headers
Host: registry.example.com:8443
--- error_code: 200
--- response_headers
WWW-Authenticate: Bearer realm="https://registry.example.com:8443/v2/token",service="registry.example.com",scope="repository:registry:pull,push"
Docker-Distribution-API-Version: registry/2.0
--- backend_requests: 0



=== TEST 7: the token of a host without a user is the marker
--- request
GET /v2/token?scope=repository:acme/dev/web/prod/nginx:pull&service=registry.example.com
--- error_code: 200
--- response_body_like: ^\{"token":"certguard\.use-the-client-certificate",.*"expires_in":\d+
--- response_body_unlike: issued_at
--- backend_requests: 0



=== TEST 8: the marker uses the certificate, and goes no further
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- more_headers
Authorization: Bearer certguard.use-the-client-certificate
--- error_code: 200
--- backend_received_like: X-CLIENT-CERT: -----BEGIN
--- backend_received_unlike: Authorization



=== TEST 9: the marker is nobody without a certificate, and does not reach the users' backend
--- client_certificate: none
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- more_headers
Authorization: Bearer certguard.use-the-client-certificate
--- error_code: 200
--- backend_received_like: X-Where: users
--- backend_received_unlike: Authorization|X-CLIENT-CERT



=== TEST 10: a user's request is passed as it came, without any certificate
--- request eval
["GET /v2/acme/prod/busybox/manifests/latest", "POST /v2/acme/prod/busybox/blobs/uploads/",
    "GET /v2/token?account=joe", "GET /v2/", "GET /v2/_catalog", "DELETE /v2/acme/prod/busybox/manifests/latest"]
--- more_headers
Authorization: Basic am9lOnNlY3JldA==
X-CLIENT-CERT: forged
--- error_code_like: ^[2-5]
--- backend_requests: 6
--- backend_received_like: (?s)(?:Authorization: Basic am9lOnNlY3JldA==.*){6}
--- backend_received_unlike: X-CLIENT-CERT



=== TEST 11: two Authorization headers are a user's, the marker among them or not
--- raw_request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Authorization: Bearer certguard.use-the-client-certificate\r\nAuthorization: Basic am9lOnNlY3JldA==\r\n\r\n"]
--- error_code_like: ^(200|400)
--- response_body_unlike: X-CLIENT-CERT



=== TEST 12: a certificate changes nothing; who wants to must log in
--- request eval
["POST /v2/acme/dev/web/prod/nginx/blobs/uploads/", "PUT /v2/acme/dev/web/prod/nginx/manifests/latest",
    "DELETE /v2/acme/dev/web/prod/nginx/manifests/latest", "PATCH /v2/acme/dev/web/prod/nginx/blobs/uploads/1",
    "OPTIONS /v2/"]
--- error_code: 401
--- response_body_like: UNAUTHORIZED.*log in to change something
--- backend_requests: 0
--- logged
: upload: 



=== TEST 13: the catalog is the host's, sorted and paged
--- request eval
["GET /v2/_catalog", "GET /v2/_catalog?n=1", "GET /v2/_catalog?n=1&last=acme%2Fdev%2Fweb%2Fprod%2Fnginx",
    "GET /v2/_catalog?n=x"]
--- error_code eval
[200, 200, 200, 400]
--- response_body_like eval
[qr(^\{"repositories":\["acme/dev/web/prod/nginx","acme/dev/web/prod/redis","acme/open/web/prod/nginx"\]\}$),
    qr(^\{"repositories":\["acme/dev/web/prod/nginx"\]\}$), qr(^\{"repositories":\["acme/dev/web/prod/redis"\]\}$),
    qr(errors)]
--- raw_response_headers_like eval
[qr(application/json), qr(Link: </v2/_catalog\?last=acme%2Fdev%2Fweb%2Fprod%2Fnginx&n=1>; rel="next"), qr(Link: ), qr(400)]
--- backend_requests: 0



=== TEST 14: search finds the host's repositories, or leads podman to the catalog
--- request eval
["GET /v1/_ping", "GET /v1/search?q=redis"]
--- error_code: 200
--- response_body_like eval
[qr//, qr("name":"acme/dev/web/prod/redis")]
--- backend_requests: 0



=== TEST 15: and 404 to a client that says registry/2.0
--- request
GET /v1/search?q=redis
--- more_headers
Docker-Distribution-Api-Version: registry/2.0
--- error_code: 404



=== TEST 16: flatpak's index is reduced to what the host may see
--- request
GET /index/static?label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest
--- more_headers
Accept-Encoding: gzip
If-None-Match: "x"
Range: bytes=0-10
--- error_code: 200
--- response_headers
Cache-Control: no-cache
! ETag
! Last-Modified
! Content-Length
--- response_body_like: ^\{"Registry":"/",.*acme/dev/web/prod/nginx
--- response_body_unlike: acme/prod/busybox|other/prod
--- backend_received_unlike: Accept-Encoding|If-None-Match|Range
--- backend_requests: 1



=== TEST 17: HEAD of the index is granted, without a body
--- request
HEAD /index/static?label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest
--- error_code: 200
--- response_body:



=== TEST 18: certificates that are no good are told why, and a user's way stays open
--- client_certificate: expired
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/token?service=x", "GET /v2/"]
--- error_code: 401
--- response_body_like: "UNAUTHORIZED","message":"client certificate rejected: it expired on
--- backend_requests: 0
--- config
    ssl_verify_client optional_no_ca;
    error_page 495 = @bad;
    certguard registry;
    certguard_pass @users;
    location / { proxy_pass http://pulp; }
    location @bad { certguard registry; certguard_pass @users; proxy_pass http://pulp; }
    location @users { proxy_pass http://pulp; proxy_set_header X-Where users; }



=== TEST 19: a certificate of the CA that is no host's is refused
--- client_certificate: infrastructure
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- error_code: 401
--- response_body_like: it is not a host's
--- logged
not_a_host



=== TEST 20: so is a host that is not known
--- client_certificate: unregistered
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/"]
--- error_code: 401
--- response_body_like: host 00000000-0000-4000-8000-000000000000 is not registered
--- logged
unknown_host



=== TEST 21: and one of another organization than its certificate says
--- client_certificate: moved
--- request
GET /v2/acme/dev/web/prod/nginx/manifests/latest
--- error_code: 401
--- response_body_like: UNAUTHORIZED
--- logged
organization_mismatch



=== TEST 22: paths that can be read in two ways are refused
--- request eval
["GET /v2/acme%2Fdev/web/prod/nginx/manifests/latest", "GET /v2/acme//dev/web/prod/nginx/manifests/latest",
    "GET /v2/x/../acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/manifests/.latest",
    "GET /v2/acme/dev/web/prod/NGINX/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/secrets/latest"]
--- error_code: 400
--- response_body_like: "code":"NAME_INVALID"
--- backend_requests: 0



=== TEST 23: without certificate and user the request is passed
--- client_certificate: none
--- request eval
["GET /v2/", "GET /v2/acme/prod/busybox/manifests/latest", "POST /v2/token"]
--- error_code_like: ^[2-5]
--- backend_requests: 3
--- backend_received_like: (?s)(?:X-Where: users.*){3}



=== TEST 24: without certguard_pass it is asked to log in
--- client_certificate: none
--- config
    location / { certguard registry; proxy_pass http://pulp; }
--- request
GET /v2/acme/prod/busybox/manifests/latest
--- error_code: 401
--- response_headers_like
WWW-Authenticate: Bearer realm="https://localhost/v2/token",service="localhost",scope="repository:acme/prod/busybox:pull"
--- backend_requests: 0



=== TEST 25: the variables tell the repository, the environments and where the answer came from
--- config
    certguard registry;
    location / {
        add_header X-Seen "$certguard_decision|$certguard_reason|$certguard_host|$certguard_org|$certguard_environments|$certguard_repository|$certguard_cache|$certguard_lookup_time" always;
        proxy_pass http://pulp;
    }
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/acme/dev/web/prod/nginx/tags/list", "GET /v2/acme/prod/busybox/tags/list"]
--- error_code eval
[200, 200, 403]
--- raw_response_headers_like eval
[qr/X-Seen: granted\|ok\|5f1a0c7e-3b52-4d0e-9a66-2f7f6f1d7c11\|ACME\|Dev\/web\|acme\/dev\/web\/prod\/nginx\|(miss|hit)\|0\.\d\d\d/,
    qr/X-Seen: granted\|ok\|.*\|acme\/dev\/web\/prod\/nginx\|hit\|0\.000/,
    qr/X-Seen: denied\|not_in_environment\|.*\|acme\/prod\/busybox\|hit\|0\.000/]



=== TEST 26: error_page works on refusals
--- config
    certguard registry;
    error_page 403 /denied;
    location / { proxy_pass http://pulp; }
    location = /denied { certguard off; return 403 "ask the admin\n"; }
--- request
GET /v2/acme/prod/busybox/manifests/latest
--- error_code: 403
--- response_headers
Docker-Distribution-API-Version: registry/2.0
--- response_body
ask the admin



=== TEST 27: other access rules have their say about what certguard would answer
--- config
    location / { deny all; certguard registry; proxy_pass http://pulp; }
    location /v2/_catalog { deny all; error_page 403 = @page; certguard registry; proxy_pass http://pulp; }
    location @page { return 403 "no list\n"; }
--- request eval
["GET /v2/", "GET /v2/_catalog"]
--- error_code: 403
--- response_body_unlike: repositories
--- backend_requests: 0



=== TEST 28: `satisfy any` lets another rule admit what the certificate does not
--- config
    location / { satisfy any; allow all; certguard registry; proxy_pass http://pulp; }
--- request
GET /v2/acme/prod/busybox/manifests/latest
--- error_code: 200
--- backend_received_unlike: X-CLIENT-CERT



=== TEST 29: audit mode refuses, answers and filters nothing
--- config
    certguard registry;
    certguard_mode audit;
    location / {
        add_header X-Seen "$certguard_decision|$certguard_reason" always;
        proxy_pass http://pulp;
    }
--- request eval
["GET /v2/acme/prod/busybox/manifests/latest", "GET /v2/_catalog", "GET /index/static?label:org.flatpak.ref:exists=1&architecture=amd64&os=linux&tag=latest"]
--- error_code: 200
--- raw_response_headers_like eval
[qr/audit_denied\|not_in_environment/, qr/granted\|ok/, qr/granted\|ok/]
--- response_body_like eval
[qr//, qr(other/prod), qr(other/prod)]
--- logged
would refuse



=== TEST 30: the certificate goes over HTTP/2 as well
--- http_version: 2
--- request eval
["GET /v2/acme/dev/web/prod/nginx/manifests/latest", "GET /v2/_catalog", "GET /v2/acme/prod/busybox/manifests/latest"]
--- error_code eval
[200, 200, 403]



=== TEST 31: a broken body of what is refused is the client's mistake
--- raw_request eval
"POST /v2/acme/dev/web/prod/nginx/blobs/uploads/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Transfer-Encoding: chunked\r\n\r\nno size\r\n"
--- error_code: 400
--- backend_requests: 0



=== TEST 32: a client is told since when its certificate is revoked
--- client_certificate: revoked
--- policy
version: 1
lookups:
  site: { source: file, file: hosts.yaml }
guards:
  registry: { type: host, ca: $TEST_NGINX_PKI/ca.pem, crl: $TEST_NGINX_PKI/crl.pem, serves: registry, lookup: site }
--- request
GET /v2/token?service=localhost
--- error_code: 401
--- response_body_like: client certificate rejected: it has been revoked since 20



=== TEST 33: and since when nobody can tell
--- client_certificate: identity
--- policy
version: 1
lookups:
  site: { source: file, file: hosts.yaml }
guards:
  registry: { type: host, ca: $TEST_NGINX_PKI/ca.pem, crl: $TEST_NGINX_PKI/late-crl.pem, serves: registry, lookup: site }
--- request
GET /v2/token?service=localhost
--- error_code: 401
--- response_body_like: client certificate rejected: it can't be checked for revocation since 20
