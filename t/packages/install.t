# The packages, installed on a copy of this machine with a systemd of its own: nginx goes on as before, guards
# what its configuration says, also under the drop-in of docs/install.md, loses no log line, survives upgrades,
# and gets rid of them again.

use strict;
use warnings;

use lib 't/lib';

use CertGuard::Scratch;
use CertGuard::Environment;
use CertGuard::Packages;
use CertGuard::Pki;
use CertGuard::Sandbox;
use Test::More;

my $missing = CertGuard::Sandbox::missing();
plan skip_all => $missing if defined $missing;

my $module = '/usr/lib/nginx/modules/ngx_http_certguard_module.so';
my $link = '/etc/nginx/modules-enabled/50-mod-http-certguard.conf';
my @packages = qw(libnginx-mod-http-certguard certguard);
my $sandbox = CertGuard::Sandbox->start;
my %site = (content => 'https://localhost/pulp/content' . CertGuard::Pki::PATH . '/x',
    image => 'https://localhost/v2/acme/dev/web/prod/nginx/manifests/latest');

sub works {
    my ($name, @command) = @_;
    my $said = $sandbox->run(@command);
    is $said->{status}, 0, $name or diag $said->{text};
    return $said->{text};
}

sub fails {
    my ($name, $pattern, @command) = @_;
    my $said = $sandbox->run(@command);
    isnt $said->{status}, 0, $name;
    like $said->{text}, $pattern, "$name: what it says";
}

# Status and body of a request with a certificate, or none.
sub get {
    my ($url, $certificate) = @_;
    my @tls = ('--cacert', '/etc/certguard/ca.pem',
        $certificate ? ('--cert', "/root/$certificate.pem", '--key', "/root/$certificate.key") : ());
    my $text = $sandbox->run('curl', '-sS', '--max-time', '20', '-w', '\n%{http_code}', @tls, $url)->{text};
    my ($body, $status) = $text =~ /\A(.*)\n(\d+)\z/s;
    return wantarray ? ($status, $body) : $status;
}

# One line on how the site answers to whom.
sub answers {
    return join ' ', map { scalar get(@$_) } [$site{content}, 'host'], [$site{content}], [$site{image}, 'host'],
        [$site{image}, 'expired'];
}
my $right = '200 403 200 401';

