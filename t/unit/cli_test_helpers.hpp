// Runs the command within the test.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "test_files.hpp"

namespace certguard::test {

struct Ran {
    int status;
    std::string out;
    std::string err;
};

inline Ran run_certguard(const std::vector<std::string>& arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int status = cli::run(arguments, {in, out, err});
    return {status, out.str(), err.str()};
}

/// The path of a file below t/data/vectors.
inline std::string vector_file(const std::string& name) {
    return CERTGUARD_TEST_DATA "/vectors/" + name;
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace certguard::test
