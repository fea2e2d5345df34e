// Reads bytes from front to back and never past the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace certguard {

class ByteCursor {
  public:
    explicit ByteCursor(std::string_view bytes) noexcept : rest_(bytes) {}

    /// What has not been read yet.
    std::string_view rest() const noexcept { return rest_; }

    std::optional<std::uint8_t> byte() noexcept {
        if (rest_.empty()) {
            return std::nullopt;
        }
        const auto first = static_cast<std::uint8_t>(rest_[0]);
        rest_.remove_prefix(1);
        return first;
    }

    /// A number of COUNT bytes (0 to 4), the most significant first. Leading zeros are fine.
    std::optional<std::uint32_t> big_endian(std::size_t count) noexcept {
        if (count > 4 || count > rest_.size()) {
            return std::nullopt;
        }
        std::uint32_t number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            number = number << 8 | static_cast<std::uint8_t>(rest_[i]);
        }
        rest_.remove_prefix(count);
        return number;
    }

  private:
    std::string_view rest_;
};

}  // namespace certguard
