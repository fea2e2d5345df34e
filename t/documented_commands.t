# The shell commands in README.md and docs/. A block is run here: the machine that it is for is below a directory, and
# programs of that machine that this one has not (nginx as a service, podman, ...) only note how they are called. Or it
# is marked as an excerpt: nothing of what it needs is here (Foreman, a package manager).

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Crowd;
use CertGuard::Environment;
use CertGuard::Example;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Scratch;
use CertGuard::Server;
use Cwd ();
use Test::More;

my $certguard = CertGuard::Environment::built('certguard');
my $ca = CertGuard::Pki::path('ca.pem');
my $count = 0;
my $root;    # of the machine for the block that is run

sub write_file {
    my ($path, $text) = @_;
    system('mkdir', '-p', "$root$path" =~ s{/[^/]*\z}{}r);
    CertGuard::Nginx::replace("$root$path", $text);
}

sub content { return CertGuard::Example::read_file("$root$_[0]") }

# What COMMANDS print, on the machine below $root. THERE: names of programs to note the calls of, and shell functions.
sub run {
    my ($commands, @there) = @_;
    $commands =~ s{(?<=[ >=])/(?=etc/|var/log/|usr/lib/)}{$root/}g;
    my $functions = join '', map { /\W/ ? "$_\n" : "$_() { echo \"$_ \$*\" >>$root/called; }\n" } @there;
    write_file('/block.sh', "set -eu -o pipefail\ncertguard() { $certguard \"\$@\"; }\n$functions$commands");
    my $said = qx(cd $root && bash block.sh 2>&1);
    is $?, 0, 'the commands succeed' or diag $said;
    return $said;
}

# A file of this project or test, on that machine.
sub copy {
    my ($file, $path) = @_;
    write_file($path, CertGuard::Example::read_file($file));
}

sub called { return -e "$root/called" ? content('/called') : '' }

# The policy that COMMANDS have made, with this machine's files for those of the example.
sub certguard_takes_policy {
    my $policy = content('/etc/certguard/policy.yaml') =~ s{/etc/certguard/katello\.token}{$root/katello.token}r;
    my %here = ('/etc/pki/katello/certs/katello-default-ca.crt' => 'ca.pem',
        '/etc/pki/katello/certs/katello-server-ca.crt' => 'ca.pem', '/etc/foreman-proxy/foreman_ssl_ca.pem' => 'ca.pem',
        '/etc/foreman-proxy/foreman_ssl_cert.pem' => 'identity.pem',
        '/etc/foreman-proxy/foreman_ssl_key.pem' => 'identity.key');
    $policy =~ s/\Q$_\E/CertGuard::Pki::path($here{$_})/ge for keys %here;
    write_file('/katello.token', "token\n");
    chmod 0600, "$root/katello.token";
    write_file('/policy.yaml', $policy);
    my $said = qx($certguard check $root/policy.yaml 2>&1);
    is $?, 0, 'certguard takes the policy' or diag $said;
    return $policy;
}

sub katello_server {
    my ($commands) = @_;
    write_file("/etc/$_", '') for 'certguard/x', 'nginx/x';
    run($commands, 'hostname() { echo k.example.org; }', 'certguard', 'nginx');
    is called(), "certguard check $root/etc/certguard/policy.yaml\nnginx -t\n", 'both are checked';
    like content('/etc/nginx/nginx.conf'), qr/server_name k\.example\.org;/, 'nginx.conf is for this server';
    like certguard_takes_policy(), qr/names: \[proxy1\.example\.com, proxy2\.example\.com\]/, 'and knows its proxies';
}

