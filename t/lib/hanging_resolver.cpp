// Name servers with troubles, for tests: in LD_PRELOAD, getaddrinfo(3) hangs on every name that
// ends in "hangs.invalid", and does not find "comes.invalid" the first time that a process or its
// parent asks; from then on it is 127.0.0.1.
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <atomic>
#include <string_view>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    static std::atomic<bool> has_come{false};
    constexpr std::string_view kHangs = "hangs.invalid";
    const std::string_view text = name != nullptr ? name : "";
    while (text.size() >= kHangs.size() && text.substr(text.size() - kHangs.size()) == kHangs) {
        pause();
    }
    if (text == "comes.invalid") {
        if (!has_come.exchange(true)) {
            return EAI_NONAME;
        }
        name = "127.0.0.1";
    }
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, found);
}
