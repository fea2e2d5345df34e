# The examples in README.md and docs/: configurations are taken by nginx, policies by certguard check, shell
# commands by a shell. What is not such an example is in a block without a language.

use strict;
use warnings;
use lib 't/lib';

use CertGuard::Environment;
use CertGuard::Example;
use CertGuard::Nginx;
use CertGuard::Pki;
use CertGuard::Port;
use CertGuard::Scratch;
use CertGuard::Server;
use Test::More;

CertGuard::Pki::make();
my $ca = CertGuard::Pki::path('ca.pem');
my $certguard = CertGuard::Environment::built('certguard');
my $site = CertGuard::Scratch::file('site');
mkdir $_ for $site, "$site/log", "$site/temp";
write_file('katello.token', "token\n");
chmod 0600, "$site/katello.token";
write_file($_, CertGuard::Example::read_file($ca)) for 'monitoring-ca.pem', 'old-monitoring-ca.pem';
write_file('hosts.yaml', "version: 1\norganizations: {}\n");
my $guards = <<"EOP";
guards:
  content: { type: x509, ca: $ca }
  registry: { type: host, ca: $ca, serves: registry, lookup: katello }
EOP
my $plain_policy = "version: 1\nlookups:\n  katello: { source: file, file: hosts.yaml }\n$guards";

sub write_file {
    my ($name, $text) = @_;
    CertGuard::Nginx::replace("$site/$name", $text);
    return "$site/$name";
}

# This machine's files for those of the examples.
sub here {
    my ($text) = @_;
    my %file = (
        '/etc/certguard/policy.yaml' => "$site/policy.yaml",
        '/etc/certguard/katello.token' => "$site/katello.token",
        '/var/log/nginx' => "$site/log",
        '/etc/pki/katello/certs/katello-default-ca.crt' => $ca,
        '/etc/pki/katello/certs/katello-server-ca.crt' => $ca,
        '/etc/pki/tls/certs/pulp.example.com.crt' => CertGuard::Pki::path('server.pem'),
        '/etc/pki/tls/private/pulp.example.com.key' => CertGuard::Pki::path('server.key'),
    );
    my $names = join '|', map {quotemeta} sort { length $b <=> length $a } keys %file;
    return $text =~ s/($names)/$file{$1}/gr;
}

