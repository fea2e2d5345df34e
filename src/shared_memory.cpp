#include "certguard/shared_memory.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

namespace certguard {

std::uint32_t SharedMemory::self() const noexcept {
    return static_cast<std::uint32_t>(::getpid());
}

bool SharedMemory::alive(std::uint32_t process) const noexcept {
    return ::kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH;
}

}  // namespace certguard
