// A death at the worst moment, for tests: in LD_PRELOAD, the process that asks for its own id next
// is killed, when the file that CERTGUARD_DIES names is there; the file is gone then. The cache
// does so to claim a question, while it holds the zone. (So does OpenSSL for random bytes: let
// clients connect before the file is there.)
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

extern "C" pid_t getpid() noexcept {
    const auto pid = static_cast<pid_t>(syscall(SYS_getpid));
    const char* const file = getenv("CERTGUARD_DIES");
    if (file != nullptr && unlink(file) == 0) {
        kill(pid, SIGKILL);
    }
    return pid;
}
