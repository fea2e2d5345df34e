#include "certguard/registry_guard.hpp"

#include <optional>

#include "certguard/trusted_proxy.hpp"
#include "certificate_checks.hpp"
#include "printable.hpp"

namespace certguard {
namespace {

/// The repositories of a reply about all of them.
class AllRepositories final : public PullableRepositories {
  public:
    explicit AllRepositories(const HostAccess& access) : access_(access) {}
    bool contains(std::string_view name) const override { return access_.may_pull(name); }
    void each(std::string_view last, const NameTest& wanted, const NameTest& take) const override {
        access_.each_pullable(last, wanted, take);
    }

  private:
    const HostAccess& access_;
};

/// Those of a reply about one: nobody asks for a list with it.
class OneRepository final : public PullableRepositories {
  public:
    OneRepository(std::string_view name, bool may_pull) : name_(name), may_pull_(may_pull) {}
    bool contains(std::string_view name) const override { return may_pull_ && name == name_; }
    void each(std::string_view, const NameTest&, const NameTest&) const override {}

  private:
    std::string_view name_;
    bool may_pull_;
};

/// Why CERTIFICATE is no host's to this guard; nothing when it is.
std::optional<Decision> problem_of(const Guard& guard, ClientCertificate& certificate,
                                   std::int64_t now) {
    if (auto problem = check_trust(guard, certificate, now)) {
        return problem;
    }
    auto problem = check_names_a_host(certificate);
    if (!problem) {
        problem = check_header_size(guard.settings, certificate);
    }
    if (problem) {
        problem->trusted = true;
    }
    return problem;
}

RegistryLookup lookup_of(const HostReply* reply) {
    RegistryLookup lookup;
    if (reply == nullptr) {
        return lookup;
    }
    lookup.message = reply->message;
    switch (reply->outcome) {
        case LookupOutcome::known:
            lookup.state = RegistryLookup::State::known_host;
            lookup.organization = reply->profile->organization;
            break;
        case LookupOutcome::unknown_host: lookup.state = RegistryLookup::State::unknown_host; break;
        case LookupOutcome::misconfigured:
            lookup.state = RegistryLookup::State::misconfigured;
            break;
        case LookupOutcome::unavailable:
            lookup.state = RegistryLookup::State::unavailable;
            lookup.retry_after = reply->retry_after;
            break;
    }
    return lookup;
}

/// All the work; may throw.
class Judge {
  public:
    Judge(const Guard& guard, const Result<std::shared_ptr<ClientCertificate>>& certificate,
          RegistryQuestion& question, const HostReply* reply, std::vector<std::string>* steps)
        : guard_(guard),
          certificate_(certificate),
          question_(question),
          reply_(reply),
          steps_(steps) {}

    RegistryRuling decide() {
        look_at_certificate();
        if (problem_ && problem_->verdict == Verdict::unavailable) {
            return {};  // the guard itself can't decide, whatever was asked
        }
        RegistryRuling ruling;
        ruling.trusted = trusted_;
        ruling.outcome = with_lookup();
        note(ruling.outcome);
        return ruling;
    }

  private:
    void look_at_certificate() {
        RegistryCertificate& seen = question_.certificate;
        if (!certificate_) {
            seen.state = RegistryCertificate::State::bad;
            seen.reason = certificate_.error().reason;
            seen.message = certificate_.error().message;
            step("certificate: can't be read");
            return;
        }
        if (*certificate_ == nullptr) {
            seen.state = RegistryCertificate::State::none;
            step("certificate: the client showed none");
            return;
        }
        ClientCertificate& client = **certificate_;
        const Certificate& certificate = client.certificate();
        seen.not_before = certificate.not_before();
        seen.not_after = certificate.not_after();
        if (is_trusted_proxy(guard_, client, question_.now)) {
            trusted_ = true;
            seen.state = RegistryCertificate::State::proxy;
            if (steps_ != nullptr) {
                step("certificate: a trusted proxy's (guard " +
                     quoted(guard_.trusted_proxies->settings.name) +
                     "), so it does not decide, and may bring its client's identity");
            }
            return;
        }
        problem_ = problem_of(guard_, client, question_.now);
        if (problem_) {
            trusted_ = problem_->trusted;
            seen.state = RegistryCertificate::State::bad;
            seen.reason = problem_->reason;
            seen.message = problem_->message;
            seen.since = problem_->since;
            if (steps_ != nullptr) {
                step("certificate: " + problem_->message);
            }
            return;
        }
        trusted_ = true;
        seen.state = RegistryCertificate::State::host;
        seen.uuid = *client.host_uuid();
        seen.organization = certificate.organization();
        step("certificate: trusted, and a host's");
    }

    RegistryOutcome with_lookup() {
        question_.lookup = lookup_of(reply_);
        if (reply_ != nullptr && reply_->access != nullptr) {
            const AllRepositories all(*reply_->access);
            question_.lookup.repositories = &all;
            return decide_registry(question_);
        }
        const bool may_pull = reply_ != nullptr && reply_->may_pull;
        const OneRepository one(question_.request.repository, may_pull);
        question_.lookup.repositories = &one;
        return decide_registry(question_);
    }

    void step(std::string_view text) {
        if (steps_ != nullptr) {
            steps_->emplace_back(text);
        }
    }

    void note(const RegistryOutcome& outcome) {
        if (steps_ == nullptr || outcome.action == RegistryAction::ask_lookup) {
            return;
        }
        std::string what = "registry: " + std::string(registry_kind_word(question_.request.kind));
        if (!question_.request.repository.empty()) {
            what += " of " + std::string(question_.request.repository);
        }
        step(what);
        if (reply_ != nullptr && reply_->outcome == LookupOutcome::known) {
            step("host: known to the lookup");
        }
        if (!outcome.message.empty()) {
            step("refused: " + outcome.message);
        }
    }

    const Guard& guard_;
    const Result<std::shared_ptr<ClientCertificate>>& certificate_;
    RegistryQuestion& question_;
    const HostReply* reply_;
    std::vector<std::string>* steps_;
    std::optional<Decision> problem_;
    bool trusted_ = false;
};

}  // namespace

RegistryRuling decide_registry_guard(const Guard& guard,
                                     const Result<std::shared_ptr<ClientCertificate>>& certificate,
                                     RegistryQuestion question, const HostReply* reply,
                                     std::vector<std::string>* steps) noexcept {
    try {
        return Judge(guard, certificate, question, reply, steps).decide();
    } catch (...) {
        // Out of memory, most likely: nothing is known about the request, so nothing is granted.
        return {};
    }
}

RegistryRuling refuse_registry_path(const Guard& guard,
                                    const Result<std::shared_ptr<ClientCertificate>>& certificate,
                                    const Error& error, std::int64_t now) noexcept {
    try {
        RegistryRuling ruling;
        ruling.outcome = refuse_registry_path(error);
        // In audit mode the request goes on, and whose it is counts as for any other.
        ruling.trusted = certificate && *certificate != nullptr &&
                         (is_trusted_proxy(guard, **certificate, now) ||
                          !check_trust(guard, **certificate, now));
        return ruling;
    } catch (...) {
        return {};
    }
}

}  // namespace certguard
