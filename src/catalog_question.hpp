// The names in Katello's registry catalog, GET /v2/_catalog: those of one host, or those that
// anybody may pull. Katello gives all of them at once, unsorted, with null entries
// (katello.md 1.5).
#pragma once

#include <string>

#include "certguard/result.hpp"
#include "http_question.hpp"

namespace certguard {

/// The names in a catalog's body, sorted, each once; what is no repository name is left out.
Result<NameList> read_catalog(std::string& body);

class CatalogQuestion final : public HttpQuestion<NameList> {
  public:
    /// URL: Katello's, without a path.
    CatalogQuestion(HttpClient& client, const std::string& url, LookupSource::Done<NameList> done);

    /// The catalog of the host UUID, which must be one, see is_host_uuid().
    void begin_host(std::string_view uuid);
    /// The catalog without any identity.
    void begin_public();

  private:
    Step receive(HttpResponse& response) override;

    std::string catalog_url_;
    bool is_public_ = false;
};

}  // namespace certguard
