// A request target that path_problem() lets pass must read the same however a backend takes it:
// decoded or not, it has the same segments, and none of them is "." or "..".
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "certguard/request_path.hpp"
#include "require.hpp"

namespace {

using certguard::fuzz::require;

int digit(char c) {
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

std::string decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            require(i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                    std::isxdigit(static_cast<unsigned char>(text[i + 2])));
            result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::vector<std::string_view> segments(std::string_view path) {
    std::vector<std::string_view> result;
    for (std::size_t begin = 0; begin <= path.size();) {
        std::size_t end = std::min(path.find('/', begin), path.size());
        result.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view target = input.substr(0, input.find('?'));
    if (certguard::path_problem(target, "/") != nullptr) {
        // No short cut for a target that is the path itself may see less.
        require(certguard::path_problem(target, target) != nullptr);
        return 0;
    }
    const std::string path = decoded(target);
    require(segments(target).size() == segments(path).size());
    for (std::string_view segment : segments(path)) {
        require(segment != "." && segment != "..");
    }
    for (unsigned char c : path) {
        require(c >= 0x20 && c != 0x7f && c != '\\');
    }
    if (certguard::path_problem(target, path) == nullptr) {
        const auto rest = certguard::strip_path_prefix(path, "/pulp/content/");
        require(!rest || (rest->size() < path.size() && (rest->empty() || rest->front() == '/')));
    }
    return 0;
}
