# conf.examples/host/foreman/: the templates are what Foreman imports, and what it makes of them sets a host up. (C7)

use lib 't/lib';
use CertGuard;
use CertGuard::Example;
use CertGuard::FakeKatello;
use CertGuard::Host;
use IPC::Open2 qw(open2);
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use Test::More;

plan skip_all => 'ruby is not installed; tools/test installs it'
    if !CertGuard::Host::where_is('ruby') && !$ENV{CI};

my $script = 'conf.examples/host/certguard-host-setup';
my $katello = CertGuard::FakeKatello->start;
my $example = CertGuard::Example->katello_server($katello, CertGuard::FakePulp::address());
my $at = $example->address;

# {metadata, text} of a template, with the script as its snippet.
sub rendered {
    my ($name, %with) = @_;
    my $pid = open2(my $out, my $in, 't/lib/foreman-template', "conf.examples/host/foreman/$name");
    print $in JSON::PP->new->encode({inputs => {}, parameters => {}, %with,
            snippets => {'certguard-host-setup' => $script}});
    close $in;
    my $said = do { local $/; <$out> };
    waitpid $pid, 0;
    is($?, 0, "$name can be rendered") or die;
    return JSON::PP->new->decode($said);
}

sub job { return rendered('certguard_set_up_registries.erb', inputs => {action => 'set up', readers => '', @_}) }

sub registration { return rendered('certguard_registration.erb', parameters => {@_}) }

# The rendered text, run on HOST as Foreman has it run: by sh, or by bash with a trap for errors.
sub run_on {
    my ($host, $text, $before) = @_;
    $host->write('/rendered', ($before // '') . $text);
    return $host->run($before ? '/bin/bash' : 'sh', $host->file('/rendered'));
}

my $trap = "set +e\ntrap 'echo the build is given up; exit 1' ERR\n";

subtest 'they are what Foreman imports' => sub {
    my $job = job(registries => 'r')->{metadata};
    is($job->{model}, 'JobTemplate', 'a job template');
    is($job->{$_->[0]}, $_->[1], "$_->[0]: $_->[1]") for ['kind', 'job_template'], ['provider_type', 'script'],
        ['name', 'certguard - Set up container registries'];
    my %input = map { $_->{name} => $_ } @{$job->{template_inputs}};
    is_deeply([sort keys %input], [qw(action readers registries)], 'with its inputs');
    is($input{action}{options}, "set up\ncheck\nremove", 'one of them a choice');
    is($input{$_}{input_type}, 'user', "$_ is for the user") for keys %input;
    my ($named) = $job->{description_format} =~ /%\{(\w+)\}/g;
    ok($input{$named}, "its description names the input $named");
    my $snippet = registration()->{metadata};
    is($snippet->{model}, 'ProvisioningTemplate', 'a provisioning template');
    ok($snippet->{snippet} && $snippet->{kind} eq 'snippet', 'a snippet');
    ok($snippet->{name} && $_->{description}, 'with a name') for $snippet;
};

subtest 'they bring the very script' => sub {
    for my $text (job(registries => $at)->{text}, registration(certguard_registries => $at)->{text}) {
        my ($coded) = $text =~ /^cat << (?:\S+) \| base64 -d > "\$\w+"\n(.*?)\nEOF-/ms;
        is(decode_base64($coded), CertGuard::Example::read_file($script), 'byte for byte');
    }
};

subtest 'the job' => sub {
    my $host = CertGuard::Host->new;
    my $with_root = "$at --root $host->{root}";
    my $said = run_on($host, job(registries => "  $with_root\n")->{text});
    is($said->{status}, 0, 'sets up a registry');
    like($said->{text}, qr/^tried: \Q$at\E accepts the certificate of this host/m, 'and tells so');
    is(run_on($host, job(registries => $with_root, action => 'check', readers => 'daemon')->{text})->{status}, 0, 'checks it');
    $said = run_on($host, job(registries => $with_root, readers => 'daemon')->{text});
    like($said->{text}, qr/^allowed: the group daemon/m, 'lets a group in');
    is(run_on($host, job(registries => $with_root, action => 'remove')->{text})->{status}, 0, 'removes it');
    is($host->links($at), undef, 'and all that there was');
    is(run_on($host, job(registries => $with_root, action => 'check')->{text})->{status}, 1, 'fails when something is wrong');
    is_deeply([glob $host->file('/tmp.*')], [], 'leaves nothing behind');
};

subtest 'inputs are words, whatever is in them' => sub {
    my $host = CertGuard::Host->new;
    my $evil = '$(echo>' . $host->file('/owned') . ');`id`&"\'';
    my $said = run_on($host, job(registries => $evil)->{text});
    is($said->{status}, 2, 'no registry') or diag($said->{text});
    run_on($host, job(registries => "r --no-try --root $host->{root}", readers => $evil)->{text});
    run_on($host, job(registries => "r --no-try --root $host->{root}", action => $evil)->{text});
    run_on($host, registration(certguard_registries => $evil, certguard_readers => $evil)->{text}, $trap);
    ok(!-e $host->file('/owned'), 'no command');
};

subtest 'a registration' => sub {
    my $host = CertGuard::Host->new;
    my $said = run_on($host, registration(certguard_registries => "$at, --root $host->{root}")->{text} . "echo goes on\n", $trap);
    like($said->{text}, qr/^tried: \Q$at\E accepts.*^goes on$/ms, 'sets up the registries of the host');
    $host->unregister;
    $said = run_on($host, registration(certguard_registries => "$at --root $host->{root}")->{text} . "echo goes on\n", $trap);
    like($said->{text}, qr/Is this host registered.*not all is well.*^goes on$/ms, 'goes on when that fails');
    is(registration()->{text} =~ s/\s+//gr, '', 'does nothing when there are none');
};

subtest 'the shell scripts that they make' => sub {
    plan skip_all => 'shellcheck is not installed; tools/test installs it'
        if !CertGuard::Host::where_is('shellcheck') && !$ENV{CI};
    my $host = CertGuard::Host->new;
    for (['sh', job(registries => 'a b:5000', readers => 'daemon')], ['bash', registration(certguard_registries => 'a b:5000')]) {
        my ($shell, $template) = @$_;
        $host->write('/rendered', $template->{text});
        is(qx(shellcheck -s $shell @{[$host->file('/rendered')]} 2>&1), '', 'shellcheck likes them');
    }
    is(qx(shellcheck -s sh $script 2>&1), '', 'and the script');
};

$example->stop;
done_testing();
