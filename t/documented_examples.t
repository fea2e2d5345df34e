# The examples in README.md and docs/: configurations are taken by nginx, policies by certguard check, shell
# commands by a shell; t/documented_commands.t runs them, but for those that are marked as excerpts. What is not
# such an example is in a block without a language.

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
            : $language =~ /^sh(?: excerpt)?\z/ ? shell_takes($example)
            : $language eq 'erb' ? foreman_finds($example)
            : $language eq 'ini' ? systemd_might_take($example)
            : 'nobody here knows it';
        is $problem, '', "$document:$line: $language";
        $count{$language}++;
    }
}
cmp_ok $count{$_} // 0, '>', 0, "there are examples: $_" for qw(nginx yaml sh erb ini), 'sh excerpt';

subtest 'what is wrong is found out' => sub {
    like nginx_takes("location / { certguard nobody; }\n", $plain_policy), qr/unknown guard "nobody"/, 'a guard';
    like nginx_takes("certguard_zone;\n", $plain_policy), qr/invalid number of arguments/, 'a directive';
    like certguard_takes("lookups:\n  katello: { source: file }\n"), qr/file/, 'a policy';
    like shell_takes("for x in; do\n"), qr/syntax error/, 'a command';
    is foreman_finds("<%= snippet('elsewhere') %>"), 'elsewhere', 'a template';
    is systemd_might_take("[Service]\nPrivateTmp yes\n"), 'PrivateTmp yes', 'a unit';
};

done_testing;
