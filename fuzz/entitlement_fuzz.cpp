// A v3 payload, or v1 URLs one a line, as the first byte says; behind the last 0xFF a path to ask
// for. A grant must hold for everything below the path, and must be a grant of the base path, too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/entitlement.hpp"
#include "require.hpp"

namespace {

using certguard::fuzz::require;

/// One DER value with a length of any size.
std::string der(char tag, std::string_view content) {
    std::string length;
    for (std::size_t rest = content.size(); rest != 0; rest >>= 8) {
        length.insert(length.begin(), static_cast<char>(rest & 0xFF));
    }
    length.insert(length.begin(), static_cast<char>(0x80 | length.size()));
    return tag + length + std::string(content);
}

constexpr char kUtf8String = 0x0C;
constexpr char kOctetString = 0x04;

/// Extensions below the RHSM arc, with the bytes that they are views of.
class Extensions {
  public:
    void add(std::string oid, std::string value) {
        bytes_.push_back(std::move(oid));
        bytes_.push_back(std::move(value));
        list_.push_back({bytes_[bytes_.size() - 2], bytes_.back()});
    }
    const std::vector<certguard::RhsmExtension>& list() const { return list_; }

  private:
    std::deque<std::string> bytes_;  // never moves its elements
    std::vector<certguard::RhsmExtension> list_;
};

void add_urls(Extensions& extensions, std::string_view lines) {
    extensions.add("\x04\x01", der(kUtf8String, "order"));
    for (unsigned char id = 1; id < 0x7F && !lines.empty(); ++id) {
        const std::string_view line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
        extensions.add(std::string("\x02") + static_cast<char>(id) + "\x01\x06",
                       der(kUtf8String, line));
    }
}

bool granted(const certguard::Result<bool>& answer) {
    return answer.ok() && *answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t mark = input.rfind('\xFF');
    const std::string path(mark == input.npos ? "" : input.substr(mark + 1));
    input = input.substr(0, mark);

    Extensions extensions;
    if (data[0] % 2 == 0) {
        extensions.add("\x06", der(kUtf8String, "3.4"));
        extensions.add("\x07", der(kOctetString, input));
    } else {
        add_urls(extensions, input);
    }
    const auto entitlement = certguard::Entitlement::decode(extensions.list());
    if (!entitlement.ok()) {
        return 0;
    }
    (void)entitlement->paths(256);
    if (granted(entitlement->authorizes(path)) && path.find_first_not_of('/') != path.npos) {
        const auto below = entitlement->authorizes(path + "/below");
        const auto touched = entitlement->touches(path);
        require(!below.ok() || *below);
        require(!touched.ok() || *touched);
        require(granted(entitlement->authorizes("//" + path + "//")));
    }
    return 0;
}