sub lines { return split /\n/, $sandbox->read($_[0]) // '' }

# Granted and refused requests, one after the other, while DO runs; {status => number}.
sub under_load {
    my ($do) = @_;
    my $tls = '--cacert /etc/certguard/ca.pem';
    $sandbox->run('rm', '-f', '/run/stop', '/run/answers');
    $sandbox->background('requests', 'sh', '-c', <<"LOOP");
while [ ! -e /run/stop ]; do
    curl -s -o /dev/null -w '%{http_code}\\n' $tls --cert /root/host.pem --key /root/host.key $site{content}
    curl -s -o /dev/null -w '%{http_code}\\n' $tls $site{content}
done >/run/answers
LOOP
    wait_for('requests are under way', sub { lines('/run/answers') > 10 });
    $do->();
    my $so_far = lines('/run/answers');
    wait_for('requests go on', sub { lines('/run/answers') > $so_far + 10 });
    $sandbox->run('touch', '/run/stop');
    wait_for('requests end', sub { $sandbox->run('systemctl', 'is-active', 'requests')->{status} != 0 });
    my %count;
    ++$count{$_} for lines('/run/answers');
    return \%count;
}

sub wait_for {
    my ($name, $condition) = @_;
    for (1 .. 600) {
        return pass $name if $condition->();
        select undef, undef, undef, 0.1;
    }
    fail $name;
}

sub nginx_processes {
    return lines('/sys/fs/cgroup/system.slice/nginx.service/cgroup.procs');
}

sub open_files { return join '', map { $sandbox->run('sh', '-c', "readlink /proc/$_/fd/*")->{text} } nginx_processes() }

sub master { return ($sandbox->read('/run/nginx.pid') // 'none') =~ s/\n//r }

# The inodes of the module's files that nginx's master has mapped, new and deleted ones.
sub mapped {
    my %inodes = map { /\s(\d+)\s+\S+\/ngx_http_certguard_module\.so/ ? ($1 => 1) : () }
        lines('/proc/' . master() . '/maps');
    return [sort keys %inodes];
}

sub debs { return map {"/root/$_.deb"} @_ }

sub prepare_machine {
    $sandbox->copy(CertGuard::Packages::deb($_), "/root/$_.deb") for @packages;
    CertGuard::Pki::make();
    CertGuard::Pki::certificate('katello', '--cn', 'katello.test', '--eku', 'server', '--san', 'DNS:katello.test');
    for my $name (qw(host expired server katello)) {
        my $directory = $name =~ /^(?:host|expired)$/ ? '/root' : '/etc/ssl/private';
        $sandbox->copy(CertGuard::Pki::path("$name.$_"), "$directory/$name.$_", 0600) for qw(pem key);
    }
    # What this machine's administrator has made of nginx does not belong here.
    $sandbox->run('sh', '-c', 'rm -rf /etc/nginx/conf.d/* /etc/nginx/*-enabled/* /etc/certguard /var/log/nginx/*'
            . ' /etc/systemd/system/nginx.service* && systemctl daemon-reload');
    $sandbox->run('dpkg', '--purge', @packages);
    $sandbox->write('/etc/nginx/sites-enabled/plain', "server { listen 80; return 200 plain; }\n");
}

# A site with a Katello to ask.
sub configure_site {
    $sandbox->copy(CertGuard::Pki::path('ca.pem'), '/etc/certguard/ca.pem');
    $sandbox->write('/etc/certguard/katello.token', "a-personal-access-token\n", 0600);
    $sandbox->write('/etc/certguard/policy.yaml', <<'POLICY');
version: 1
lookups:
  katello: { source: foreman, url: "https://katello.test:9443", ca: ca.pem, user: certguard, password_file: katello.token }
guards:
  content: { type: rhsm, ca: ca.pem, path_prefix: /pulp/content/ }
  registry: { type: host, ca: ca.pem, serves: registry, lookup: katello }
POLICY
    $sandbox->write('/etc/nginx/sites-enabled/guarded', <<'SITE');
certguard_policy /etc/certguard/policy.yaml;
log_format certguard '$status $certguard_decision $certguard_reason $certguard_cache';
server {
    listen 443 ssl;
    ssl_certificate /etc/ssl/private/server.pem;
    ssl_certificate_key /etc/ssl/private/server.key;
    ssl_verify_client optional_no_ca;
    error_page 495 = @bad_certificate;
    access_log /var/log/nginx/access.log certguard;
    error_log /var/log/nginx/error.log warn;
    location /pulp/content/ { certguard content; proxy_pass http://127.0.0.1:8080; }
    location /v2/ { certguard registry; proxy_pass http://127.0.0.1:8080; }
    location @bad_certificate { certguard registry; proxy_pass http://127.0.0.1:8080; }
}
server { listen 127.0.0.1:8080; access_log off; return 200 "X-CLIENT-CERT: $http_x_client_cert\n"; }
SITE
    $sandbox->write('/etc/hosts', "127.0.0.1 localhost katello.test\n");
    $sandbox->background('katello', '/mnt/t/lib/fake-katello', '--tls-port', 9443,
        '--certificate', '/etc/ssl/private/katello.pem', '--key', '/etc/ssl/private/katello.key');
    wait_for('there is a Katello', sub { get('https://katello.test:9443/') =~ /^[1-5]\d\d$/ });
}

prepare_machine();

subtest 'installing the packages loads the module into the running nginx, which serves as before' => sub {
    works('nginx starts', 'systemctl', 'start', 'nginx');
    is get('http://localhost/'), 200, 'and serves';
    my $master = master();
    works('both packages can be installed', 'dpkg', '-i', debs(@packages));
    is $sandbox->run('readlink', $link)->{text}, "/usr/share/nginx/modules-available/mod-http-certguard.conf\n",
        'the module is enabled';
    wait_for('the running nginx has loaded it', sub { @{mapped()} == 1 });
    is master(), $master, 'without a restart';
    is get('http://localhost/'), 200, 'and serves as before';
    unlike $sandbox->read('/var/log/nginx/error.log') // '', qr/\[(?:alert|crit|emerg)\]/, 'its log has nothing to say';
    works('the command runs', 'certguard', '--version');
    works('its manual page is found', 'man', '-w', 'certguard');
};

subtest 'where the module is loaded already, its line is not wanted a second time' => sub {
    $sandbox->write('/root/twice.conf', "load_module modules/ngx_http_certguard_module.so;\ninclude $link;\nevents {}\n");
    fails('twice', qr/module "ngx_http_certguard_module" is already loaded/, 'nginx', '-t', '-c', '/root/twice.conf');
};

subtest 'a policy and guards in the configuration take effect' => sub {
    configure_site();
    works('certguard check accepts the policy', 'certguard', 'check', '/etc/certguard/policy.yaml');
    works('nginx -t accepts the configuration', 'nginx', '-t');
    works('nginx reloads', 'systemctl', 'reload', 'nginx');
    wait_for('requests are decided', sub { answers() eq $right });
    my ($status, $body) = get($site{content}, 'host');
    like $body, qr/^X-CLIENT-CERT: -----BEGIN%20CERTIFICATE-----/, 'the backend gets the certificate';
    like $sandbox->read('/var/log/nginx/error.log'), qr/certguard: guard "content" refused .*no_certificate/,
        'a refusal is in the log';
};

subtest 'under the drop-in of docs/install.md everything is decided as before' => sub {
    open my $in, '<', 'docs/install.md' or die "docs/install.md: $!\n";
    my ($path, $drop_in) = do { local $/; <$in> } =~ m{^```ini\n# (/etc/systemd/\S+)\n(.*?)^```$}ms;
    ok defined $drop_in, 'there is one' or return;
    $sandbox->write($path, $drop_in);
    $sandbox->run('sh', '-c', ': >/var/log/nginx/access.log');
    works('nginx starts with it', 'sh', '-c', 'systemctl daemon-reload && systemctl restart nginx');
    unlike works('systemd knows all of it', 'systemd-analyze', 'verify', 'nginx.service'), qr/hardening\.conf/,
        'and finds nothing wrong with it';

    my $status = $sandbox->read('/proc/' . master() . '/status');
    like $status, qr/^NoNewPrivs:\t1$/m, 'no new privileges';
    like $status, qr/^Seccomp:\t2$/m, 'system calls are filtered';
    my @inside = ('nsenter', '-t', master(), '-m', '--');
    fails("$_ can't be written", qr/Read-only file system/, @inside, 'touch', "$_/x") for qw(/etc/certguard /usr /srv);
    is $sandbox->run(@inside, 'ls', '/home')->{text}, '', 'nobody is at home';

    is answers(), $right, 'requests are decided';
    works('nginx reloads', 'systemctl', 'reload', 'nginx');
    is answers(), $right, 'and after a reload';
    like $sandbox->read('/var/log/nginx/access.log'), qr/^200 granted ok miss$/m, 'Katello has been asked';
    unlike $sandbox->read('/var/log/nginx/error.log'), qr/\[(?:alert|crit|emerg)\]/, 'the log has nothing to say';
};

subtest 'log rotation loses no line, and writes none into the old file' => sub {
    # The lines of the requests before are written when nginx has been told to end, and has.
    works('nginx starts anew', 'systemctl', 'restart', 'nginx');
    $sandbox->run('sh', '-c', ': >/var/log/nginx/error.log; : >/var/log/nginx/access.log');
    my $count = under_load(sub {
        works("Debian's logrotate.d/nginx", 'logrotate', '-f', '/etc/logrotate.d/nginx');
        wait_for('nginx has opened the new logs', sub { open_files() !~ /\.log\.1/ });
    });
    is_deeply [sort keys %$count], [200, 403], 'all requests are answered';
    for my $log (qw(error access)) {
        my ($old, $new);
        wait_for("nginx has written the last line of $log.log", sub {    # which it does after it has answered
            ($old, $new) = map { scalar grep {/certguard: guard|^403 denied/} lines("/var/log/nginx/$log.log$_") } '.1', '';
            return $old + $new >= $count->{403};
        });
        ok $old > 0 && $new > 0, "$log.log.1 and $log.log have denials: $old and $new";
        is $old + $new, $count->{403}, 'one for each request';
    }
    my $open = open_files();
    like $open, qr{/var/log/nginx/error\.log$}m, 'nginx has the new log open';
    unlike $open, qr/\.log\.1/, 'and not the old one';
};

subtest 'an upgrade counts when nginx starts anew, and disturbs no request' => sub {
    my $before = mapped();
    my @workers = grep { $_ != master() } nginx_processes();
    my $count = under_load(sub {
        works('the packages are installed again', 'dpkg', '-i', debs(@packages));
        wait_for('nginx has reloaded', sub {
            my %there = map { $_ => 1 } nginx_processes();
            return !grep { $there{$_} } @workers;
        });
        is_deeply [scalar @$before, @{mapped()}], [1, @$before], 'the reload goes on with the module that nginx has';
        works('nginx is replaced under way', 'invoke-rc.d', 'nginx', 'upgrade');
    });
    is_deeply [sort keys %$count], [200, 403], 'all requests are answered';
    my $after = mapped();
    is scalar @$after, 1, 'the new nginx has one module';
    isnt $after->[0], $before->[0], 'and that is the new one';
    works('systemd knows the new nginx', 'systemctl', 'reload', 'nginx');
    is answers(), $right, 'requests are decided';
    unlike $sandbox->read('/var/log/nginx/error.log'), qr/exited on signal|\[(?:alert|crit|emerg)\]/, 'no worker has died';
};

subtest 'a module that is removed too early goes on to guard' => sub {
    works('the package is removed', 'dpkg', '-r', 'libnginx-mod-http-certguard');
    fails('nginx does not accept its configuration', qr/unknown directive "certguard_policy"/, 'nginx', '-t');
    is answers(), $right, 'but still decides requests';
    works('it is installed again', 'dpkg', '-i', debs('libnginx-mod-http-certguard'));
    works('and enabled', 'test', '-L', $link);
    works('nginx accepts its configuration', 'nginx', '-t');
};

subtest 'a module that its administrator has disabled stays disabled' => sub {
    $sandbox->run('rm', $link);
    works('an upgrade', 'dpkg', '-i', debs('libnginx-mod-http-certguard'));
    fails('the link is not back', qr/\A\z/, 'test', '-L', $link);
};

subtest 'purged, the packages leave nginx as it was, and the policy to its owner' => sub {
    works('the site is taken out', 'rm', '/etc/nginx/sites-enabled/guarded');
    works('purge', 'dpkg', '--purge', @packages);
    is $sandbox->run('sh', '-c', 'ls /etc/nginx/modules-enabled')->{text}, '', 'no module is enabled';
    my @gone = ($module, '/usr/share/nginx/modules-available/*certguard*', '/usr/share/doc/*certguard*',
        '/usr/share/bash-completion/completions/certguard', '/usr/bin/certguard');
    is $sandbox->run('sh', '-c', "ls -d @gone 2>/dev/null")->{text}, '', 'no file is left';
    ok defined $sandbox->read('/etc/certguard/policy.yaml'), 'but for those of /etc/certguard';
    works('nginx starts', 'systemctl', 'restart', 'nginx');
    is get('http://localhost/'), 200, 'and serves';
};

done_testing;
