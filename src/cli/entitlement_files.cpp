#include "cli/entitlement_files.hpp"

#include "cli/certificate_file.hpp"

namespace certguard::cli {

Result<Entitlement> read_entitlement(const std::string& file) {
    const auto certificate = read_certificate_file(file);
    return certificate ? Entitlement::decode(**certificate) : certificate.error();
}

const Result<Entitlement>& EntitlementFiles::read(std::string_view file) {
    const auto found = by_file_.find(file);
    if (found != by_file_.end()) {
        order_.splice(order_.begin(), order_, found->second);
        return order_.front().entitlement;
    }
    const std::string name(file);
    order_.push_front({name, read_entitlement(name), 0});
    Entry& entry = order_.front();
    entry.bytes =
        sizeof entry + 2 * name.size() + (entry.entitlement ? entry.entitlement->memory() : 0);
    bytes_ += entry.bytes;
    by_file_.emplace(entry.file, order_.begin());
    make_room();
    return order_.front().entitlement;
}

void EntitlementFiles::make_room() {
    while (order_.size() > 1 && (order_.size() > most_files_ || bytes_ > most_bytes_)) {
        by_file_.erase(order_.back().file);
        bytes_ -= order_.back().bytes;
        order_.pop_back();
    }
}

}  // namespace certguard::cli
