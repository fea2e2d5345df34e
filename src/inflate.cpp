#include "inflate.hpp"

#define ZLIB_CONST  // next_in is only read
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace certguard {
namespace {

class InflateStream {
  public:
    InflateStream() : ready_(inflateInit(&stream_) == Z_OK) {}
    ~InflateStream() { inflateEnd(&stream_); }
    InflateStream(const InflateStream&) = delete;
    InflateStream& operator=(const InflateStream&) = delete;

    bool ready() const { return ready_; }
    z_stream& operator*() { return stream_; }

  private:
    z_stream stream_{};
    bool ready_;
};

Error broken(const char* what) {
    return Error{Reason::bad_certificate, what};
}

}  // namespace

Result<Inflated> inflate_zlib(std::string_view input, std::size_t most) {
    InflateStream inflater;
    if (!inflater.ready()) {
        return Error{Reason::internal_error, "zlib could not be started"};
    }
    if (input.size() > std::numeric_limits<uInt>::max()) {
        return broken("it is too long");
    }
    z_stream& stream = *inflater;
    stream.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    Inflated out;
    // One byte more than allowed tells "exactly full" from "too much".
    out.bytes.resize(std::min(most + 1, std::max<std::size_t>(512, input.size() * 2)));
    for (;;) {
        stream.next_out = reinterpret_cast<Bytef*>(out.bytes.data()) + stream.total_out;
        stream.avail_out = static_cast<uInt>(out.bytes.size() - stream.total_out);
        // Z_FINISH, because then zlib needs no window of its own as long as the buffer suffices.
        const int status = inflate(&stream, Z_FINISH);
        if (stream.total_out > most) {
            return broken("its dictionary inflates to more than certguard reads");
        }
        if (status == Z_STREAM_END) {
            break;
        }
        if (status != Z_OK && status != Z_BUF_ERROR) {
            return broken("its zlib stream is damaged");
        }
        if (stream.avail_out != 0) {
            return broken("its zlib stream is cut off");
        }
        out.bytes.resize(std::min(most + 1, out.bytes.size() * 2));
    }
    out.bytes.resize(stream.total_out);
    out.rest = input.substr(input.size() - stream.avail_in);
    return out;
}

}  // namespace certguard
