#include "der_value.hpp"

#include <optional>

#include "byte_cursor.hpp"
#include "utf8.hpp"

namespace certguard {
namespace {

Error broken(const char* what) {
    return Error{Reason::bad_certificate, what};
}

std::optional<std::uint32_t> read_length(ByteCursor& in) {
    const auto first = in.byte();
    if (!first || *first == 0x80) {  // 0x80: indefinite
        return std::nullopt;
    }
    return *first < 0x80 ? std::optional<std::uint32_t>(*first) : in.big_endian(*first - 0x80u);
}

}  // namespace

Result<std::string_view> der_content(std::string_view bytes, DerTag tag) {
    ByteCursor in(bytes);
    if (in.byte() != static_cast<std::uint8_t>(tag)) {
        return broken(tag == DerTag::utf8_string ? "its value is no UTF8String"
                                                 : "its value is no primitive OCTET STRING");
    }
    const auto length = read_length(in);
    if (!length) {
        return broken("its value has no readable length");
    }
    if (*length != in.rest().size()) {
        return broken("the length of its value is not that of its content");
    }
    return in.rest();
}

Result<std::string_view> der_text(std::string_view bytes) {
    auto text = der_content(bytes, DerTag::utf8_string);
    if (text.ok() && find_bad_utf8(*text) != std::string_view::npos) {
        return broken("its text is no UTF-8");
    }
    return text;
}

}  // namespace certguard
