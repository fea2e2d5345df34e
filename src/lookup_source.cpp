#include "certguard/lookup_source.hpp"

#include "catalog_source.hpp"
#include "certguard/lookup_settings.hpp"
#include "certificate_source.hpp"
#include "consumer_source.hpp"
#include "file_source.hpp"
#include "foreman_source.hpp"

namespace certguard {

std::unique_ptr<LookupSource> make_lookup_source(const LookupSettings& settings,
                                                 HttpClient& client) {
    switch (settings.source) {
        case LookupSourceType::foreman: return std::make_unique<ForemanSource>(settings, client);
        case LookupSourceType::catalog: return std::make_unique<CatalogSource>(settings, client);
        case LookupSourceType::consumer: return std::make_unique<ConsumerSource>(settings, client);
        case LookupSourceType::certificate: return std::make_unique<CertificateSource>();
        case LookupSourceType::file: break;
    }
    return std::make_unique<FileSource>(settings.hosts);
}

std::string_view source_word(LookupSourceType source) noexcept {
    switch (source) {
        case LookupSourceType::foreman: return "foreman";
        case LookupSourceType::catalog: return "catalog";
        case LookupSourceType::consumer: return "consumer";
        case LookupSourceType::certificate: return "certificate";
        case LookupSourceType::file: return "file";
    }
    return "foreman";
}

}  // namespace certguard
