#include "time_text.hpp"

#include <ctime>

namespace certguard {

std::string time_text(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm parts{};
    char text[64];
    if (::gmtime_r(&time, &parts) == nullptr) {
        return "@" + std::to_string(seconds);
    }
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts));
}

}  // namespace certguard
