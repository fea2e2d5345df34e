// A doubly linked list of objects that somebody else owns. An object leaves the list by itself when
// it is destroyed, so nobody is ever called who is no more.
#pragma once

namespace certguard {

/// Base of what can be in a list. TAG tells lists apart when an object is in several.
template <class Tag>
class ListHook {
  public:
    ListHook() = default;
    ListHook(const ListHook&) = delete;
    ListHook& operator=(const ListHook&) = delete;
    ~ListHook() { unlink(); }

    bool is_linked() const noexcept { return next_ != this; }
    void unlink() noexcept {
        previous_->next_ = next_;
        next_->previous_ = previous_;
        next_ = previous_ = this;
    }

  private:
    template <class T, class ItsTag>
    friend class IntrusiveList;

    ListHook* previous_ = this;
    ListHook* next_ = this;
};

/// T derives from ListHook<Tag>. Objects that are still in the list when it ends are let go.
template <class T, class Tag>
class IntrusiveList {
  public:
    IntrusiveList() = default;
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;
    ~IntrusiveList() {
        while (!empty()) {
            ends_.next_->unlink();
        }
    }

    bool empty() const noexcept { return !ends_.is_linked(); }
    T& front() noexcept { return static_cast<T&>(*ends_.next_); }
    void push_back(T& object) noexcept {
        ListHook<Tag>& hook = object;
        hook.unlink();
        hook.previous_ = ends_.previous_;
        hook.next_ = &ends_;
        ends_.previous_->next_ = &hook;
        ends_.previous_ = &hook;
    }

  private:
    ListHook<Tag> ends_;
};

}  // namespace certguard
