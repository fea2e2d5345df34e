#include "index_stream.hpp"

namespace certguard::ngx {
namespace {

// Smaller pieces are collected as far as the backend has sent them.
constexpr std::size_t kPiece = 16u << 10;

}  // namespace

IndexStream::IndexStream(std::shared_ptr<const HostAccess> access)
    : access_(std::move(access)),
      filter_([names = access_.get()](std::string_view name) { return names->may_pull(name); }) {}

ngx_int_t IndexStream::take(ngx_pool_t* pool, ngx_chain_t* in) noexcept {
    pool_ = pool;
    return ngx_chain_add_copy(pool, &in_, in);
}

/// Fills text_ from the backend's buffers as far as there are any, a piece at most.
void IndexStream::read() {
    text_.clear();
    while (in_ != nullptr && text_.size() < kPiece && problem_ == nullptr) {
        ngx_buf_t* const buffer = in_->buf;
        const auto size = static_cast<std::size_t>(buffer->last - buffer->pos);
        const std::size_t some = size < kPiece ? size : kPiece;
        if (has_ended_ && some != 0) {
            problem_ = "it goes on behind its last buffer";
        } else if (some != 0 &&
                   !filter_.write({reinterpret_cast<const char*>(buffer->pos), some}, text_)) {
            problem_ = filter_.problem();
        }
        buffer->pos += some;
        if (buffer->pos != buffer->last) {
            continue;
        }
        if (buffer->last_buf && problem_ == nullptr) {
            has_ended_ = true;
            if (!filter_.finish(text_)) {
                problem_ = filter_.problem();
            }
        }
        ngx_chain_t* const read = in_;
        in_ = read->next;
        ngx_free_chain(pool_, read);
    }
}

ngx_chain_t* IndexStream::next() {
    read();
    const bool is_last = has_ended_ && in_ == nullptr && !is_last_sent_;
    if (problem_ != nullptr || (text_.empty() && !is_last)) {
        return nullptr;
    }
    buffer_ = {};
    buffer_.start = reinterpret_cast<u_char*>(text_.data());
    buffer_.pos = buffer_.start;
    buffer_.end = buffer_.last = buffer_.start + text_.size();
    // Not `temporary`: later filters must not write into it. The file offsets stay out of use.
    buffer_.memory = text_.empty() ? 0 : 1;
    buffer_.flush = 1;  // what is kept back in small amounts would look as if it was under way
    buffer_.last_buf = is_last ? 1 : 0;
    buffer_.last_in_chain = is_last ? 1 : 0;
    is_last_sent_ = is_last_sent_ || is_last;
    link_ = {&buffer_, nullptr};
    return &link_;
}

}  // namespace certguard::ngx