# What is around an example, so that it is a whole configuration.
sub whole_configuration {
    my ($example) = @_;
    my $module = (split ' ', $ENV{TEST_NGINX_LOAD_MODULES})[0];
    my $temp = join ' ', map {"${_}_temp_path $site/temp/$_;"} qw(client_body proxy fastcgi uwsgi scgi);
    my $server = "listen 127.0.0.1:@{[CertGuard::Port::reserve()]};";
    if ($example =~ /^http \{/m) {
        $example =~ s/^load_module .*;$/load_module $module;/m;
        $example =~ s/listen 443/listen 127.0.0.1:@{[CertGuard::Port::reserve()]}/;
        $example =~ s/^http \{/http { $temp access_log off;/m;
    }
    else {
        my $in_server = $example =~ /^location /m ? $example : '';
        my $in_http = $in_server ? '' : $example;
        $example = "load_module $module;\nhttp { $temp certguard_policy $site/policy.yaml;\n$in_http\n"
            . "server { $server location = /guarded { certguard registry; }\n$in_server } }\n";
    }
    return "pid $site/nginx.pid;\nerror_log $site/error.log;\n$example\nevents {}\n";
}

sub nginx_takes {
    my ($example, $policy) = @_;
    write_file('policy.yaml', $policy);
    my $file = write_file('nginx.conf', whole_configuration(here($example)));
    local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';
    my $said = qx($ENV{TEST_NGINX_BINARY} -t -p $site -c $file -e $site/error.log 2>&1);
    return $? == 0 ? '' : $said;
}

# A hosts file, the lookups of a policy, or a whole one.
sub certguard_takes {
    my ($example) = @_;
    my $policy = here($example);
    if ($example =~ /^organizations:/m) {
        write_file('hosts.yaml', $policy);
        $policy = $plain_policy;
    }
    elsif ($example !~ /^guards:/m) {
        $policy = "version: 1\n$policy$guards";
    }
    my $file = write_file('policy.yaml', $policy);
    my $said = qx($certguard check $file 2>&1);
    return $? == 0 ? '' : $said;
}

sub shell_takes {
    my ($example) = @_;
    my $file = write_file('example.sh', $example);
    return qx(bash -n $file 2>&1);
}

sub foreman_finds {
    my ($example) = @_;
    return join ' ', grep { !-e "conf.examples/host/foreman/$_.erb" } $example =~ /snippet\('(\w+)'\)/g;
}

# systemd itself reads it in t/packages/install.t, which is not run everywhere.
sub systemd_might_take {
    my ($example) = @_;
    return join ' ', grep { !/^(?:#.*|\[[A-Z]\w+\]|[A-Z]\w+=.*)$/ } split /\n/, $example;
}

my %count;
for my $document ('README.md', glob 'docs/*.md') {
    my $text = CertGuard::Example::read_file($document);
    my ($own_policy) = $text =~ /^```yaml\n(.*?)^```$/ms;
    while ($text =~ /^ *```([^\n]*)\n(.*?)^ *```$/msg) {
        my ($language, $example) = ($1, $2);
        my $line = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
        my $problem = $language eq '' ? ''
            : $language eq 'nginx' ? nginx_takes($example, $document eq 'README.md' ? here($own_policy) : $plain_policy)
            : $language eq 'yaml' ? certguard_takes($example)
            : $language eq 'sh' ? shell_takes($example)
            : $language eq 'erb' ? foreman_finds($example)
            : $language eq 'ini' ? systemd_might_take($example)
            : 'nobody here knows it';
        is $problem, '', "$document:$line: $language";
        $count{$language}++;
    }
}
cmp_ok $count{$_} // 0, '>', 0, "there are examples: $_" for qw(nginx yaml sh erb ini);

subtest 'what is wrong is found out' => sub {
    like nginx_takes("location / { certguard nobody; }\n", $plain_policy), qr/unknown guard "nobody"/, 'a guard';
    like nginx_takes("certguard_zone;\n", $plain_policy), qr/invalid number of arguments/, 'a directive';
    like certguard_takes("lookups:\n  katello: { source: file }\n"), qr/file/, 'a policy';
    like shell_takes("for x in; do\n"), qr/syntax error/, 'a command';
    is foreman_finds("<%= snippet('elsewhere') %>"), 'elsewhere', 'a template';
    is systemd_might_take("[Service]\nPrivateTmp yes\n"), 'PrivateTmp yes', 'a unit';
};

# What the README's commands make of files, on a machine called NAME. FILES: what the installer has put there.
sub edited_by_readme {
    my ($heading, $name, %files) = @_;
    my ($section) = CertGuard::Example::read_file('README.md') =~ /^## \Q$heading\E\n(.*?)^## /ms or die "no $heading\n";
    my $root = CertGuard::Scratch::file("edited-$name");
    for my $file ('/etc/nginx/nginx.conf', keys %files) {
        system('mkdir', '-p', "$root$file" =~ s{/[^/]*\z}{}r);
        CertGuard::Nginx::replace("$root$file", $files{$file} // '');
    }
    my $commands = join '', map { s{(?<=[ >])/etc/}{$root/etc/}gr }
        grep {/^(?:proxy|proxies|names)=|^mkdir |^sed /} map { "$_\n" } map { split /\n/ } $section =~ /^```sh\n(.*?)^```$/msg;
    my $file = write_file('readme.sh', "set -eu\nhostname() { echo $name; }\n$commands");
    is qx(bash $file 2>&1), '', "$heading: its commands";
    return sub { CertGuard::Example::read_file("$root$_[0]") };
}

subtest 'the README\'s way to a Katello server and a smart proxy' => sub {
    my $server = edited_by_readme('On a Katello server', 'k.example.org');
    like $server->('/etc/nginx/nginx.conf'), qr/server_name k\.example\.org;/, 'it is for this server';
    like $server->('/etc/certguard/policy.yaml'), qr/names: \[proxy1\.example\.com, proxy2\.example\.com\]/, 'and its proxies';

    my $vhosts = '/etc/httpd/conf.d/10-rhsm-pulpcore-https-443.conf';
    my $proxy = edited_by_readme('On a smart proxy', 'p.example.org',
        '/etc/httpd/conf/ports.conf' => "# Managed by Puppet\n\nListen 443\nListen 80\n",
        $vhosts => "<VirtualHost *:443>\n  ServerName p.example.org\n</VirtualHost>\n",
        '/etc/foreman-proxy/settings.d/pulpcore.yml' => ":pulp_url: https://p.example.org\n:mirror: true\n",
        '/etc/foreman-proxy/settings.d/container_gateway.yml' => ":pulp_endpoint: https://p.example.org\n");
    my %taken = map { $_ => 1 } $proxy->('/etc/nginx/nginx.conf') =~ /^\s*listen (\d+)/mg;
    is_deeply [sort keys %taken], [443, 80], 'nginx wants the ports of TLS and of HTTP';
    is_deeply [$proxy->('/etc/httpd/conf/ports.conf') =~ /^Listen (\d+)/mg], [8444], 'Apache leaves them';
    like $proxy->($vhosts), qr/^<VirtualHost \*:8444>$/m, 'with all that it has there';
    like $proxy->('/etc/foreman-proxy/settings.d/pulpcore.yml'), qr{\A:pulp_url: https://p\.example\.org:8444\n:mirror}, 'the proxy knows';
    is $proxy->('/etc/foreman-proxy/settings.d/container_gateway.yml'), ":pulp_endpoint: https://p.example.org:8444\n", 'the gateway, too';
    unlike $proxy->('/etc/nginx/nginx.conf'), qr/proxy\.example\.com/, 'no name of the example is left';
};

done_testing;
