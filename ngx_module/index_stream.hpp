// One flatpak index while it is reduced: chains of the backend's buffers in, buffers for the client
// out, and never more of them in memory than FlatpakIndexFilter holds.
#pragma once

#include "ngx_cpp.hpp"

#include <memory>
#include <string>

#include "certguard/flatpak_index_filter.hpp"
#include "certguard/host_access.hpp"

namespace certguard::ngx {

class IndexStream {
  public:
    /// What ACCESS allows to pull stays in the index.
    explicit IndexStream(std::shared_ptr<const HostAccess> access);

    /// Adds IN to what is to be read; its buffers count as consumed only when they have been.
    ngx_int_t take(ngx_pool_t* pool, ngx_chain_t* in) noexcept;

    /// The next piece for the client, in one buffer that is used again and again; null when there
    /// is none now. To be called only when nothing is under way.
    ngx_chain_t* next();
    /// Has the client not taken all of the last piece yet?
    bool is_under_way() const noexcept { return buffer_.pos != buffer_.last; }
    /// What is wrong with the index, for the admin; null while nothing is.
    const char* problem() const noexcept { return problem_; }

  private:
    void read();

    std::shared_ptr<const HostAccess> access_;
    FlatpakIndexFilter filter_;
    ngx_pool_t* pool_ = nullptr;
    ngx_chain_t* in_ = nullptr;
    bool has_ended_ = false;  // the backend's last buffer was read
    bool is_last_sent_ = false;
    const char* problem_ = nullptr;
    std::string text_;  // what buffer_ points to
    ngx_buf_t buffer_{};
    ngx_chain_t link_{};
};

}  // namespace certguard::ngx
