# Where things are, for this project and for Test::Nginx, which reads its environment once, when it
# is loaded. CERTGUARD_BUILD names another build directory than build/.
package CertGuard::Environment;

use strict;
use warnings;

use File::Basename qw(dirname);
use File::Spec;

use CertGuard::Port;
use CertGuard::Scratch;

my $project = File::Spec->rel2abs(dirname(__FILE__) . '/../../..');
my $build = File::Spec->rel2abs($ENV{CERTGUARD_BUILD} // 'build', $project);

# The path of a file of the build directory.
sub built {
    my ($name) = @_;
    -f "$build/$name" or die "$build/$name is missing: build the project first (tools/test does)\n";
    return "$build/$name";
}

my ($nginx) = grep {-x} map {"$_/nginx"} split(/:/, $ENV{PATH}), '/usr/sbin';
$ENV{TEST_NGINX_BINARY} //= $nginx // 'nginx';
$ENV{TEST_NGINX_LOAD_MODULES} = join ' ', grep {defined} built('ngx_http_certguard_module.so'),
    $ENV{TEST_NGINX_LOAD_MODULES};
$ENV{TEST_NGINX_SERVROOT} = CertGuard::Scratch::file('nginx');
$ENV{TEST_NGINX_SERVER_PORT} //= CertGuard::Port::reserve();
$ENV{TEST_NGINX_PKI} = CertGuard::Scratch::file('pki');
$ENV{TEST_NGINX_TIMEOUT} //= 60;    # Test::Nginx's 3 seconds are few under a sanitizer, or beside a compiler

my $valgrind_log = CertGuard::Scratch::file('valgrind');
if ($ENV{CERTGUARD_VALGRIND}) {
    $ENV{TEST_NGINX_USE_VALGRIND} = "--num-callers=40 --log-file=$valgrind_log.%p";
}

# Does nginx run under a sanitizer or valgrind? Its memory is not its own then.
sub is_instrumented { return $ENV{TEST_NGINX_LD_PRELOAD} || $ENV{CERTGUARD_VALGRIND} ? 1 : 0 }

# What valgrind had to say since the last call.
sub valgrind_report {
    my $report = '';
    for my $file (glob "$valgrind_log.*") {
        open my $in, '<', $file or next;
        $report .= do { local $/; <$in> } // '';
        unlink $file;
    }
    return $report;
}

1;
