#include "certificate_source.hpp"

#include "answers.hpp"
#include "certguard/entitlement.hpp"
#include "certguard/limits.hpp"
#include "certguard/names.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

Answer<HostAnswer> misconfigured(std::string message) {
    return answer_of<HostAnswer>({LookupStatus::misconfigured, std::move(message)});
}

/// Reads PATHS of a certificate whose subject has the O ORGANIZATION.
Answer<HostAnswer> environments_in(const std::vector<std::string>& paths,
                                   const std::string& organization) {
    const std::string root = '/' + organization;
    HostAnswer answer;
    answer.organization = organization;
    for (const std::string& path : paths) {
        if (path == root) {
            continue;
        }
        const std::string label =
            path.compare(0, root.size() + 1, root + '/') == 0 ? path.substr(root.size() + 1) : "";
        if (!is_environment_label(label)) {
            return misconfigured("the certificate's path " + quoted(path) +
                                 " is not an environment of its organization " +
                                 quoted(organization));
        }
        answer.environments.push_back({label, ""});
    }
    return answer_of(std::move(answer));
}

Answer<HostAnswer> read(const HostQuestion& question) {
    const auto certificate = Certificate::from_der(question.certificate_der);
    if (!certificate) {
        return misconfigured(certificate.error().message);
    }
    const Certificate& leaf = **certificate;
    if (leaf.host_uuid() != std::string(question.uuid) || !is_label(leaf.organization())) {
        return misconfigured(
            "source: certificate needs a certificate whose subject has the host's UUID as CN and "
            "its organization's label as O");
    }
    if (kind_of(leaf) != CertificateKind::content_access) {
        return misconfigured(
            "source: certificate needs the host's SCA certificate from /etc/pki/entitlement; this "
            "one is of the kind " +
            std::string(kind_name(kind_of(leaf))));
    }
    const Result<Entitlement> entitlement = Entitlement::decode(leaf);
    if (!entitlement) {
        return misconfigured(entitlement.error().message);
    }
    bool is_complete = false;
    const auto paths = entitlement->paths(limits::kHostEnvironments, &is_complete);
    if (!is_complete) {
        return misconfigured("the certificate names more than " +
                             std::to_string(limits::kHostEnvironments) + " environments");
    }
    return environments_in(paths, leaf.organization());
}

}  // namespace

std::unique_ptr<LookupSource::Pending> CertificateSource::ask_host(const HostQuestion& question,
                                                                   Done<HostAnswer> done) {
    done(read(question));
    return nullptr;
}

std::unique_ptr<LookupSource::Pending> CertificateSource::ask_environment(std::string_view,
                                                                          Done<NameList> done) {
    return answer_no_names(done);
}

std::unique_ptr<LookupSource::Pending> CertificateSource::ask_public(Done<NameList> done) {
    return answer_no_names(done);
}

}  // namespace certguard
