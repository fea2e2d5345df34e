// The one place that knows the version: CMakeLists.txt reads it here, packages name it.
#pragma once

namespace certguard {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace certguard
