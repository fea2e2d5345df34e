// Sets of authorized paths as Katello's certificates have them, in any number.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace certguard::test {

/// Red Hat's CDN below an organization and its lifecycle environments: few words, in all
/// combinations, so that most of the tree is shared.
inline std::vector<std::string> cdn_paths(std::size_t count) {
    const std::vector<std::string> channels = {
        "os",        "debug",      "source/SRPMS",      "optional/os",
        "extras/os", "rhscl/1/os", "sat-tools/6.10/os", "highavailability/os"};
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t group = i / channels.size();
        const std::size_t release = group % 4;
        const std::size_t view = group / 4;
        paths.push_back("/ACME/" + std::string(view % 3 == 0 ? "Library" : "Dev") + "/cv_" +
                        std::to_string(view) + "/content/dist/rhel/server/" +
                        std::to_string(6 + release) + "/$releasever/$basearch/" +
                        channels[i % channels.size()]);
    }
    return paths;
}

/// One custom repository a path, so that every path has two words of its own.
inline std::vector<std::string> custom_paths(std::size_t count) {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < count; ++i) {
        paths.push_back("/ACME/Library/web/custom/Product_" + std::to_string(i * 7919 % 100003) +
                        "/Repository_" + std::to_string(i * 104729 % 1000003));
    }
    return paths;
}

/// Half of each.
inline std::vector<std::string> mixed_paths(std::size_t count) {
    std::vector<std::string> paths = cdn_paths(count / 2);
    for (std::string& path : custom_paths(count - count / 2)) {
        paths.push_back(std::move(path));
    }
    return paths;
}

}  // namespace certguard::test
