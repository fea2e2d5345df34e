# Who is asking, as Katello finds it out: passwords, tokens, the HostUUID header, certificates that
# nobody has verified, and the lock after too many failures. reference/katello.md 1.2, 1.3 and 3.2.
package CertGuard::FakeKatello::Identity;

use strict;
use warnings;

use MIME::Base64 qw(decode_base64);
use Time::HiRes qw(time);

use CertGuard::HttpServer;

# KATELLO: site, lock_after (failures), lock_seconds.
sub new {
    my ($class, $katello) = @_;
    return bless {katello => $katello, failures => {}, tokens => {}}, $class;
}

# The address that Rails takes for the client's.
sub client_address {
    my ($request) = @_;
    my $forwarded = CertGuard::HttpServer::header($request, 'X-Forwarded-For') // '';
    return $forwarded =~ /\A\s*([^\s,]+)/ ? $1 : $request->{peer};
}

sub is_locked {
    my ($self, $request) = @_;
    my $failures = $self->{failures}{client_address($request)} or return 0;
    @$failures = grep { $_ > time - $self->{katello}{lock_seconds} } @$failures;
    return @$failures >= $self->{katello}{lock_after};
}

sub count_failure {
    my ($self, $request) = @_;
    push @{$self->{failures}{client_address($request)}}, time;
}

sub forget_failures { $_[0]{failures} = {} }

sub credentials {
    my ($request) = @_;
    my ($type, $text) = split ' ', CertGuard::HttpServer::header($request, 'Authorization') // '';
    return ('', '') unless defined $text;
    return (lc $type, $text);
}

# The user of a Basic login; undef after a failure, which is counted.
sub login {
    my ($self, $request) = @_;
    my ($type, $text) = credentials($request);
    my ($login, $password) = $type eq 'basic' ? split(/:/, decode_base64($text), 2) : ();
    my $user = $self->{katello}{site}{users}{$login // ''};
    if (!$self->is_locked($request) && $user && $user->{password} eq ($password // '')) {
        return {%$user, login => $login};
    }
    $self->count_failure($request);
    return undef;
}

# What an unauthenticated answer says.
sub failure_message {
    my ($self, $request) = @_;
    return 'Too many tries, please try again in a few minutes.' if $self->is_locked($request);
    my ($type, $text) = credentials($request);
    my ($login) = $type eq 'basic' ? split /:/, decode_base64($text) : ();
    return 'Unable to authenticate user ' . ($login // '');
}

sub issue_token {
    my ($self, $user) = @_;
    my $token = "pat-$user->{login}";
    $self->{tokens}{$token} = {user => $user, created => time}
        unless $self->{tokens}{$token};
    return ($token, $self->{tokens}{$token}{created});
}

sub revoke_tokens { $_[0]{tokens} = {} }

# The text of the certificate that Katello believes in: the first slot that is there wins, even when
# it says that there is none.
sub certificate_text {
    my ($request) = @_;
    my $text = CertGuard::HttpServer::header($request, 'X-RHSM-SSL-CLIENT-CERT');
    # Apache overwrites SSL-CLIENT-CERT with the certificate of the connection.
    $text //= $request->{listener}{tls}
        ? $request->{certificate}
        : CertGuard::HttpServer::header($request, 'SSL-CLIENT-CERT');
    return defined $text && $text ne '' && $text ne '(null)' ? $text : undef;
}

# The CN in TEXT, '' without one, undef when TEXT is no certificate.
sub common_name {
    my ($text) = @_;
    $text =~ s/-----(?:BEGIN|END) CERTIFICATE-----//g;
    $text =~ tr/ \n\t\r//d;
    my $der = decode_base64($text);
    my $bio = Net::SSLeay::BIO_new(Net::SSLeay::BIO_s_mem());
    Net::SSLeay::BIO_write($bio, $der);
    my $certificate = length $der ? Net::SSLeay::d2i_X509_bio($bio) : 0;
    Net::SSLeay::BIO_free($bio);
    Net::SSLeay::ERR_clear_error();
    return undef unless $certificate;
    my $name = Net::SSLeay::X509_NAME_get_text_by_NID(
        Net::SSLeay::X509_get_subject_name($certificate), Net::SSLeay::NID_commonName());
    Net::SSLeay::X509_free($certificate);
    $name //= '';
    $name =~ s/\0\z//;
    return $name;
}

# Who asks the registry: {user}, {host}, {is_admin} (a certificate was there, of whomever), {failed}
# (a Basic login that was refused), {broken} (a certificate that can't be read), or nothing of that.
sub registry_identity {
    my ($self, $request) = @_;
    my $site = $self->{katello}{site};
    if (defined CertGuard::HttpServer::header($request, 'Authorization')) {
        my ($type, $text) = credentials($request);
        if ($type eq 'bearer') {
            my $token = $self->{tokens}{$text};
            return $token ? {user => $token->{user}} : {};
        }
        my $user = $self->login($request);
        return $user ? {user => $user} : {failed => 1};
    }
    if (defined(my $uuid = CertGuard::HttpServer::header($request, 'HostUUID'))) {
        my ($host) = $site->hosts_with($uuid);
        return {host => $host};
    }
    my $text = certificate_text($request) // return {};
    my $name = common_name($text) // return {broken => 1};
    my ($host) = $site->hosts_with($name);
    return {host => $host, is_admin => 1};
}

1;
