#include "pem_blocks.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>

#include "openssl_handles.hpp"

namespace certguard {
namespace {

using DecoderPtr = std::unique_ptr<EVP_ENCODE_CTX, OpensslFree<&EVP_ENCODE_CTX_free>>;

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

std::string_view trimmed(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r";
    const std::size_t first = line.find_first_not_of(kBlank);
    if (first == line.npos) {
        return {};
    }
    return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

/// "CERTIFICATE" of "-----BEGIN CERTIFICATE-----" when PREFIX is "-----BEGIN ".
std::optional<std::string_view> label_of(std::string_view line, std::string_view prefix) {
    constexpr std::string_view kDashes = "-----";
    constexpr std::size_t kLongestLabel = 64;
    line = trimmed(line);
    if (!starts_with(line, prefix) || line.size() < prefix.size() + kDashes.size() ||
        line.substr(line.size() - kDashes.size()) != kDashes) {
        return std::nullopt;
    }
    const std::string_view label =
        line.substr(prefix.size(), line.size() - prefix.size() - kDashes.size());
    return label.size() <= kLongestLabel ? std::optional(label) : std::nullopt;
}

std::optional<std::string> decode_base64(std::string_view text) {
    const DecoderPtr decoder(EVP_ENCODE_CTX_new());
    // A dash would end OpenSSL's decoding without an error.
    if (!decoder || text.size() > INT_MAX || text.find('-') != text.npos) {
        return std::nullopt;
    }
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    int size = 0;
    int tail = 0;
    EVP_DecodeInit(decoder.get());
    if (EVP_DecodeUpdate(decoder.get(), out, &size,
                         reinterpret_cast<const unsigned char*>(text.data()),
                         static_cast<int>(text.size())) < 0 ||
        EVP_DecodeFinal(decoder.get(), out + size, &tail) < 0 || size + tail == 0) {
        return std::nullopt;
    }
    bytes.resize(static_cast<std::size_t>(size + tail));
    return bytes;
}

/// Takes line after line and collects the blocks.
class Collector {
  public:
    explicit Collector(std::string_view text) : text_(text) {}

    /// LINE is a view into the text.
    void take(std::string_view line, std::size_t number) {
        if (const auto label = label_of(line, "-----BEGIN ")) {
            cut_off();
            open(*label, number);
            body_ = position(line) + line.size();
        } else if (const auto end = label_of(line, "-----END ")) {
            close(*end, line, number);
        }
    }

    /// The block that is open has no end.
    void cut_off() {
        if (is_open_) {
            fail("has no END line; the file may be cut off");
        }
    }

    std::vector<PemBlock>& blocks() noexcept { return blocks_; }

  private:
    std::size_t position(std::string_view line) const {
        return static_cast<std::size_t>(line.data() - text_.data());
    }

    void close(std::string_view label, std::string_view line, std::size_t number) {
        if (!is_open_) {
            open(label, number);
            fail("has an END line without a BEGIN line");
            return;
        }
        if (label != block_.label) {
            fail("ends as a block of another kind");
            return;
        }
        auto der = decode_base64(text_.substr(body_, position(line) - body_));
        if (!der) {
            fail("does not hold base64");
            return;
        }
        block_.der = std::move(*der);
        finish();
    }

    void fail(const char* problem) {
        block_.problem = problem;
        finish();
    }

    void open(std::string_view label, std::size_t number) {
        block_ = PemBlock{number, label, {}, {}};
        is_open_ = true;
    }

    void finish() {
        blocks_.push_back(std::move(block_));
        is_open_ = false;
    }

    std::string_view text_;
    PemBlock block_;  // the one that is open
    bool is_open_ = false;
    std::size_t body_ = 0;  // where its base64 begins
    std::vector<PemBlock> blocks_;
};

}  // namespace

std::vector<PemBlock> pem_blocks(std::string_view text, std::size_t most) {
    const ErrorQueueGuard errors;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (starts_with(text, kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
    }
    Collector collector(text);
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size() && collector.blocks().size() < most;) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        collector.take(text.substr(at, end - at), ++number);
        at = end + 1;
    }
    if (collector.blocks().size() < most) {
        collector.cut_off();
    }
    return std::move(collector.blocks());
}

}  // namespace certguard
