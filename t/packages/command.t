# What `certguard --help` tells of commands and options is what the man page describes and what bash completes.

use strict;
use warnings;

use lib 't/lib';

use CertGuard::Scratch;
use CertGuard::Environment;
use Test::More;

my $certguard = CertGuard::Environment::built('certguard');
my $man_page = 'packaging/man/certguard.1';

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    return do { local $/; <$in> };
}

# What --help lists: {options => [...], arguments => [...], commands => [...]}.
sub help {
    my $text = qx($certguard @_ --help);
    is $?, 0, "certguard @_ --help" or diag $text;
    my ($commands) = $text =~ /^Subcommands:\n((?:  .*\n)+)/m;
    return {
        options => [sort $text =~ /^  (?:-\w,)?(--[a-z-]+)/mg],
        arguments => [$text =~ /^  ([A-Z]+) TEXT REQUIRED/mg],
        commands => [sort(($commands // '') =~ /^  (\w+)/mg)],
    };
}

my $whole = help();
my %command = map { $_ => help($_) } @{$whole->{commands}};
is_deeply $whole->{commands}, [qw(check explain host inspect paths)], 'these are the commands';

# Completions of WORDS, of which the last is being typed.
sub complete {
    my $script = <<'BASH';
source packaging/bash-completion/certguard
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_certguard
printf '%s\n' "${COMPREPLY[@]}"
BASH
    open my $out, '-|', 'bash', '-uc', $script, 'bash', 'certguard', @_ or die "bash: $!\n";
    chomp(my @words = <$out>);
    close $out;
    is $?, 0, "completion of certguard @_";
    return [sort grep {length} @words];
}

subtest 'the man page describes each command with its options and arguments' => sub {
    my $text = slurp($man_page);
    my ($common) = $text =~ /^All commands take.*?^(\.Bl.*?)^\.El/ms;
    my ($global) = $text =~ /^also takes:\n(\.Bl.*?)^\.El/ms;
    my ($commands) = $text =~ /^\.Sh COMMANDS\n(.*?)^\.Sh /ms;
    my %section = $commands =~ /^\.Ss (\w+)\n(.*?)(?=^\.Ss|\z)/msg;
    my $options = sub { map {"--$_"} map { /Fl -([a-z-]+)/g } grep {/^\.It/} split /\n/, $_[0] };
    is_deeply [sort keys %section], $whole->{commands}, 'commands';
    is_deeply [sort '--help', $options->($global)], $whole->{options}, 'options without a command';
    for my $name (sort keys %command) {
        is_deeply [sort map { $options->($_) } $common, $section{$name}], $command{$name}{options},
            "options of $name";
        is_deeply [$section{$name} =~ /^\.It Ar (\w+)$/mg], $command{$name}{arguments}, "arguments of $name";
        my @synopses = $text =~ /^\.Nm\n\.Cm $name\n((?:\.(?:Fl|Op|Ar) .*\n)+)/mg;
        my %in_synopsis = map { $_ => 1 } map { map {"--$_"} /Fl -([a-z-]+)/g } @synopses;
        is_deeply [sort '--help', keys %in_synopsis], $command{$name}{options}, "synopsis of $name";
        like join('', @synopses), qr/^\.Ar $_$/m, "$_ in it" for @{$command{$name}{arguments}};
    }
};

subtest 'what the man page says of defaults and exit statuses is so' => sub {
    my $text = slurp($man_page);
    like $text, qr/default is\n\.Ql GET/, 'the default method is told';
    like qx($certguard explain --help), qr/--method TEXT=GET/, 'and is GET';
    like $text, qr/^\.It 0\nYes\.\n\.It 1\nNo\.\n\.It 2\nTrouble/m, 'exit statuses';
    like qx($certguard --help), qr/Exit status: 0 yes, 1 no, 2 trouble\./, 'as in the help';
};

subtest 'mandoc and man have nothing to say against the man page' => sub {
    # Other manuals that it refers to need not be on this machine.
    my @said = grep { !/lacks nginx\(8\)|referenced manual not found/ } qx(mandoc -T lint -W all $man_page 2>&1);
    is join('', @said), '', 'mandoc -T lint';
    local @ENV{qw(LC_ALL MANROFFSEQ MANWIDTH)} = ('C.UTF-8', '', 80);
    is qx(man --warnings -E UTF-8 -l -Tutf8 -Z $man_page 2>&1 >/dev/null), '', 'man --warnings';
};

subtest 'the examples of the man page are commands that there are' => sub {
    my ($examples) = slurp($man_page) =~ /^\.Sh EXAMPLES\n(.*?)^\.Sh /ms;
    $examples =~ s/\\e\n\s*//g;
    my @lines = $examples =~ /^(?:\.Dl )?certguard (.*)$/mg;
    is scalar @lines, 6, 'six examples';
    for my $line (@lines) {
        my ($name, @words) = split ' ', $line;
        ok $command{$name}, "there is $name";
        my %known = map { $_ => 1 } @{$command{$name}{options}};
        is_deeply [grep { /^--/ && !$known{$_} } @words], [], "certguard $line";
    }
};

subtest 'bash completes commands and their options' => sub {
    is qx(shellcheck -s bash packaging/bash-completion/certguard), '', 'shellcheck has nothing to say';
    is_deeply complete(''), [sort @{$whole->{commands}}, @{$whole->{options}}], 'at the beginning';
    is_deeply complete('ex'), ['explain'], 'a command that was begun';
    is_deeply complete('paths', '--b'), ['--batch'], 'an option that was begun';
    for my $name (sort keys %command) {
        is_deeply complete($name, '--'), $command{$name}{options}, "options of $name";
    }
    is_deeply complete('nonsense', ''), [], 'nothing for what is no command';
};

subtest 'bash completes what options are followed by' => sub {
    my $directory = CertGuard::Scratch::file('site');
    mkdir $directory or die "$directory: $!\n";
    my $policy = "$directory/policy.yaml";
    open my $out, '>', $policy or die "$policy: $!\n";
    print $out <<'POLICY';
version: 1
lookups:
  katello: { source: catalog, url: "https://localhost" }
  site:    { source: file, file: hosts.yaml }
guards:          # names are two columns deep
  # none: of these
  content:
    type: x509
    ca: ca.pem
  "content-2": { type: x509, ca: ca.pem }
  '$(touch${IFS}evil)': { type: x509, ca: ca.pem }
  '`touch${IFS}evil`': { type: x509, ca: ca.pem }
POLICY
    close $out or die "$policy: $!\n";
    mkdir "$directory/certs" or die "$!\n";
    my $files = [sort "$directory/certs", $policy];
    is_deeply complete('check', "$directory/"), $files, 'check: a file';
    is_deeply complete('inspect', "$directory/"), $files, 'inspect: a file';
    is_deeply complete('explain', $_, "$directory/"), $files, "$_: a file" for qw(--policy --certificate);
    is_deeply complete('explain', '--policy', '=', "$directory/p"), [$policy], '--policy=: a file';
    is_deeply complete('paths', '--batch', "$directory/"), $files, '--batch: a file';
    is_deeply complete('host', ''), complete('host', '--'), 'a UUID is not guessed';
    is_deeply complete('explain', '--policy', $policy, '--guard', ''), [qw(content content-2)], 'guards of the policy';
    ok !unlink('evil'), 'nothing in a policy is run';
    is_deeply complete('explain', '--policy', '=', $policy, '--guard', 'content-'), ['content-2'], 'and what was begun';
    is_deeply complete('host', '--policy', $policy, '--lookup', ''), [qw(katello site)], 'lookups of the policy';
    is_deeply complete('explain', '--guard', ''), [], 'without a policy, none';
    is_deeply complete('explain', '--policy', "$directory/none", '--guard', ''), [], 'nor of one that is not there';
    is_deeply complete('explain', '--uri', ''), [], 'a URI is not guessed';
    is_deeply complete('explain', '--method', 'HE'), ['HEAD'], 'methods';
};

done_testing;
