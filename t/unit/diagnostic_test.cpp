#include "certguard/diagnostic.hpp"

#include "catch.hpp"

using namespace certguard;

namespace {

Diagnostic error_at(int line, int column, std::string key, std::string message) {
    return {Diagnostic::Severity::error, {"policy.yaml", line, column, key}, message};
}

}  // namespace

TEST_CASE("a diagnostic is one line with file, line, column, key, severity and message") {
    CHECK(to_string(error_at(12, 5, "guards.content.ca[1]", "no such file")) ==
          "policy.yaml:12:5: guards.content.ca[1]: error: no such file");
}

TEST_CASE("a diagnostic about the file as a whole has neither position nor key") {
    CHECK(to_string(error_at(0, 0, "", "it is empty")) == "policy.yaml: error: it is empty");
}

TEST_CASE("what a file contains can't break a diagnostic's line or the terminal") {
    Diagnostic diagnostic = error_at(1, 1, "a\nb", "found \x1b[31m and \xff");
    diagnostic.where.file = "p\r.yaml";
    CHECK(to_string(diagnostic) == "p\\r.yaml:1:1: a\\nb: error: found \\x1b[31m and \\xff");
}

TEST_CASE("warnings alone are no errors") {
    Diagnostic warning = error_at(1, 1, "", "expires soon");
    warning.severity = Diagnostic::Severity::warning;
    CHECK(to_string(warning) == "policy.yaml:1:1: warning: expires soon");
    CHECK_FALSE(has_errors({warning, warning}));
    CHECK(has_errors({warning, error_at(1, 1, "", "bad")}));
}