sub smart_proxy {
    my ($commands) = @_;
    my $vhosts = '/etc/httpd/conf.d/10-rhsm-pulpcore-https-443.conf';
    my ($of_proxy, $of_gateway) = map {"/etc/foreman-proxy/settings.d/$_.yml"} qw(pulpcore container_gateway);
    write_file('/etc/nginx/x', '');
    write_file('/etc/httpd/conf/ports.conf', "# Managed by Puppet\n\nListen 443\nListen 80\n");
    write_file($vhosts, "<VirtualHost *:443>\n  ServerName p.example.org\n</VirtualHost>\n");
    write_file($of_proxy, ":pulp_url: https://p.example.org\n:mirror: true\n");
    write_file($of_gateway, ":pulp_endpoint: https://p.example.org\n");
    run($commands, 'hostname() { echo p.example.org; }', qw(certguard nginx semanage systemctl),
        "firewall-cmd() { echo firewall-cmd >>$root/called; }");
    is called(), <<"END", 'programs are called in this order';
certguard check $root/etc/certguard/policy.yaml
semanage port -a -t http_port_t -p tcp 8444
firewall-cmd
firewall-cmd
systemctl restart httpd foreman-proxy
nginx -t
systemctl enable --now nginx
END
    certguard_takes_policy();
    my %taken = map { $_ => 1 } content('/etc/nginx/nginx.conf') =~ /^\s*listen (\d+)/mg;
    is_deeply [sort keys %taken], [443, 80], 'nginx wants the ports of TLS and of HTTP';
    is_deeply [content('/etc/httpd/conf/ports.conf') =~ /^Listen (\d+)/mg], [8444], 'Apache leaves them';
    like content($vhosts), qr/^<VirtualHost \*:8444>$/m, 'with all that it has there';
    like content($of_proxy), qr{\A:pulp_url: https://p\.example\.org:8444\n:mirror}, 'the proxy knows';
    is content($of_gateway), ":pulp_endpoint: https://p.example.org:8444\n", 'the gateway, too';
    unlike content('/etc/nginx/nginx.conf'), qr/proxy\.example\.com/, 'no name of the example is left';
}

sub links_of_a_host {
    my ($commands) = @_;
    run($commands, 'podman');
    my $directory = "$root/etc/containers/certs.d/katello.example.com";
    my %target = ('client.cert' => 'pki/consumer/cert.pem', 'client.key' => 'pki/consumer/key.pem',
        'ca.crt' => 'rhsm/ca/katello-server-ca.pem');
    is readlink "$directory/$_", "$root/etc/$target{$_}", "$_ is a link" for sort keys %target;
    like called(), qr{\Apodman pull katello\.example\.com/\S+\npodman search katello\.example\.com/\n\z},
        'podman is asked';
}

sub a_denial_again {
    my ($commands) = @_;
    write_file('/etc/certguard/policy.yaml',
        "version: 1\nguards:\n  content: { type: rhsm, ca: $ca, path_prefix: /pulp/content/ }\n");
    CertGuard::Pki::certificate('explained', '--v3-path', '/ACME/Dev');
    copy(CertGuard::Pki::path('explained.pem'), '/cert.pem');
    my $said = run($commands);
    like $said, qr{^decision: +granted\n.*^steps:\n}ms, 'explain tells the steps';
    like $said, qr{^ *kind: .*/ACME/Dev}ms, 'inspect tells the paths';
}

sub module_by_hand {
    my ($commands) = @_;
    my $module = CertGuard::Environment::built('ngx_http_certguard_module.so');
    write_file('/usr/lib/nginx/modules/ngx_http_certguard_module.so', 'old');
    symlink $module =~ s{/[^/]*\z}{}r, "$root/build" or die "build: $!\n";
    run($commands, 'cmake');
    my $installed = "$root/usr/lib/nginx/modules/ngx_http_certguard_module.so";
    is -s $installed, -s $module, 'the new module is in the place of the old one';
    ok !-e "$installed.new", 'under its name only';
    is called(), "cmake --install build\n", 'CMake installs the command';
}

# An nginx with the documented logs that has refused a request.
sub busy_nginx {
    my ($formats) = CertGuard::Example::read_file('docs/operations.md')
        =~ /^## An access log that tells why\n.*?^```nginx\n(.*?)^```$/ms;
    system('mkdir', '-p', "$root/var/log/nginx");
    CertGuard::Pki::certificate('server', '--cn', 'localhost', '--eku', 'server', '--san',
        'DNS:localhost,DNS:katello.example.com');
    my $server = CertGuard::Server->start(
        policy => "version: 1\nguards:\n  content: { type: rhsm, ca: $ca }\n",
        access_log => '', http => $formats =~ s{/var/log/nginx}{$root/var/log/nginx}gr,
        locations => 'location / { certguard content; empty_gif; } location = /certguard/status { certguard_status; }');
    my $crowd = CertGuard::Crowd->new(address => $server->address);
    $crowd->once('/ACME/Library/custom/tools/x', 'host');
    $crowd->once('/ACME/other', 'host');
    CertGuard::Server::wait_until(sub { content('/var/log/nginx/decisions.json') =~ /\n.*\n/ });
    return $server;
}

sub is_installed { return grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

sub what_prometheus_reads {
    my ($commands) = @_;
    plan skip_all => 'promtool is not installed; tools/test installs it' if !is_installed('promtool') && !$ENV{CI};
    my $server = busy_nginx();
    write_file('/etc/prometheus/prometheus.yml',
        CertGuard::Example::read_file('conf.examples/monitoring/scrape.yml') =~ s{/etc/}{$root/etc/}gr);
    copy('conf.examples/monitoring/certguard-alerts.yml', '/etc/prometheus/certguard-alerts.yml');
    copy($ca, '/etc/prometheus/katello-server-ca.crt');
    write_file('/.curlrc', "connect-to = katello.example.com:443:@{[$server->address]}\nnoproxy = *\n");
    my $said = run($commands, 'systemctl', "curl() { CURL_HOME=$root command curl \"\$@\" | tee $root/metrics; }");
    like $said, qr/SUCCESS/, 'promtool takes the configuration';
    is called(), "systemctl reload prometheus\n", 'so Prometheus reads it';
    like content('/metrics'), qr/^certguard_decisions_total\{.*\} [1-9]/m, 'there are metrics that promtool takes';
    $server->stop;
}

sub refusals_of_a_host {
    my ($commands) = @_;
    plan skip_all => 'jq is not installed; tools/test installs it' if !is_installed('jq') && !$ENV{CI};
    my $server = busy_nginx();
    like run($commands), qr/\A\["[^"]+","\/ACME\/other","not_entitled"\]\n\z/, 'the one refusal is found';
    $server->stop;
}

my %runs = (
    'README.md proxies=' => \&katello_server,
    'README.md proxy=' => \&smart_proxy,
    'README.md d=' => \&links_of_a_host,
    'README.md certguard explain' => \&a_denial_again,
    'docs/install.md modules=' => \&module_by_hand,
    'docs/monitoring.md promtool' => \&what_prometheus_reads,
    'docs/operations.md jq' => \&refusals_of_a_host,
);

CertGuard::Pki::make();
my %seen;
for my $document ('README.md', glob 'docs/*.md') {
    my $text = CertGuard::Example::read_file($document);
    while ($text =~ /^ *```sh\n(.*?)^ *```$/msg) {
        my $commands = $1;
        my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
        my ($how, @more) = grep { index("$document $commands", $_) == 0 } keys %runs;
        ok defined $how && !@more, "$document:$line: this test runs the commands, or they are marked: ```sh excerpt"
            or next;
        $seen{$how}++;
        $root = CertGuard::Scratch::file('machine-' . ++$count);
        mkdir $root or die "$root: $!\n";
        symlink Cwd::getcwd() . '/conf.examples', "$root/conf.examples" or die "conf.examples: $!\n";
        subtest "$document:$line: $how" => sub { $runs{$how}->($commands) };
    }
}
is_deeply \%seen, {map { $_ => 1 } keys %runs}, 'each is there, once';

done_testing;
