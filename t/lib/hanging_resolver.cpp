// A name server that never answers, for tests: in LD_PRELOAD, getaddrinfo(3) hangs on every name
// that ends in "hangs.invalid".
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <string_view>

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** found) {
    constexpr std::string_view kHangs = "hangs.invalid";
    const std::string_view text = name != nullptr ? name : "";
    while (text.size() >= kHangs.size() && text.substr(text.size() - kHangs.size()) == kHangs) {
        pause();
    }
    static const auto real =
        reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
    return real(name, service, hints, found);
}
