// FlatpakIndexFilter must accept what a simple reader of whole documents accepts, give the same
// entries, and do so however the document is cut into pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "certguard/flatpak_index_filter.hpp"
#include "reference_index.hpp"

namespace {

void require(bool good) {
    if (!good) {
        std::abort();
    }
}

bool is_granted(std::string_view name) {
    return name.size() % 2 == 0;
}

struct Filtered {
    bool accepted;
    std::string out;
};

/// STEP 0 feeds all of it at once; other ones make pieces of changing length.
Filtered filter(std::string_view json, std::size_t step) {
    certguard::FlatpakIndexFilter filter(is_granted);
    std::string out;
    bool accepted = true;
    std::size_t length = step == 0 ? json.size() : step;
    while (!json.empty()) {
        const std::string_view piece = json.substr(0, length);
        json.remove_prefix(piece.size());
        const std::size_t before = out.size();
        const bool good = filter.write(piece, out);
        require(accepted || (!good && out.size() == before));
        accepted = good;
        length = step == 0 ? length : 1 + (length * 7 + step) % 13;
    }
    accepted = filter.finish(out) && accepted;
    require(accepted == (filter.problem() == nullptr));
    return {accepted, out};
}

}  // namespace

/// The first byte says how the rest is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view json(reinterpret_cast<const char*>(data + 1), size - 1);
    const Filtered whole = filter(json, 0);
    const Filtered pieces = filter(json, 1 + data[0]);
    require(whole.accepted == pieces.accepted && whole.out == pieces.out);
    require(reference_index::difference(json, whole.accepted, whole.out, is_granted).empty());
    return 0;
}
