// Files of the test data.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace certguard::test {

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot read " + path);
    }
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// NAME below t/data, for instance "vectors/real/ent-v1-f6bc3385.pem".
inline std::string test_data(const std::string& name) {
    return read_file(CERTGUARD_TEST_DATA "/" + name);
}

}  // namespace certguard::test
