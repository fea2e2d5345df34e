// LookupSourceType::file: what the hosts file says, see certguard/hosts_file.hpp. Answers at once.
#pragma once

#include <memory>

#include "certguard/hosts_file.hpp"
#include "certguard/lookup_source.hpp"

namespace certguard {

class FileSource final : public LookupSource {
  public:
    /// HOSTS must not be null.
    explicit FileSource(std::shared_ptr<const HostsFile> hosts);

    std::unique_ptr<Pending> ask_host(const HostQuestion& question, Done<HostAnswer> done) override;
    /// KEY: "ACME/Dev/web".
    std::unique_ptr<Pending> ask_environment(std::string_view key, Done<NameList> done) override;
    std::unique_ptr<Pending> ask_public(Done<NameList> done) override;

  private:
    std::shared_ptr<const HostsFile> hosts_;
};

}  // namespace certguard
